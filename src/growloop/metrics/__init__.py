"""What an answer is worth: per example by name, and summed up with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from growloop.errors import BadData, BadDeclaration, did_you_mean
from growloop.metrics import abstention
from growloop.metrics.answers import is_abstention, normalise
from growloop.metrics.intervals import bootstrap_mean
from growloop.metrics.metric import Floats, Metric
from growloop.metrics.registry import BUILT_IN, METRICS
from growloop.metrics.text_overlap import exact_match, overlap, token_f1
from growloop.records.example import is_answerable
from growloop.records.grading import GRADES
from growloop.records.run import SCORES, Estimate

__all__ = [
    "BUILT_IN",
    "METRICS",
    "Metric",
    "answered_rows",
    "exact_match",
    "figure_names",
    "grades",
    "is_abstention",
    "measured",
    "metric_columns",
    "named",
    "normalise",
    "score",
    "summarise",
    "token_f1",
]

_TOGETHER = ("exact_match", "token_f1")
"""Metrics that share their work, in the order of what `overlap` returns; they settle silence by SQuAD's own rules."""


def score(examples: pl.DataFrame, predictions: pl.DataFrame, metrics: Sequence[str | Metric]) -> pl.DataFrame:
    """A frame of SCORES in the order of `examples`, with a Float64 column for each metric, null where it says nothing.

    An abstention counts as the empty answer: on an unanswerable example it scores 1 and all else 0, the SQuAD v2
    rule; own metrics decide for themselves. Raises BadData where an example has no prediction or several;
    predictions for other examples are ignored.
    """
    chosen = named(metrics)
    rows = answered_rows(examples, predictions)
    fixed = rows.select("id", answerable=is_answerable().fill_null(False), abstained="abstained")
    columns = [pl.Series(name, values, nan_to_null=True) for name, values in measured(rows, chosen).items()]
    return fixed.cast(dict(SCORES)).with_columns(columns)  # type: ignore[arg-type]


def answered_rows(examples: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    """What metrics see of these examples and predictions: `id` and the columns of ROWS. Raises BadData as `score`."""
    rows = _paired(examples, predictions)
    return rows.with_columns(abstained=rows["abstained"] | is_abstention(rows["prediction"], ""))


def grades(examples: pl.DataFrame, predictions: pl.DataFrame, metrics: Sequence[Metric]) -> pl.DataFrame:
    """A frame of GRADES: what was said of each prediction by the metrics that ask somebody."""
    rows = answered_rows(examples, predictions)
    found = [metric.grading.grades(rows).insert_column(0, rows["id"]) for metric in metrics if metric.grading]
    return pl.concat([GRADES.to_frame(), *found])


def named(metrics: Sequence[str | Metric]) -> list[Metric]:
    """The metrics of these names, or those given. Raises BadDeclaration for a name that growloop does not have."""
    unknown = next((name for name in metrics if isinstance(name, str) and name not in METRICS), None)
    if unknown is not None:
        raise BadDeclaration(f'metrics: there is no metric "{unknown}". {did_you_mean(unknown, BUILT_IN)}')
    return [METRICS[metric] if isinstance(metric, str) else metric for metric in metrics]


def _paired(examples: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    texts = [pl.col(name) if name in examples.columns else pl.lit("").alias(name) for name in ("question", "context")]
    wanted = examples.select("id", "answers", *texts)
    given = predictions.select(
        "id", prediction=pl.col("prediction").fill_null(""), abstained=pl.col("abstained").fill_null(False)
    )
    given = given.join(wanted, on="id", how="semi")
    twice = given.filter(pl.col("id").is_duplicated())
    if twice.height:
        raise BadData(f"Not scored: example {twice['id'][0]} has several predictions. Keep one for each example.")
    missing = wanted.join(given, on="id", how="anti")
    if missing.height:
        first = missing["id"][0]
        raise BadData(
            f"Not scored: {missing.height:,} of {wanted.height:,} examples have no prediction (first: {first}).\n"
            "  Evaluate again to have them answered:  growloop evaluate"
        )
    return wanted.join(given, on="id", how="left", maintain_order="left")


def measured(rows: pl.DataFrame, metrics: Sequence[Metric]) -> dict[str, Floats]:
    """Each metric's scores of a frame of ROWS, by name; NaN where a metric says nothing about a row."""
    quiet = rows.with_columns(prediction=pl.when("abstained").then(pl.lit("")).otherwise("prediction"))
    names = {metric.name for metric in metrics}
    both = overlap(quiet["prediction"], quiet["answers"]) if names & set(_TOGETHER) else ()
    shared = dict(zip(_TOGETHER, both, strict=False))
    return {
        metric.name: shared[metric.name] if metric.name in shared else _alone(metric, rows, quiet) for metric in metrics
    }


def _alone(metric: Metric, rows: pl.DataFrame, quiet: pl.DataFrame) -> Floats:
    if not metric.by_rule:
        return metric.score(rows)
    scores = metric.score(quiet)
    answerable = rows.select(is_answerable().fill_null(False)).to_series().to_numpy()
    silent = rows["abstained"].to_numpy()
    spoken = np.where(silent & ~np.isnan(scores), 0.0, scores)
    settled: Floats = np.where(answerable, spoken, silent).astype(np.float64)
    if metric.reads_context:
        settled[rows["context"].str.strip_chars().fill_null("").to_numpy() == ""] = np.nan
    return settled


def metric_columns(scores: pl.DataFrame) -> list[str]:
    """The names of the metrics that a frame of scores holds."""
    return [name for name in scores.columns if name not in SCORES]


def figure_names(metrics: Sequence[str]) -> list[str]:
    """Every name that `summarise` gives for scores with these metrics, in its order."""
    sides = [f"{metric}{side}" for side in ("", "_answerable", "_unanswerable") for metric in metrics]
    return [*sides, *abstention.NAMES]


def summarise(scores: pl.DataFrame, *, seed: int = 0) -> dict[str, Estimate]:
    """Every figure over these scores with its 95 % interval and n; the order of rows does not matter.

    Each metric over all, over answerable and over unanswerable examples; then the abstention figures.
    """
    metrics = metric_columns(scores)
    answerable = pl.col("answerable")
    sides = {"": pl.lit(True), "_answerable": answerable, "_unanswerable": ~answerable}
    parts = {side: scores.filter(chosen) for side, chosen in sides.items()}
    found = {f"{name}{side}": bootstrap_mean(part[name], seed=seed) for side, part in parts.items() for name in metrics}
    return found | abstention.abstention(scores, seed=seed)
