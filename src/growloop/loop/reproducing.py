"""An iteration made again from its record: the same data and settings, and how far the outcome is the same."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

import polars as pl

from growloop.errors import NothingToDo
from growloop.evaluation import evaluate as evaluate_answers
from growloop.finetune.worker import Job, train_in_worker
from growloop.loop.asked import read_examples
from growloop.loop.comparing import turn_numbered
from growloop.loop.declaring import metrics_of
from growloop.loop.training import job_for
from growloop.project import Project
from growloop.records.progress import Progress
from growloop.records.report import Iteration, Reproduced

WEIGHTS = "model.safetensors"


def reproduce(project: Project, number: int) -> Generator[Progress, None, Reproduced]:
    """Train and evaluate an iteration again as its record says, and compare; nothing else of the project changes.

    Raises NotFound where there is no such iteration, NothingToDo where nothing was trained in it.
    """
    from growloop.models import load_answerer
    from growloop.models.bundled import sha256_of

    turn = turn_numbered(project, number)
    if turn.trained_by is None:
        raise NothingToDo(f"Nothing was trained in iteration {number}: it measured {turn.model} as it is.")
    trained, evaluated = project.run(turn.trained_by), project.run(turn.run)
    folder = project.folder / "reproduced" / str(number)
    job = _job(project, turn)
    yield from train_in_worker(job, folder)
    task = job.task.model_copy(update={"metrics": project.task.metrics})
    rows = read_examples(project, evaluated)
    answerer = load_answerer(str(folder / "model"), task)
    found = yield from evaluate_answers(answerer, rows, task, folder, metrics_of(project))
    before = project.run_frame(turn.run, "predictions").select("id", was="prediction")
    same = found.predictions.join(before, on="id").filter(pl.col("prediction").eq_missing(pl.col("was"))).height
    weights = [path / "model" / WEIGHTS for path in (folder, project.run_folder(trained.id))]
    made = Reproduced(
        number=number,
        same_weights=all(map(Path.exists, weights)) and sha256_of(weights[0]) == sha256_of(weights[1]),
        answers=rows.height,
        same_answers=same,
        metrics=found.metrics,
        metrics_before=evaluated.metrics,
        precision=str(trained.settings.get("precision", "")),
    )
    shutil.rmtree(folder)
    return made


def _job(project: Project, turn: Iteration) -> Job:
    """What was trained, with its paths as they are today: the project may have been moved."""
    kept = Job.model_validate_json((project.run_folder(turn.trained_by or "") / "job.json").read_bytes())
    return job_for(project, kept.task, turn.model, version=turn.version)
