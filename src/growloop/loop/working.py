"""Stages of the loop as jobs: asked for by name and options, done by a process of their own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import polars as pl

from growloop.jobs import Jobs
from growloop.loop.correcting import index
from growloop.loop.following import follow
from growloop.loop.freezing import freeze
from growloop.loop.gathering import draw
from growloop.loop.iterating import next_iteration
from growloop.loop.measuring import baseline, evaluate
from growloop.loop.reproducing import reproduce
from growloop.loop.running import run_until_good
from growloop.loop.training import train
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.estimate import Estimate
from growloop.records.job import (
    JOB_OPTIONS,
    BaselineOptions,
    DrawOptions,
    EvaluateOptions,
    FollowOptions,
    Job,
    JobKind,
    JobResult,
    NextOptions,
    NoOptions,
    ReproduceOptions,
    RunOptions,
    TrainOptions,
)
from growloop.records.progress import Progress
from growloop.records.recommendation import Taken
from growloop.records.report import Iteration
from growloop.reporting.figures import interval_text, metric_label, plural, value_text
from growloop.reporting.recommendations import reproduced_text

Working = Generator[Progress, None, JobResult]


def jobs(project: Project) -> Jobs:
    """The jobs of a project: asked for, cancelled, resumed, looked at."""
    return Jobs(project.folder)


def do_job(project: Project, job: Job) -> Working:
    """Do what a job asks for. Killed at any moment and done again, it goes on where it was."""
    options = JOB_OPTIONS[job.kind].model_validate(job.options)
    return (yield from _STAGES[job.kind](project, options, job))


def _draw(project: Project, options: DrawOptions, job: Job) -> Working:
    yield Progress("draw", 0, options.n)
    left = _still_to_draw(project, job, options.n)
    drawn = draw(project, left, seed=options.seed, where=options.where)
    yield Progress("draw", options.n, options.n)
    drafts = f"; {drawn.drafts:,} more are drafts that wait for a person" if drawn.drafts else ""
    lacking = left - drawn.accepted - drawn.drafts
    short = f" The universe holds no more: {lacking:,} fewer than asked for." if lacking else ""
    return JobResult(said=f"{drawn.accepted + options.n - left:,} examples drawn into the pool{drafts}.{short}")


def _still_to_draw(project: Project, job: Job, n: int) -> int:
    """How many of `n` a job has not drawn yet: it may have been killed between drawing and saying so."""
    with Pool.open(project.pool_url) as pool:
        drawn = pool.examples(None).filter(pl.col("origin") == "universe").height
    before = jobs(project).first_value(job.id, "drawn", drawn)
    return max(0, n - (drawn - before))


def _freeze(project: Project, _: NoOptions, __: Job) -> Working:
    yield Progress("freeze", 0, 0)
    version = freeze(project)
    counts = ", ".join(f"{count:,} {side}" for side, count in version.counts.items())
    return JobResult(said=f"Version {version.id}: {counts}.", made={"version": version.id})


def _index(project: Project, _: NoOptions, __: Job) -> Working:
    recall = yield from index(project)
    found = "; ".join(f"{metric_label(name)} {_figure(estimate)}" for name, estimate in recall.items())
    return JobResult(said=f"The contexts are indexed. {found}".strip())


def _baseline(project: Project, options: BaselineOptions, _: Job) -> Working:
    best = (yield from baseline(project, version=options.version))[0]
    return JobResult(said=f"Best before training: {best.model}, {_headline(best.metrics)}.", made=_run(best.run))


def _train(project: Project, options: TrainOptions, _: Job) -> Working:
    run = yield from train(project, model=options.model, version=options.version)
    return JobResult(said=f"{run.id} is trained: {_headline(run.metrics)} on validation.", made=_run(run.id))


def _evaluate(project: Project, options: EvaluateOptions, _: Job) -> Working:
    run = yield from evaluate(project, model=options.model, version=options.version, split=options.split)
    return JobResult(said=f"{run.model} on {options.split}: {_headline(run.metrics)}.", made=_run(run.id))


def _next(project: Project, options: NextOptions, job: Job) -> Working:
    n = _still_to_draw(project, job, options.n) if options.n else options.n
    turn = yield from next_iteration(project, n=n, warm_start=options.warm_start, epochs=options.epochs)
    held_back = "" if turn.in_use else " Its model is held back."
    said = f"Iteration {turn.number} is done: {_headline(turn.metrics)} on test.{held_back}"
    return JobResult(said=said, made=_turn(turn))


def _follow(project: Project, options: FollowOptions, _: Job) -> Working:
    taken = yield from follow(project, options.numbers, run=options.run, examples=options.examples)
    return JobResult(said=" ".join(map(_brought, taken)))


def _brought(taken: Taken) -> str:
    item = taken.recommendation
    if item.draws:
        return f"{item.words}: {plural(taken.added, 'example')} gathered into the pool."
    return f"{item.words}: {plural(taken.added, 'question')} put in the queue."


def _run_until_good(project: Project, options: RunOptions, _: Job) -> Working:
    ended = yield from run_until_good(project, **options.model_dump())
    said = f"{ended.words} Iteration {ended.turn.number}: {_headline(ended.turn.metrics)} on test."
    return JobResult(said=said, made=_turn(ended.turn))


def _reproduce(project: Project, options: ReproduceOptions, _: Job) -> Working:
    found = yield from reproduce(project, options.number)
    return JobResult(said=f"Iteration {found.number} made again. {reproduced_text(found)}")


_STAGES: dict[JobKind, Callable[[Project, Any, Job], Working]] = {
    "draw": _draw,
    "freeze": _freeze,
    "index": _index,
    "baseline": _baseline,
    "train": _train,
    "evaluate": _evaluate,
    "follow": _follow,
    "next": _next,
    "run": _run_until_good,
    "reproduce": _reproduce,
}


def _turn(turn: Iteration) -> dict[str, str]:
    return {"iteration": str(turn.number), **_run(turn.run), "version": turn.version}


def _run(id: str | None) -> dict[str, str]:
    return {"run": id} if id else {}


def _headline(metrics: dict[str, Estimate]) -> str:
    """Token F1, or the first metric where that is not measured."""
    name = "token_f1" if "token_f1" in metrics else next(iter(metrics), "")
    return f"{metric_label(name)} {_figure(metrics[name])}" if name else "nothing was measured"


def _figure(estimate: Estimate) -> str:
    return f"{value_text(estimate.value)} {interval_text(estimate)}".strip()
