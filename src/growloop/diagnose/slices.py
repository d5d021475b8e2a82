"""Scores by the coordinates of the examples: which kinds of question fail.

All coordinates are summed up in one pass. The intervals are Wilson's, which need no resampling, so that thousands of
slices cost no more than one; for token F1 and other scores between right and wrong they are somewhat too wide,
never too narrow (see `growloop.metrics.intervals.wilson`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from growloop.metrics import metric_columns
from growloop.metrics.intervals import NONE, wilson
from growloop.records.report import SliceScore
from growloop.records.run import Estimate

MOST_VALUES = 40
"""Coordinates with more values than this are shown only when they are named."""


def slice_scores(examples: pl.DataFrame, scores: pl.DataFrame, names: Sequence[str] | None = None) -> list[SliceScore]:
    """The scores at each value of each coordinate, with interval and n; within a coordinate the lowest first.

    Without `names`, every coordinate with at most 40 values. Beside the metrics of `scores`, each slice has
    `abstention_recall` where it holds unanswerable and `over_refusal` where it holds answerable examples.
    """
    metrics = metric_columns(scores)
    means = _sums_at_coordinates(examples, scores, metrics, names)
    if names is None:
        means = means.filter(pl.len().over("key") <= MOST_VALUES)
    order = sorted(set(means["key"])) if names is None else list(dict.fromkeys(names))
    lowest = ["place", *(f"{metric}.mean" for metric in by_weight(metrics)), "value"]
    places = pl.col("key").replace_strict(order, range(len(order)), return_dtype=pl.Int64).alias("place")
    ranked = means.with_columns(places).sort(lowest)
    figures = {name: _estimates(ranked, name) for name in (*metrics, "abstention_recall", "over_refusal")}
    return [
        SliceScore(
            where={key: value},
            metrics={name: column[row] for name, column in figures.items() if name in metrics or column[row].n},
        )
        for row, (key, value) in enumerate(ranked.select("key", "value").iter_rows())
    ]


def by_weight(metrics: Sequence[str]) -> list[str]:
    """Token F1 ranks slices where it is measured, else the first metric."""
    return sorted(metrics, key=lambda name: name != "token_f1")


def _sums_at_coordinates(
    examples: pl.DataFrame, scores: pl.DataFrame, metrics: Sequence[str], names: Sequence[str] | None
) -> pl.DataFrame:
    """One row for each value of each coordinate: every figure's mean and how many examples it is the mean of."""
    at = examples.select("id", "where").explode("where").drop_nulls("where").unnest("where")
    if names is not None:
        at = at.filter(pl.col("key").is_in(list(names)))
    answerable, abstained = pl.col("answerable"), pl.col("abstained")
    figures = {name: pl.col(name) for name in metrics}
    figures["abstention_recall"] = abstained.filter(~answerable)
    figures["over_refusal"] = abstained.filter(answerable)
    means = [column.mean().alias(f"{name}.mean") for name, column in figures.items()]
    sizes = [column.count().alias(f"{name}.n") for name, column in figures.items()]
    return at.join(scores, on="id").group_by("key", "value").agg(*means, *sizes)


def _estimates(ranked: pl.DataFrame, name: str) -> list[Estimate]:
    known = ranked.select(mean=f"{name}.mean", n=f"{name}.n").with_columns(pl.col("n").clip(1).alias("some"))
    low, high = wilson(known["mean"].fill_null(0.0).to_numpy(), known["some"].to_numpy())
    rows = zip(known["mean"], low.tolist(), high.tolist(), known["n"], strict=True)
    return [Estimate(value=mean, low=under, high=over, n=n) if n else NONE for mean, under, over, n in rows]
