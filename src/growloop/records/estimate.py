"""A figure with its interval."""

from __future__ import annotations

from growloop.records.base import Record


class Estimate(Record):
    """A mean with its 95 % interval and the number of examples behind it; None where n is 0."""

    value: float | None
    low: float | None
    high: float | None
    n: int
