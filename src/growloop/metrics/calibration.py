"""Does confidence mean anything: expected calibration error, risk against coverage, and a threshold to answer by.

Over the rows that were answered with a confidence. A row is right where its score is at least 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.metrics.intervals import NONE, wilson
from growloop.metrics.metric import Floats
from growloop.records.calibration import Calibration, CoveragePoint, Threshold
from growloop.records.run import Estimate

BINS = 10
"""Of equal width, as in Guo et al. 2017."""
RIGHT = 0.5
CURVE_POINTS = 20
FIGURES = ("ece", "risk_coverage_area")
"""Those that a budget may name; of both less is better."""
RESAMPLES = 200


class _Answered(NamedTuple):
    """Confidences from the highest down, and which answers were wrong."""

    confidence: Floats
    wrong: Floats
    block: NDArray[np.int64]
    """Answers of equal confidence have one number, from 0 for the highest."""


def calibration(
    predictions: pl.DataFrame, scores: pl.DataFrame, metric: str, target: float, *, seed: int = 0
) -> Calibration:
    """How far confidence can be trusted, and from which confidence on answers reach the `target` precision.

    The threshold is chosen on the very rows it is measured on: on other questions it keeps somewhat less.
    """
    rows = _answered(predictions, scores, metric)
    n = rows.confidence.size
    found = Calibration(metric=metric, ece=NONE, risk_coverage_area=NONE, target_precision=target)
    if not n:
        return found
    drawn = np.array(list(_resampled(rows, seed)))
    whole = np.ones(n)
    return found.model_copy(
        update={
            "ece": _estimate(_ece(rows, whole), drawn[:, 0], n),
            "risk_coverage_area": _estimate(_area(rows, whole), drawn[:, 1], n),
            "curve": _curve(rows),
            "threshold": _threshold(rows, target),
        }
    )


def _answered(predictions: pl.DataFrame, scores: pl.DataFrame, metric: str) -> _Answered:
    said = scores.filter(~pl.col("abstained")).join(predictions.select("id", "confidence"), on="id")
    known = said.select(pl.col("confidence").clip(0, 1), wrong=pl.col(metric) < RIGHT).drop_nulls()
    ranked = known.filter(pl.col("confidence").is_not_nan()).sort("confidence", descending=True)
    confidence = ranked["confidence"].to_numpy()
    block = np.cumsum(np.diff(confidence, prepend=confidence[:1]) != 0)
    return _Answered(confidence, ranked["wrong"].cast(pl.Float64).to_numpy(), block)


def _resampled(rows: _Answered, seed: int) -> Iterator[tuple[float, float]]:
    generator, n = np.random.default_rng(seed), rows.confidence.size
    for _ in range(RESAMPLES):
        weights = np.bincount(generator.integers(0, n, n), minlength=n).astype(np.float64)
        yield _ece(rows, weights), _area(rows, weights)


def _ece(rows: _Answered, weights: Floats) -> float:
    """Mean distance of confidence from accuracy within each bin, the bins weighed by their answers."""
    bins = np.minimum((rows.confidence * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(bins, weights=weights * (rows.confidence - (1 - rows.wrong)), minlength=BINS)
    return float(np.abs(gap).sum() / weights.sum())


def _risks(rows: _Answered, weights: Floats) -> Floats:
    """The share of wrong answers among the most confident 1, 2, …; equal confidences share their risk evenly."""
    total, wrong = (np.bincount(rows.block, weights=of) for of in (weights, weights * rows.wrong))
    rate = np.divide(wrong, total, out=np.zeros_like(total), where=total > 0)
    answered = np.cumsum(weights)
    risks: Floats = np.cumsum(weights * rate[rows.block])
    return np.divide(risks, answered, out=np.zeros_like(answered), where=answered > 0)


def _area(rows: _Answered, weights: Floats) -> float:
    """Mean risk over all coverages (AURC, Geifman and El-Yaniv 2017)."""
    return float(weights @ _risks(rows, weights) / weights.sum())


def _curve(rows: _Answered) -> tuple[CoveragePoint, ...]:
    n = rows.confidence.size
    risks = _risks(rows, np.ones(n))
    at = np.unique(np.ceil(np.linspace(1 / CURVE_POINTS, 1, CURVE_POINTS) * n).astype(np.int64)) - 1
    points = zip(((at + 1) / n).tolist(), risks[at].tolist(), rows.confidence[at].tolist(), strict=True)
    return tuple(CoveragePoint(coverage=share, risk=risk, confidence=least) for share, risk, least in points)


def _threshold(rows: _Answered, target: float) -> Threshold | None:
    """The lowest confidence from which on precision reaches the target; None where none does."""
    n = rows.confidence.size
    ends = np.append(np.diff(rows.confidence) != 0, True)  # answers of one confidence are kept or dropped together
    right = np.cumsum(1 - rows.wrong)
    precision = right / np.arange(1, n + 1)
    reached: NDArray[np.int64] = np.flatnonzero(ends & (precision >= target))
    if not reached.size:
        return None
    last = int(reached[-1])
    low, high = wilson(precision[last], last + 1)
    kept = Estimate(value=float(precision[last]), low=float(low), high=float(high), n=last + 1)
    return Threshold(confidence=float(rows.confidence[last]), coverage=(last + 1) / n, precision=kept)


def _estimate(value: float, drawn: Floats, n: int) -> Estimate:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), n=n)
