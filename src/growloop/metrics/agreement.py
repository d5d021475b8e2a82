"""Metrics held against people: does a score tell the answers that people call correct from those they call wrong?

A metric's threshold is the one of highest kappa on one half of the questions, and what it is worth is measured on
the other half; then the halves change places, and all is done for several ways to halve. So every answer is measured
with a threshold that was chosen without its question, and the figures are the mean over the ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import polars as pl

from growloop.metrics import METRICS, Metric, contingency, named
from growloop.metrics.answer_style import STYLES
from growloop.metrics.intervals import NONE
from growloop.metrics.judged import Judged, is_decided, is_right, judged_answers
from growloop.metrics.people import people_agreement
from growloop.metrics.question_bootstrap import (
    Floats,
    Integers,
    QuestionBootstrap,
    estimate,
    kappa_estimate,
    share_estimate,
)
from growloop.metrics.thresholds import CUSTOMARY, Booleans, Halving, best_threshold
from growloop.records.agreement import Agreement, MetricAgreement, PartAgreement, Trust
from growloop.records.example import coordinate, coordinate_names, matches
from growloop.records.run import Estimate

SUBSTANTIAL = 0.6
"""The kappa from which on agreement is called substantial (Landis and Koch 1977): from here on a metric is trusted."""
FEWEST_ANSWERS = 20
"""Styles and slices with fewer are not measured."""
NEARLY_ALL = 0.9
"""The share of answers that a metric has to score to be the best of them."""
MOST_VALUES = 40
"""Coordinates with more values are no slices."""
_GRADES = 20
"""Graded verdicts are ranked to the nearest twentieth."""
_SCORE_LEVELS = 64
"""Levels that scores are cut to for the interval of a rank correlation; its value is exact."""

Part = tuple[dict[str, str], Judged]
"""Where some of the answers lie, and they."""


def agreement(
    verdicts: pl.DataFrame,
    metrics: Sequence[str | Metric] | None = None,
    *,
    abstain_answer: str = "",
    halving: Halving | None = None,
) -> Agreement:
    """How far each metric (all, unless named) agrees with a VERDICTS frame: overall, by style of answer, by slice.

    Raises NothingToDo without verdicts, BadData where the stated half holds none or all of the answers.
    """
    halving, chosen = halving or Halving(), named(list(metrics or METRICS))
    names = [metric.name for metric in chosen]
    judged = judged_answers(verdicts, chosen, abstain_answer)
    halving.check(judged.answers)
    styles, slices = list(_by_style(judged)), list(_by_slice(judged, halving))
    measured = [_measured(part, where, names, halving) for where, part in styles + slices if _is_large(part)]
    of_styles = sum(_is_large(part) for _, part in styles)
    return Agreement(
        verdicts=judged.verdicts.height,
        halves=0 if halving.chosen_on else halving.halves,
        seed=halving.seed,
        chosen_on=dict(halving.chosen_on),
        undecided=judged.answers.filter(~is_decided()).height,
        overall=_measured(judged, {}, names, halving),
        styles=tuple(measured[:of_styles]),
        slices=tuple(measured[of_styles:]),
        too_small=len(styles) + len(slices) - len(measured),
    )


# parts


def _is_large(part: Judged) -> bool:
    return part.answers.height >= FEWEST_ANSWERS


def _by_style(judged: Judged) -> Iterator[Part]:
    present = set(judged.answers["style"])
    for style in STYLES:
        if style in present:
            yield {"style": style}, judged.at(pl.col("style") == style)


def _by_slice(judged: Judged, halving: Halving) -> Iterator[Part]:
    """The answers at each value of each coordinate but those that say where thresholds are chosen."""
    for name in coordinate_names(judged.answers):
        values = judged.answers.select(coordinate(name)).to_series().drop_nulls().unique().sort()
        if len(values) <= MOST_VALUES and name not in halving.chosen_on:
            for value in values:
                yield {name: value}, judged.at(matches({name: value}))


def _measured(part: Judged, where: dict[str, str], metrics: Sequence[str], halving: Halving) -> PartAgreement:
    bootstrap = QuestionBootstrap(part.answers["asked"].to_numpy(), seed=halving.seed)
    decided = part.answers.filter(is_decided())
    found = ranked((_metric(part.answers, name, halving, bootstrap) for name in metrics), decided.height)
    return PartAgreement(
        where=where,
        answers=part.answers.height,
        questions=part.answers["asked"].n_unique(),
        correct=decided.select(is_right().mean()).item(),
        metrics=tuple(found),
        people=people_agreement(part.verdicts, halving.seed),
        trust=_trust(found),
    )


def ranked(found: Iterable[MetricAgreement], answers: int) -> list[MetricAgreement]:
    """The highest kappa first, but last what has no score for many of the answers: it is no metric for all of them."""

    def place(one: MetricAgreement) -> tuple[bool, float]:
        return one.accuracy.n < NEARLY_ALL * answers, 2.0 if one.kappa.value is None else -one.kappa.value

    return sorted(found, key=place)


def _trust(found: Sequence[MetricAgreement]) -> Trust:
    best = found[0].kappa
    if best.low is not None and best.low >= SUBSTANTIAL:
        return "trusted"
    return "none" if best.high is not None and best.high < SUBSTANTIAL else "cannot_tell"


# a metric


def _metric(answers: pl.DataFrame, name: str, halving: Halving, bootstrap: QuestionBootstrap) -> MetricAgreement:
    """One metric on some answers; those that it gives no score are left out."""
    scores = answers[f"score:{name}"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    scored = ~np.isnan(scores)
    usable = scored & answers.select(is_decided()).to_series().to_numpy()
    right = answers.select(is_right()).to_series().to_numpy()
    sides = [(chosen & usable, measured & usable) for chosen, measured in halving.sides(answers)]
    thresholds, tables, n = _held_out(scores, right, sides, halving.weight, bootstrap)
    measured = np.flatnonzero(np.any([there for _, there in sides], axis=0))
    at_half = bootstrap.tables(measured, _cells(scores, right, measured, CUSTOMARY), (2, 2))
    one_sided = len(set(right[measured])) < 2
    correlations = _correlations(np.flatnonzero(scored), scores, answers["verdict"].to_numpy(), bootstrap)
    return MetricAgreement(
        metric=name,
        threshold=float(np.median(thresholds)) if thresholds else None,
        accuracy=share_estimate(contingency.accuracy(tables), n),
        kappa=NONE if one_sided else kappa_estimate(tables, n),
        kappa_at_half=NONE if one_sided else kappa_estimate(at_half, len(measured)),
        spearman=correlations[0],
        kendall=correlations[1],
    )


def _held_out(
    scores: Floats,
    right: Booleans,
    sides: Sequence[tuple[Booleans, Booleans]],
    weight: float,
    bootstrap: QuestionBootstrap,
) -> tuple[list[float], Floats, int]:
    """The thresholds, the tables (metric says wrong, right × people say wrong, right), how many were measured."""
    thresholds: list[float] = []
    answers: list[Integers] = [np.empty(0, dtype=np.int64)]
    cells: list[Integers] = [np.empty(0, dtype=np.int64)]
    for chosen, measured in sides:
        if chosen.any():
            thresholds.append(best_threshold(scores[chosen], right[chosen]))
            answers.append(np.flatnonzero(measured))
            cells.append(_cells(scores, right, answers[-1], thresholds[-1]))
    measured_answers = np.concatenate(answers)
    tables = bootstrap.tables(measured_answers, np.concatenate(cells), (2, 2), weight)
    return thresholds, tables, int(np.unique(measured_answers).size)


def _cells(scores: Floats, right: Booleans, answers: Integers, threshold: float) -> Integers:
    """The cell of the table (metric × people) that each of some answers falls into."""
    return np.asarray(2 * (scores[answers] >= threshold) + right[answers], dtype=np.int64)


def _correlations(
    answers: Integers, scores: Floats, verdicts: Floats, bootstrap: QuestionBootstrap
) -> tuple[Estimate, Estimate]:
    """Spearman and Kendall over some answers. Values are exact; intervals are of scores cut to fewer levels."""
    if not answers.size:
        return NONE, NONE
    grades, grade = np.unique((verdicts[answers] * _GRADES).round(), return_inverse=True)
    values, value = np.unique(scores[answers], return_inverse=True)
    exact = np.zeros((values.size, grades.size))
    np.add.at(exact, (value, grade), 1)
    level = _levels(value)
    cut = bootstrap.tables(answers, level * grades.size + grade, (int(level.max()) + 1, grades.size))
    return _moved(contingency.spearman, exact, cut, answers.size), _moved(contingency.kendall, exact, cut, answers.size)


def _levels(value: Integers) -> Integers:
    """Values, numbered in rising order, as at most 64 levels of about as many answers each."""
    counts = np.bincount(value)
    if counts.size <= _SCORE_LEVELS:
        return value
    middle = (np.cumsum(counts) - counts / 2) / value.size
    _, level = np.unique((middle * _SCORE_LEVELS).astype(np.int64), return_inverse=True)
    return np.asarray(level[value])


def _moved(statistic: Callable[[Floats], Floats], exact: Floats, cut: Floats, n: int) -> Estimate:
    """The statistic of the exact table, with the interval of the cut ones about it."""
    figures = statistic(cut)
    return estimate(np.clip(figures + (float(statistic(exact)) - figures[0]), -1, 1), n)
