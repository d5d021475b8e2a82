"""Fine-tuning, and which model to load for a name."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from typing import Any

import polars as pl

from growloop.finetune.worker import Job, train_in_worker
from growloop.loop.freezing import version_named
from growloop.project import Project, now
from growloop.records.progress import Progress
from growloop.records.report import Standing
from growloop.records.run import Run
from growloop.records.task import Task
from growloop.runs import environment, keep_progress, run_id


def train(
    project: Project, *, model: str | None = None, version: str | None = None, epochs: float | None = None
) -> Generator[Progress, None, Run]:
    """Fine-tune a candidate on a version, in a process of its own; the model ends up in `runs/<id>/model`.

    `model` may be a training run: its model is trained on. `epochs` stands for what task.yaml says. The same rows to
    learn from, model and settings are the same run: done already, it is not done again, not for another version
    either whose test rows alone differ; killed, it goes on.
    """
    frozen, task = version_named(project, version), project.task
    if epochs is not None:
        task = task.model_copy(update={"training": task.training.model_copy(update={"epochs": epochs})})
    chosen = model or task.candidates[0]
    settings: dict[str, Any] = {"training": task.training.model_dump(exclude={"rehearsal"})}
    settings |= {"answer_kind": task.answer_kind, "abstain_answer": task.abstain_answer}
    if is_trained(project, chosen):  # its name says what it has learned
        settings["rehearsal"] = task.training.rehearsal
    name = run_id("train", _learned_from(project, frozen.id), chosen, settings, task.seed)
    if project.is_done(name):
        return project.run(name)
    folder = project.run_folder(name)
    job = job_for(project, task, chosen, version=frozen.id)
    trained = yield from keep_progress(train_in_worker(job, folder), folder)
    run = Run(
        id=name,
        kind="train",
        version=frozen.id,
        split="train",
        model=chosen,
        settings=trained.settings,
        seed=task.seed,
        environment=environment(),
        metrics=trained.metrics,
        operating_points=trained.operating_points,
        created=now(),
        **_size(str(folder / "model")),
    )
    project.save_run(run)
    return run


def job_for(project: Project, task: Task, model: str, *, version: str) -> Job:
    """The training of a model on a version, with its paths as they are today."""
    before = project.run(model).version if is_trained(project, model) else None
    return Job(
        task=task,
        model=checkpoint_of(project, model),
        examples=str(project.version_folder(version)),
        learned=str(project.version_folder(before)) if before else None,
        seed=task.seed,
    )


def _learned_from(project: Project, version: str) -> str:
    """A hash of the rows of a version that training sees: those to learn and those it is validated on."""
    seen = project.examples(version).filter(pl.col("split").is_in(["train", "validation"]))
    told = seen.select(row=pl.concat_str("split", "origin", "id", separator=" ")).sort("row")["row"]
    content = hashlib.blake2b(digest_size=16)
    for part in told.to_list():
        content.update(part.encode() + b"\n")
    return content.hexdigest()


def is_trained(project: Project, model: str) -> bool:
    """True where a model's name is that of a training run, on all of the data or on a part of it, that is there."""
    return model.startswith(("train-", "curve-")) and project.is_done(model)


def checkpoint_of(project: Project, model: str) -> str:
    """What to load for a model: a training run's folder, a folder in the project, or the name itself."""
    if is_trained(project, model):
        return str(project.run_folder(model) / "model")
    local = project.folder / model
    return str(local) if model != "bundled" and local.is_dir() else model


def _size(model: str) -> dict[str, Any]:
    from growloop.models.catalog import describe

    card = describe(model)
    return {"parameters": card.parameters, "model_bytes": card.size_bytes, "model_hash": card.sha256}


def latest_model(project: Project) -> str:
    """The training run finished last whose model was not held back, or the first candidate where there is none."""
    trained = _not_held_back(project)
    return trained[-1] if trained else project.task.candidates[0]


def _not_held_back(project: Project) -> list[str]:
    """Training runs, the one finished last at the end."""
    held_back = {turn.trained_by for turn in project.iterations() if not turn.in_use}
    held_back -= {turn.trained_by for turn in project.iterations() if turn.in_use}
    return [run.id for run in project.runs() if run.kind == "train" and run.id not in held_back]


def standing_models(project: Project) -> dict[Standing, str]:
    """The models that can be held against each other; where nothing is trained, there is the base alone.

    The base is the candidate that the turns of the loop began with.
    """
    turns, trained = project.iterations(), _not_held_back(project)
    known: dict[Standing, str] = {"base": turns[0].model if turns else project.task.candidates[0]}
    if len(trained) > 1:
        known["previous"] = trained[-2]
    return known | {"current": trained[-1]} if trained else known
