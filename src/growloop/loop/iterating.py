"""One whole turn of the loop, and where the project stands."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from growloop import annotate
from growloop.dataset.fixes import as_cleaned
from growloop.loop.auditing import waiting_in
from growloop.loop.freezing import freeze
from growloop.loop.gathering import draw, judgeable
from growloop.loop.measuring import BASELINE_QUESTIONS, baseline, evaluated_by
from growloop.loop.reporting import report
from growloop.loop.training import train
from growloop.metrics.official import OfficialScores, score_squad_v2
from growloop.pool import Pool
from growloop.project import Project, now
from growloop.records.progress import Progress
from growloop.records.report import Iteration
from growloop.records.run import Run
from growloop.records.status import Status
from growloop.records.version import DatasetVersion

DRAWN_AT_FIRST = 11_400
"""How many examples the first turn of the loop draws where nothing is in the pool yet."""


def next_iteration(project: Project, *, n: int | None = None) -> Generator[Progress, None, Iteration]:
    """One whole turn of the loop: gather, freeze, measure the untrained model once, fine-tune, evaluate, report.

    The first turn draws from the universe; a later one folds in people's corrections, and draws `n` more if asked.
    Killed at any moment and started again, it goes on where it was.
    """
    _gather(project, n)
    version = freeze(project)
    yield Progress("freeze", 1, 1, f"version {version.id}: {version.counts}")
    turns = {turn.number: turn for turn in project.iterations()}
    if 0 not in turns:
        candidates = yield from baseline(project, version=version.id)
        best = candidates[0].model
        zero_shot = yield from evaluated_by(project, version, best, "test", at_most=BASELINE_QUESTIONS)
        turns[0] = _turn(project, 0, zero_shot)
        project.save_iteration(turns[0])
    last = turns[max(turns)]
    trained = yield from train(project, model=turns[0].model, version=version.id)
    run = yield from evaluated_by(project, version, trained.id, "test")
    number = last.number if last.trained_by == trained.id else last.number + 1
    turn = _turn(project, number, run, trained)
    project.save_iteration(turn)
    report(project, number)
    return turn


def _gather(project: Project, n: int | None) -> None:
    with Pool.open(project.pool_url) as pool:
        empty = pool.examples(status=None).is_empty()
    wanted = n if n is not None else DRAWN_AT_FIRST if empty and project.universe else 0
    if wanted:
        draw(project, wanted)


def _turn(project: Project, number: int, run: Run, trained: Run | None = None) -> Iteration:
    return Iteration(
        number=number,
        version=run.version,
        run=run.id,
        trained_by=trained.id if trained else None,
        model=trained.model if trained else run.model,
        metrics=run.metrics,
        timings=run.timings,
        model_bytes=run.model_bytes,
        parameters=run.parameters,
        annotations=project.version(run.version).origins.get("annotation", 0),
        created=now(),
    )


def status(project: Project) -> Status:
    """Where the project stands and what to do next."""
    with Pool.open(project.pool_url) as pool:
        counts, examples, given = pool.counts(), pool.examples(), pool.waiting_annotations()
        known, queued = judgeable(pool), waiting_in(pool).height
    turns = project.iterations()
    latest = project.latest_version()
    before = project.examples(latest.id) if latest else None
    given = as_cleaned(given, examples)
    waiting = annotate.waiting(given, known, before, abstain_answer=project.task.abstain_answer)
    step, because = _next_step(project, counts, latest, turns, waiting)
    return Status(
        name=project.task.name,
        folder=str(project.folder),
        purpose=project.task.purpose,
        pool=counts,
        versions=tuple(version.id for version in project.versions()),
        iterations=tuple(turns),
        waiting=waiting,
        queued=queued,
        indexed=(project.folder / "index").is_dir(),
        next_step=step,
        because=because,
    )


def _next_step(
    project: Project, pool: Mapping[str, int], latest: DatasetVersion | None, turns: Sequence[Iteration], waiting: int
) -> tuple[str, str]:
    if not pool and project.universe is None:
        return "growloop import FILE", "The pool is empty and there is no universe.yaml to draw from."
    if not turns or turns[-1].number == 0:
        return "growloop next", "Nothing is trained yet: one turn draws, freezes, measures, trains and reports."
    if waiting:
        return "growloop next", f"{waiting} correction(s) wait to be learned from."
    return "growloop serve", "Ask the model, correct what is wrong; corrections go into the next turn."


def score(gold: Path, predictions: Path) -> OfficialScores:
    """The official SQuAD v2 report: the official script's own keys, on its 0–100 scale; and what to know about it."""
    return score_squad_v2(gold, predictions)
