"""What each section of a report says, read from the records; how it looks is the templates' business."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from growloop.records.comparison import Comparison
from growloop.records.coverage import Crossed
from growloop.records.example import coordinate, is_answerable
from growloop.records.report import Iteration, Report, SliceScore
from growloop.records.run import Estimate, Run
from growloop.reporting import figures

TILES = ("token_f1", "exact_match", "abstention_f1", "over_refusal")
_HEAT_ROWS, _HEAT_COLUMNS = 24, 8
CHARTED_SLICES = 16


@dataclass(frozen=True)
class Tile:
    """One of the large figures at the top."""

    label: str
    meaning: str
    now: Estimate | None
    before: Estimate | None


def tiles(turn: Iteration, before: Iteration | None) -> list[Tile]:
    """The headline figures of a turn, each beside the turn it is compared to."""
    return [
        Tile(
            label=figures.metric_label(name),
            meaning=figures.MEANINGS.get(name, ""),
            now=turn.metrics.get(name),
            before=before.metrics.get(name) if before else None,
        )
        for name in TILES
    ]


@dataclass(frozen=True)
class Sentence:
    """One thing the report says about itself at the top."""

    text: str
    bad: bool = False
    """True where something that was wanted is not reached."""


def summary(report: Report, metric: str, slices: Sequence[str]) -> list[Sentence]:
    """The report in a few sentences: what changed, missed budgets, where it is weakest, which trick would win."""
    said = [Sentence(_change(c)) for c in report.comparisons if c.metric == metric and c.difference.n]
    if report.budgets:
        said.append(_budgets_met([check.name for check in report.budgets if not check.met], len(report.budgets)))
    weakest = _weakest(report.slices, metric, slices)
    if weakest:
        where, estimate = figures.where_text(weakest.where), weakest.metrics[metric]
        score = f"{figures.metric_label(metric)} {figures.estimate_text(estimate)}"
        said.append(Sentence(f"Weakest at {where}: {score}."))
    if report.trick:
        said.append(Sentence(report.trick))
    return said


def _budgets_met(missed: Sequence[str], count: int) -> Sentence:
    if missed:
        return Sentence(f"{len(missed)} of {figures.plural(count, 'budget')} missed: {', '.join(missed)}.", bad=True)
    return Sentence("The one budget is met." if count == 1 else f"All {count} budgets are met.")


def _change(comparison: Comparison) -> str:
    values = f"from {figures.value_text(comparison.before.value)} to {figures.value_text(comparison.after.value)}"
    verb = {"better": "rose", "worse": "fell", "cannot tell": "went"}[comparison.verdict]
    rows = f"{comparison.wins:,} better, {comparison.losses:,} worse, {comparison.ties:,} equal"
    asked = figures.plural(comparison.difference.n, "question")
    return (
        f"{figures.metric_label(comparison.metric)} {verb} {values} "
        f"({figures.difference_text(comparison.difference)}) on the same {asked}: {rows}.{_doubt(comparison)}"
    )


def _doubt(comparison: Comparison) -> str:
    if comparison.verdict != "cannot tell":
        return ""
    told = " That is not beyond chance, so no difference is shown"
    if not comparison.needed:
        return f"{told}."
    return f"{told}; about {figures.plural(figures.rounded(comparison.needed), 'more question')} would."


def _weakest(slices: Sequence[SliceScore], metric: str, names: Sequence[str]) -> SliceScore | None:
    """The slice whose interval ends lowest: bad beyond the luck of few examples."""
    declared = [part for part in slices if set(part.where) <= set(names) and part.where]
    scored = [
        part for part in declared if (found := part.metrics.get(metric)) and found.high is not None and found.n >= 5
    ]
    return min(scored, key=lambda part: part.metrics[metric].high or 0.0, default=None)


def headline_rows(turns: Sequence[Iteration]) -> list[tuple[str, str, list[Estimate | None]]]:
    """Every metric over all turns: its name, what it means, and the figure of each turn."""
    names = figures.metric_order([*figures.HEADLINE, *(name for turn in turns for name in turn.metrics)])
    return [
        (figures.metric_label(name), figures.MEANINGS.get(name, ""), [turn.metrics.get(name) for turn in turns])
        for name in names
        if name in figures.HEADLINE or any(name in turn.metrics for turn in turns)
    ]


@dataclass(frozen=True)
class Slices:
    """The slices of one coordinate: the ones to draw, and how many better ones are left out."""

    name: str
    drawn: list[SliceScore]
    left_out: int


def slices_by_coordinate(slices: Sequence[SliceScore], metric: str, names: Sequence[str]) -> list[Slices]:
    """The slices of the coordinates that the task wants shown, lowest score first."""
    found = []
    for name in names:
        parts = [part for part in slices if set(part.where) == {name} and _n(part, metric)]
        ranked = sorted(parts, key=lambda part: part.metrics[metric].value or 0.0)
        if ranked:
            found.append(Slices(name, ranked[:CHARTED_SLICES], max(0, len(ranked) - CHARTED_SLICES)))
    return found


def other_slices(
    slices: Sequence[SliceScore], metric: str, names: Sequence[str], at_most: int
) -> tuple[list[SliceScore], int]:
    """The weakest slices of all other coordinates, and how many there are in all.

    Ranked by the upper end of the interval, so that a slice of few examples must be bad beyond luck to lead.
    """
    others = [part for part in slices if not set(part.where) <= set(names) and _n(part, metric)]
    ranked = sorted(others, key=lambda part: (part.metrics[metric].high or 0.0, -part.metrics[metric].n))
    return ranked[:at_most], len(others)


def _n(part: SliceScore, metric: str) -> int:
    return part.metrics[metric].n if metric in part.metrics else 0


def heat_cells(
    examples: pl.DataFrame, scores: pl.DataFrame, metric: str, names: Sequence[str]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Two coordinates against each other, mean score and n per cell; the one with more values makes the rows."""
    if len(names) < 2 or metric not in scores.columns or scores.is_empty():
        return [], []
    first, second = (coordinate(name).alias(f"at_{number}") for number, name in enumerate(names[:2]))
    joined = scores.select("id", pl.col(metric).alias("score")).join(examples.select("id", "where"), on="id")
    cells = joined.select(first, second, "score").drop_nulls().group_by("at_0", "at_1").agg(
        pl.col("score").mean().alias("value"), pl.len().alias("n")
    )  # fmt: skip
    order = sorted(("at_0", "at_1"), key=lambda column: -cells[column].n_unique())
    row, column = (cells[name].alias(to) for name, to in zip(order, ("row", "column"), strict=True))
    table = cells.select(row, column, "value", "n").sort("row", "column")
    if cells.is_empty() or row.n_unique() > _HEAT_ROWS or column.n_unique() > _HEAT_COLUMNS:
        return [], []
    return [names[int(name[-1])] for name in order], table.to_dicts()


def upright(crossed: Crossed) -> Crossed:
    """The same with the coordinate that has more values down the side, so that it fits a phone."""
    tall, wide = (len({cell[place] for cell in crossed.counts}) for place in (0, 1))
    if tall >= wide:
        return crossed
    counts = sorted(((column, row, count) for row, column, count in crossed.counts), key=_in_order(crossed))
    return Crossed(rows=crossed.columns, columns=crossed.rows, at_least=crossed.at_least, counts=tuple(counts))


def _in_order(crossed: Crossed) -> Callable[[tuple[str, str, int]], int]:
    places = {name: place for place, name in enumerate(dict.fromkeys(column for _, column, _ in crossed.counts))}
    return lambda cell: places[cell[0]]


def emptiness(crossed: Crossed) -> str:
    """How many combinations have nothing, in words."""
    empty = sum(not count for *_, count in crossed.counts)
    thin = sum(0 < count < crossed.at_least for *_, count in crossed.counts)
    said = f"{empty:,} of {figures.plural(len(crossed.counts), 'combination')} without an example"
    return said + (f", {thin:,} with fewer than {crossed.at_least:,}" if thin else "")


def outcome_counts(scores: pl.DataFrame, metric: str) -> dict[str, int]:
    """How many answerable questions were answered rightly, partly, wrongly or not at all; and the unanswerable ones."""
    score = pl.col("exact_match") if "exact_match" in scores.columns else pl.col(metric)
    partly = pl.col(metric) if metric in scores.columns else score
    answered = pl.col("answerable") & ~pl.col("abstained")
    counted = {
        "right": answered & (score >= 1),
        "partly": answered & (score < 1) & (partly > 0),
        "wrong": answered & (score < 1) & (partly <= 0),
        "refused": pl.col("answerable") & pl.col("abstained"),
        "abstained": ~pl.col("answerable") & pl.col("abstained"),
        "invented": ~pl.col("answerable") & ~pl.col("abstained"),
    }
    row = scores.select(condition.sum().alias(name) for name, condition in counted.items()).row(0, named=True)
    return {name: int(count or 0) for name, count in row.items()}


def worst(
    examples: pl.DataFrame, predictions: pl.DataFrame, scores: pl.DataFrame, metric: str, at_most: int
) -> tuple[list[dict[str, Any]], int]:
    """The imperfect answers, lowest score first and the surest mistakes before the doubtful; and how many there are."""
    if metric not in scores.columns:
        return [], 0
    said = predictions.select("id", "prediction", "confidence", "cut_tokens")
    imperfect = scores.filter(pl.col(metric) < 1).select("id", "abstained", pl.col(metric).alias("score"))
    joined = imperfect.join(said, on="id").join(
        examples.select("id", "question", "context", "answers", "where"), on="id"
    )
    ranked = joined.sort("score", "confidence", "id", descending=[False, True, False], nulls_last=True)
    return ranked.head(at_most).to_dicts(), joined.height


def sample(examples: pl.DataFrame, at_most: int) -> list[dict[str, Any]]:
    """A few examples spread evenly over the frame, answerable and unanswerable ones in turn."""
    if examples.is_empty():
        return []
    able, unable = (
        examples.filter(condition).select("question", "context", "answers", "origin")
        for condition in (is_answerable(), ~is_answerable())
    )
    halves = [
        part.gather_every(max(1, part.height // max(1, at_most // 2))).head(at_most // 2) for part in (able, unable)
    ]
    return [row for half in halves for row in half.to_dicts()]


def notes(runs: Sequence[Run], predictions: pl.DataFrame) -> list[str]:
    """What a reader of the figures must know."""
    cut = predictions.filter(pl.col("cut_tokens") > 0)["cut_tokens"].to_list()
    counted = []
    if cut:
        share = f"{len(cut):,} of {figures.plural(predictions.height, 'context')}"
        average = sum(cut) / len(cut)
        counted = [f"{share} did not fit the model's window; {average:,.0f} tokens were left out of each on average."]
    said = [note for run in runs for note in run.notes if not (counted and "window" in note)]
    return list(dict.fromkeys([*counted, *said]))


def flattened(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as name and value, the outer name first."""
    rows: list[tuple[str, str]] = []
    for name, value in settings.items():
        label = f"{prefix}{name}"
        if isinstance(value, Mapping):
            rows += flattened(value, f"{label}.")
        else:
            listed = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            rows.append((label, figures.NOTHING if value is None or listed == "" else listed))
    return rows
