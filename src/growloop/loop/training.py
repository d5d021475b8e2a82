"""Fine-tuning, and which model to load for a name."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from growloop.finetune.worker import Job, train_in_worker
from growloop.loop.freezing import version_named
from growloop.project import Project, now
from growloop.records.progress import Progress
from growloop.records.run import Run
from growloop.runs import environment, keep_progress, run_id


def train(project: Project, *, model: str | None = None, version: str | None = None) -> Generator[Progress, None, Run]:
    """Fine-tune a candidate on a version, in a process of its own; the model ends up in `runs/<id>/model`.

    The same version, model and settings are the same run: done already, it is not done again; killed, it goes on.
    """
    frozen = version_named(project, version)
    chosen = model or project.task.candidates[0]
    settings: dict[str, Any] = {"training": project.task.training.model_dump(), "answer_kind": project.task.answer_kind}
    settings["abstain_answer"] = project.task.abstain_answer
    name = run_id("train", frozen.id, chosen, settings, project.task.seed)
    if project.is_done(name):
        return project.run(name)
    folder = project.run_folder(name)
    rows = str(project.version_folder(frozen.id))
    job = Job(task=project.task, model=checkpoint_of(project, chosen), examples=rows, seed=project.task.seed)
    trained = yield from keep_progress(train_in_worker(job, folder), folder)
    run = Run(
        id=name,
        kind="train",
        version=frozen.id,
        split="train",
        model=chosen,
        settings=trained.settings,
        seed=project.task.seed,
        environment=environment(),
        metrics=trained.metrics,
        operating_points=trained.operating_points,
        created=now(),
        **_size(str(folder / "model")),
    )
    project.save_run(run)
    return run


def checkpoint_of(project: Project, model: str) -> str:
    """What to load for a model: a training run's folder, a folder in the project, or the name itself."""
    if model.startswith("train-") and project.is_done(model):
        return str(project.run_folder(model) / "model")
    local = project.folder / model
    return str(local) if model != "bundled" and local.is_dir() else model


def _size(model: str) -> dict[str, Any]:
    from growloop.models.catalog import describe

    card = describe(model)
    return {"parameters": card.parameters, "model_bytes": card.size_bytes, "model_hash": card.sha256}


def latest_model(project: Project) -> str:
    """The training run finished last, or the first candidate where nothing is trained yet."""
    trained = [run.id for run in project.runs() if run.kind == "train"]
    return trained[-1] if trained else project.task.candidates[0]
