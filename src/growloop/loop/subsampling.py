"""Learning curves from parts of the training data: what the model of the last turn would be with less of it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from growloop.errors import BadData, NothingToDo
from growloop.finetune.subsample import subsample
from growloop.finetune.worker import Job, train_in_worker
from growloop.loop.measuring import evaluated_by
from growloop.loop.surroundings import SUBSAMPLED, training_rows
from growloop.loop.training import job_for
from growloop.project import Project, now
from growloop.records.progress import Progress
from growloop.records.report import CurvePoint, Iteration
from growloop.records.run import Run
from growloop.runs import environment, keep_progress, kept_progress, run_id

SHARES = (0.25, 0.5)
"""Of the training examples, unless told otherwise: two doublings up to all of them."""


def curves(project: Project, shares: Sequence[float] = SHARES) -> Generator[Progress, None, tuple[CurvePoint, ...]]:
    """Train the last turn's candidate again on parts of what it learned from, and put the validation questions to each.

    What is expected of more data follows from these points as from earlier turns, by slice, from the next
    `recommend` on. The first progress says about how long it takes. Each part is a run: done already, it is not
    done again; killed, it goes on. Raises BadData for a share that is none, NothingToDo before a turn was diagnosed.
    """
    if not shares or not all(0 < share < 1 for share in shares):
        raise BadData(f"{', '.join(map(str, shares)) or 'Nothing'}: shares lie between 0 and 1, e.g. 0.25,0.5.")
    turn = _last_turn(project)
    parts = sorted(set(shares))
    yield Progress("curves", 0, len(parts), _cost(project, turn, parts))
    points = []
    for number, share in enumerate(parts, start=1):
        points.append((yield from _point(project, turn, share)))
        yield Progress("curves", number, len(parts), f"{points[-1].trained_on:,} examples")
    whole = project.run(turn.diagnosed or "")
    return (*points, CurvePoint(share=1.0, trained_on=turn.trained_on, run=whole.id, metrics=whole.metrics))


def _last_turn(project: Project) -> Iteration:
    turns = [turn for turn in project.iterations() if turn.diagnosed and turn.trained_by]
    kept = [turn for turn in turns if project.is_done(turn.diagnosed or "") and project.is_done(turn.trained_by or "")]
    if not kept:
        raise NothingToDo("No turn with validation questions is finished, so there is no curve to draw:  growloop next")
    return kept[-1]


def _cost(project: Project, turn: Iteration, shares: Sequence[float]) -> str:
    """About how long it takes, by what the whole took."""
    told = [row["time"] for row in kept_progress(project.run_folder(turn.trained_by or ""))]
    timings = project.run(turn.diagnosed or "").timings
    if len(told) < 2:
        return f"{len(shares)} trainings, each shorter than the whole was"
    seconds = sum(shares) * (max(told) - min(told)) + len(shares) * (timings.total_seconds if timings else 0.0)
    return f"{len(shares)} trainings, about {max(1, round(seconds / 60)):,} min in all"


def _point(project: Project, turn: Iteration, share: float) -> Generator[Progress, None, CurvePoint]:
    trained = yield from _trained(project, turn, share)
    version = project.version(turn.version)
    run = yield from evaluated_by(project, version, trained.id, "validation", kind=SUBSAMPLED)
    rows = subsample(training_rows(project, turn.version), share)
    return CurvePoint(share=share, trained_on=rows.height, run=run.id, metrics=run.metrics)


def _trained(project: Project, turn: Iteration, share: float) -> Generator[Progress, None, Run]:
    """The turn's training as its record says, but for how much there was to learn from."""
    whole = project.run(turn.trained_by or "")
    settings: dict[str, Any] = {"of": whole.id, "share": share}
    name = run_id(SUBSAMPLED, turn.version, whole.model, settings, whole.seed)
    if project.is_done(name):
        return project.run(name)
    folder = project.run_folder(name)
    kept = Job.model_validate_json((project.run_folder(whole.id) / "job.json").read_bytes())
    job = job_for(project, kept.task, whole.model, version=turn.version).model_copy(update={"share": share})
    found = yield from keep_progress(train_in_worker(job, folder), folder)
    run = Run(
        id=name,
        kind=SUBSAMPLED,
        version=turn.version,
        split="train",
        model=whole.model,
        settings={**found.settings, **settings},
        seed=whole.seed,
        environment=environment(),
        metrics=found.metrics,
        parameters=whole.parameters,
        model_bytes=whole.model_bytes,
        created=now(),
    )
    project.save_run(run)
    return run
