"""Scores over the turns of the loop as curves: where their points stand in a drawing that the page's style colours.

The report draws its own with Altair, once; a page that is opened often cannot wait a second for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from growloop.records.estimate import Estimate
from growloop.records.report import Iteration
from growloop.reporting.figures import metric_label, value_text

WIDTH, HEIGHT = 320, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 8, 28
GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
_MOST_LABELS = 10


@dataclass(frozen=True)
class Point:
    """One turn's score and the ends of its interval, in pixels from the top left."""

    turn: int
    x: float
    y: float
    low: float
    high: float
    in_use: bool
    is_labelled: bool
    """Whether the turn's number stands below; of many turns only some have the room."""


@dataclass(frozen=True)
class Curve:
    """One score over the turns."""

    label: str
    told: str
    """The same in words, for those who do not see it."""
    points: tuple[Point, ...]

    @property
    def line(self) -> str:
        """The points as an SVG polyline takes them."""
        return " ".join(f"{point.x:g},{point.y:g}" for point in self.points)


def score_curve(turns: Sequence[Iteration], metric: str) -> Curve | None:
    """A score with its intervals over the turns that have it; None where fewer than two have."""
    scored = [(turn, found) for turn in turns if (found := turn.metrics.get(metric)) and found.value is not None]
    if len(scored) < 2:
        return None
    between = (WIDTH - _LEFT - _RIGHT) / (len(scored) - 1)
    every = -(-len(scored) // _MOST_LABELS)
    points = tuple(
        _point(turn, found, _LEFT + number * between, is_labelled=number % every == 0)
        for number, (turn, found) in enumerate(scored)
    )
    label = metric_label(metric)
    told = ", ".join(f"{turn.number}: {value_text(found.value)}" for turn, found in scored)
    return Curve(label, f"{label} by iteration: {told}", points)


def height_of(score: float) -> float:
    """Where a score from 0 to 1 stands, in pixels from the top."""
    return round(_TOP + (1 - score) * (HEIGHT - _TOP - _BOTTOM), 1)


def _point(turn: Iteration, found: Estimate, x: float, *, is_labelled: bool) -> Point:
    value = found.value or 0.0
    low, high = (value if end is None else end for end in (found.low, found.high))
    return Point(
        turn=turn.number,
        x=round(x, 1),
        y=height_of(value),
        low=height_of(low),
        high=height_of(high),
        in_use=turn.in_use,
        is_labelled=is_labelled,
    )
