"""Does a metric fit the answers it is used on."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from growloop.metrics.attacks import gold
from growloop.metrics.metric import Metric
from growloop.metrics.polarity import can_be_denied, opposites
from growloop.metrics.registry import METRICS
from growloop.records.example import is_answerable

SENTENCE = 5
"""Words from which on an answer is taken for a sentence."""
_OVERLAPS = ("token_f1", "gold_recall", "rouge_l", "chrf")
"""Metrics by which an answer is right as far as it shares words or letters."""
_FOOLED = 0.5
_ENOUGH = 5
"""Answers with an opposite that are needed to measure by."""


def misfits(examples: pl.DataFrame, metrics: Sequence[str]) -> tuple[str, ...]:
    """A warning for each metric that takes the opposite of these answers for half right or better, as measured.

    Nothing is said of short answers, nor where too few of them have an opposite.
    """
    answerable = examples.filter(is_answerable())
    chosen = [METRICS[name] for name in metrics if name in _OVERLAPS]
    words = gold(answerable).str.strip_chars().str.split(" ").list.len()
    median = words.median()
    if not chosen or median is None or float(median) < SENTENCE:  # type: ignore[arg-type]
        return ()
    turned = _turned(answerable)
    if turned.height < _ENOUGH:
        return ()
    kept = {metric.name: _mean(metric, turned) for metric in chosen}
    return tuple(_warning(name, mean, float(median), turned) for name, mean in kept.items() if mean >= _FOOLED)  # type: ignore[arg-type]


def _turned(examples: pl.DataFrame) -> pl.DataFrame:
    """Those whose answer has an opposite, each with it."""
    polar = examples.filter(can_be_denied(gold(examples)))
    return polar.select(
        "question", "context", "answers", opposites(gold(polar)).alias("prediction"), abstained=pl.lit(False)
    )


def _mean(metric: Metric, rows: pl.DataFrame) -> float:
    return float(metric.score(rows).mean())


def _warning(name: str, mean: float, median: float, turned: pl.DataFrame) -> str:
    example = f"“{turned['prediction'][0]}” for “{turned['answers'][0][0]}”"
    return (
        f"{name} is lenient on answers as long as these (median {median:g} words): the opposite of the right answer, "
        f"such as {example}, still scores {mean:.2f} on average (n={turned.height:,}). Read exact_match beside it."
    )
