"""Two runs, or two turns of the loop, on the questions that both answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from growloop.diagnose import compare as paired
from growloop.diagnose.gate import promotion
from growloop.diagnose.slices import by_weight
from growloop.errors import BadDeclaration, NotFound, NothingToDo, did_you_mean
from growloop.loop.accepting import matching
from growloop.loop.asked import answered_examples
from growloop.loop.weighing import budgets, judged_by
from growloop.metrics import metric_columns
from growloop.project import Project
from growloop.records.comparison import (
    ChangedAnswer,
    ChangedAnswers,
    Comparison,
    Outcome,
    Promotion,
    RunComparison,
)
from growloop.records.report import Iteration
from growloop.records.run import Run
from growloop.reporting.figures import HEADLINE

Scores = tuple[pl.DataFrame, pl.DataFrame]
"""Those of the run before and of the one after."""


def compare(project: Project, before: str, after: str, *, metrics: Sequence[str] | None = None) -> RunComparison:
    """Two evaluations on the questions of both, over all and by slice, each better, worse, or not to be told.

    A run is named by its id, or by the number of its iteration. Slices are compared by the first of `metrics`: without
    them token F1, or what was measured first. Raises NothingToDo where the runs share no question.
    """
    runs = [run_named(project, name) for name in (before, after)]
    scores = _scores(project, runs[0].id, runs[1].id)
    names = _chosen(scores, metrics)
    examples, seed = answered_examples(project, runs[1]), project.task.seed
    shared = scores[0].join(scores[1], on="id", how="semi").height
    return RunComparison(
        before=runs[0].id,
        after=runs[1].id,
        shared=shared,
        overall=tuple(paired.compare(*scores, name, examples, seed=seed) for name in names),
        slices=tuple(paired.compare_slices(*scores, names[0], examples, project.task.slices, seed=seed)),
        notes=tuple(_notes(runs, scores, shared, names)),
    )


def changed_answers(
    project: Project,
    before: str,
    after: str,
    *,
    where: Mapping[str, str] | None = None,
    outcome: Outcome | None = None,
    limit: int = 50,
    offset: int = 0,
) -> ChangedAnswers:
    """The questions that two evaluations answered differently at some coordinates, a page of them.

    Runs are named, and won and lost are judged, as in `compare`; a question either run has no score for is tied.
    """
    runs = [run_named(project, name) for name in (before, after)]
    metric = _chosen(_scores(project, runs[0].id, runs[1].id), None)[0]
    said = [_said(project, run.id, metric, side) for run, side in zip(runs, ("before", "after"), strict=True)]
    both = answered_examples(project, runs[1]).join(said[0], on="id").join(said[1], on="id")
    there = with_outcome(both).filter(matching(where or {}))
    counted = dict(there.group_by("outcome").len().iter_rows())
    shown = there.filter(outcome=outcome) if outcome else there
    page = shown.slice(offset, limit)
    return ChangedAnswers(
        before=runs[0].id,
        after=runs[1].id,
        metric=metric,
        counts={name: counted.get(name, 0) for name in OUTCOMES},
        rows=tuple(ChangedAnswer.model_validate(row) for row in _as_rows(page)),
        next_offset=offset + limit if shown.height > offset + limit else None,
    )


OUTCOMES: tuple[Outcome, ...] = ("won", "lost", "tied")


def with_outcome(both: pl.DataFrame) -> pl.DataFrame:
    """Of rows with `before`, `after` and their scores those that differ, in the order of their outcome."""
    rose = pl.col("score_after") - pl.col("score_before")
    outcome = pl.when(rose > paired.SAME).then(pl.lit("won")).when(rose < -paired.SAME).then(pl.lit("lost"))
    judged = both.with_columns(outcome=outcome.otherwise(pl.lit("tied")).cast(pl.Enum(OUTCOMES)), rose=rose.abs())
    changed = judged.filter((pl.col("outcome") != "tied") | (pl.col("before") != pl.col("after")))
    return changed.sort("outcome", pl.col("rose").fill_null(0.0), "id", descending=[False, True, False])


def _said(project: Project, run: str, metric: str, side: str) -> pl.DataFrame:
    """What a run answered to each question, and how that scores."""
    scores = project.run_frame(run, "scores").select("id", pl.col(metric).fill_nan(None).alias(f"score_{side}"))
    said = project.run_frame(run, "predictions").select("id", pl.col("prediction").alias(side))
    return said.join(scores, on="id")


def _as_rows(page: pl.DataFrame) -> list[dict[str, Any]]:
    listed = page.select(field for field in ChangedAnswer.model_fields).to_dicts()
    return [{**row, "where": {pair["key"]: pair["value"] for pair in row["where"] or ()}} for row in listed]


def run_named(project: Project, name: str) -> Run:
    """The evaluation of this id, or of the iteration of this number. Raises NotFound."""
    known = name if not name.isdecimal() else turn_numbered(project, int(name)).run
    run = project.run(known)
    if run.kind in ("evaluate", "baseline"):
        return run
    answered = [other.id for other in project.runs() if other.model == run.id and other.kind == "evaluate"]
    instead = f"Its evaluations: {', '.join(answered)}." if answered else f"First:  growloop evaluate --model {run.id}"
    raise NotFound(f"{run.id} answered no questions, so it cannot be compared (kind: {run.kind}). {instead}")


def turn_numbered(project: Project, number: int | None) -> Iteration:
    """One turn of the loop, the last where no number is given. Raises NothingToDo before the first, NotFound."""
    turns = project.iterations()
    if not turns:
        raise NothingToDo("No turn of the loop is finished yet:  growloop next")
    turn = turns[-1] if number is None else next((t for t in turns if t.number == number), None)
    if turn is None:
        raise NotFound(f"There is no iteration {number}; the last is {turns[-1].number}.")
    return turn


def comparisons(project: Project, before: Iteration, after: Iteration) -> tuple[Comparison, ...]:
    """Two turns on the rows that both have answered, by each headline metric; empty where they share none."""
    scores, examples = _turns(project, before, after)
    shared = _shared(scores)
    names = [name for name in HEADLINE if name in shared] or shared
    found = (_compared(scores, name, examples, project.task.seed) for name in names)
    return tuple(one for one in found if one is not None)


def compared_slices(project: Project, before: Iteration, after: Iteration) -> tuple[Comparison, ...]:
    """The same by slice, by token F1 or the metric that was measured first."""
    scores, examples = _turns(project, before, after)
    main = by_weight(_shared(scores))[:1]
    task = project.task
    try:
        found = [paired.compare_slices(*scores, name, examples, task.slices, seed=task.seed) for name in main]
    except NothingToDo:
        return ()
    return tuple(one for part in found for one in part)


def _turns(project: Project, before: Iteration, after: Iteration) -> tuple[Scores, pl.DataFrame]:
    scores = _scores(project, before.run, after.run)
    return scores, answered_examples(project, project.run(after.run))


def _compared(scores: Scores, metric: str, examples: pl.DataFrame, seed: int) -> Comparison | None:
    try:
        return paired.compare(*scores, metric, examples, seed=seed)
    except NothingToDo:
        return None


def _scores(project: Project, before: str, after: str) -> Scores:
    return project.run_frame(before, "scores"), project.run_frame(after, "scores")


def _shared(scores: Sequence[pl.DataFrame]) -> list[str]:
    """The metrics that both runs measured, in the order of the first."""
    return [name for name in metric_columns(scores[0]) if name in metric_columns(scores[1])]


def _chosen(scores: Sequence[pl.DataFrame], metrics: Sequence[str] | None) -> list[str]:
    shared = by_weight(_shared(scores))
    unknown = next((name for name in metrics or () if name not in shared), None)
    if unknown is not None:
        raise BadDeclaration(f'"{unknown}" was not measured in both runs. {did_you_mean(unknown, shared)}')
    if not shared:
        first, second = (", ".join(metric_columns(frame)) or "nothing" for frame in scores)
        raise NothingToDo(
            f"The two runs share no metric: one measured {first}, the other {second}. Evaluate both again:  "
            "growloop evaluate"
        )
    return list(metrics) if metrics else shared


def _notes(runs: Sequence[Run], scores: Sequence[pl.DataFrame], shared: int, names: Sequence[str]) -> list[str]:
    notes = []
    if runs[0].id == runs[1].id:
        notes.append("Both are the same run.")
    heights = [frame.height for frame in scores]
    if set(heights) != {shared}:
        both = f"compared are the {shared:,} that both answered"
        notes.append(f"One answered {heights[0]:,} questions, the other {heights[1]:,}; {both}.")
    code = [run.settings.get("metric_code", {}) for run in runs]
    if code[0] != code[1]:
        notes.append("The code of the project's own metrics changed between the runs: their scores may differ by that.")
    return notes


def held_against(project: Project, before: Sequence[Run], after: Sequence[Run]) -> Promotion:
    """Whether the model of some evaluations takes the place of the one of others, and why.

    Of each the first is of the test side, and may be followed by one of what people corrected.
    """
    metric, right_from = judged_by(project, after[0])
    was, now = (
        pl.concat([project.run_frame(run.id, "scores") for run in runs], how="diagonal").unique("id", keep="first")
        for runs in (before, after)
    )
    examples = pl.concat([answered_examples(project, run) for run in (*before, *after)]).unique("id", keep="first")
    return promotion(
        was,
        now,
        examples,
        metric=metric,
        right_from=right_from,
        slices=project.task.slices,
        budgets_before=budgets(project, before[0]),
        budgets_after=budgets(project, after[0]),
        seed=project.task.seed,
    )
