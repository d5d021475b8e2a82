"""What an answer is worth: per example by name, and summed up with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from growloop.errors import BadData, BadDeclaration, did_you_mean
from growloop.metrics import abstention
from growloop.metrics.answers import is_abstention, normalise
from growloop.metrics.intervals import bootstrap_mean
from growloop.metrics.text_overlap import Floats, exact_match, overlap, token_f1
from growloop.records.example import is_answerable
from growloop.records.run import SCORES, Estimate

__all__ = [
    "METRICS",
    "Metric",
    "exact_match",
    "figure_names",
    "is_abstention",
    "metric_columns",
    "normalise",
    "score",
    "summarise",
    "token_f1",
]


@dataclass(frozen=True)
class Metric:
    """A score between 0 and 1 for each prediction against its row's accepted answers."""

    name: str
    about: str
    score: Callable[[pl.Series, pl.Series], Floats]
    """From the column of predictions, "" for an abstention, and the column of answer lists."""


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("exact_match", "Equal to an accepted answer but for case, punctuation and articles.", exact_match),
        Metric("token_f1", "Overlap of words with the nearest accepted answer.", token_f1),
    )
}
_TOGETHER = {"exact_match": 0, "token_f1": 1}
"""Metrics that share their work, and their place in what `overlap` returns."""


def score(examples: pl.DataFrame, predictions: pl.DataFrame, metrics: Sequence[str]) -> pl.DataFrame:
    """A frame of SCORES in the order of `examples`, with a Float64 column for each metric.

    An abstention counts as the empty answer: on an unanswerable example it scores 1 and all else 0, the SQuAD v2
    rule. Raises BadData where an example has no prediction or several; predictions for other examples are ignored.
    """
    check_names(metrics)
    rows = _paired(examples, predictions)
    said = rows["said"]
    silent = rows["abstained"] | is_abstention(said, "")
    fixed = rows.select("id", "answerable").with_columns(abstained=silent)
    said = pl.select(pl.when(silent).then(pl.lit("")).otherwise(said)).to_series()
    columns = _scored(said, rows["answers"], metrics)
    return fixed.cast(dict(SCORES)).with_columns(pl.Series(name, columns[name]) for name in metrics)  # type: ignore[arg-type]


def check_names(metrics: Sequence[str]) -> None:
    """Raises BadDeclaration for a metric that growloop does not have."""
    unknown = next((name for name in metrics if name not in METRICS), None)
    if unknown is not None:
        raise BadDeclaration(f'metrics: there is no metric "{unknown}". {did_you_mean(unknown, METRICS)}')


def _paired(examples: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    wanted = examples.select("id", "answers", answerable=is_answerable().fill_null(False))
    given = predictions.select(
        "id", said=pl.col("prediction").fill_null(""), abstained=pl.col("abstained").fill_null(False)
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


def _scored(said: pl.Series, answers: pl.Series, metrics: Sequence[str]) -> dict[str, Floats]:
    if set(_TOGETHER) <= set(metrics):
        both = overlap(said, answers)
        shared = {name: both[place] for name, place in _TOGETHER.items()}
    else:
        shared = {}
    rest = {name: METRICS[name].score(said, answers) for name in metrics if name not in shared}
    return shared | rest


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
