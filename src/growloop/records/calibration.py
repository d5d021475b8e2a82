"""How far a model's confidence can be trusted."""

from __future__ import annotations

from growloop.records.base import Record
from growloop.records.estimate import Estimate


class CoveragePoint(Record):
    """What answering only the most confident share would cost in wrong answers."""

    coverage: float
    """Share of the answers that are kept."""
    risk: float
    """Share of these that are wrong."""
    confidence: float
    """The least confident of them."""


class Threshold(Record):
    """The confidence from which on answers are precise enough."""

    confidence: float
    coverage: float
    """Share of the answers at or above it."""
    precision: Estimate


class Calibration(Record):
    """Confidence held against what was right, over the answers that came with a confidence."""

    metric: str
    """An answer is right where it scores at least 0.5 by this."""
    ece: Estimate
    """Expected calibration error, 0 to 1; lower is better."""
    risk_coverage_area: Estimate
    """Mean risk over all coverages, 0 to 1; lower is better."""
    curve: tuple[CoveragePoint, ...] = ()
    target_precision: float
    threshold: Threshold | None = None
    """None where no confidence reaches the target."""
