"""Does the model know when it does not know: abstentions held against what could be answered.

precision      of the abstentions, the share on unanswerable questions
recall         of the unanswerable questions, the share abstained on
f1             their harmonic mean, 2·hits / (abstentions + unanswerable)
over_refusal   of the answerable questions, the share refused: lower is better
hallucination_rate  of the unanswerable questions, the share answered all the same, 1 − recall: lower is better
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.metrics.intervals import Floats, bootstrap_counts
from growloop.records.run import Estimate

NAMES = ("abstention_precision", "abstention_recall", "abstention_f1", "over_refusal", "hallucination_rate")
LOWER_IS_BETTER = ("over_refusal", "hallucination_rate")


class Outcomes(NamedTuple):
    """How many examples came out which way."""

    hits: int
    """Unanswerable, and abstained."""
    misses: int
    """Unanswerable, and answered all the same."""
    refusals: int
    """Answerable, and abstained."""
    attempts: int
    """Answerable, and answered, rightly or not."""


def outcomes(scores: pl.DataFrame) -> Outcomes:
    """Count the four outcomes in a frame of scores."""
    answerable, abstained = pl.col("answerable"), pl.col("abstained")
    counted = scores.select(
        hits=(~answerable & abstained).sum(),
        misses=(~answerable & ~abstained).sum(),
        refusals=(answerable & abstained).sum(),
        attempts=(answerable & ~abstained).sum(),
    )
    return Outcomes(*counted.row(0))


def abstention(scores: pl.DataFrame, *, seed: int = 0) -> dict[str, Estimate]:
    """The figures of this module, each with its interval and the examples behind it."""
    table = outcomes(scores)
    abstained, unanswerable = table.hits + table.refusals, table.hits + table.misses
    behind = (abstained, unanswerable, unanswerable + table.refusals, table.refusals + table.attempts, unanswerable)
    statistics = (_precision, _recall, _f1, _over_refusal, _hallucinated)
    figures = zip(NAMES, statistics, behind, strict=True)
    return {name: bootstrap_counts(table, statistic, n, seed=seed) for name, statistic, n in figures}


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Floats:
    """NaN where there is no whole."""
    shares: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return shares


def _precision(tables: NDArray[np.int64]) -> Floats:
    return _share(tables[:, 0], tables[:, 0] + tables[:, 2])


def _recall(tables: NDArray[np.int64]) -> Floats:
    return _share(tables[:, 0], tables[:, 0] + tables[:, 1])


def _f1(tables: NDArray[np.int64]) -> Floats:
    return _share(2 * tables[:, 0], 2 * tables[:, 0] + tables[:, 1] + tables[:, 2])


def _over_refusal(tables: NDArray[np.int64]) -> Floats:
    return _share(tables[:, 2], tables[:, 2] + tables[:, 3])


def _hallucinated(tables: NDArray[np.int64]) -> Floats:
    return _share(tables[:, 1], tables[:, 0] + tables[:, 1])
