"""The two measured sides of a plot: what they range over, where their figures stand, and the lines behind the marks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, takewhile

from growloop.reporting import svg
from growloop.reporting.palette import MUTED

WIDTH, HEIGHT = 300, 180
"""Of a plot with everything that belongs to it, in pixels."""
_SIZE = 11
_RIGHT, _BOTTOM, _BESIDE = 8, 38, 11
_TICK = 5


@dataclass(frozen=True)
class Side:
    """What one side of a plot ranges over, with the figures that stand along it."""

    low: float
    high: float
    figures: tuple[tuple[float, str], ...]
    title: str = ""


def shares(title: str = "", *, percent: bool = False) -> Side:
    """From 0 to 1."""
    return Side(0.0, 1.0, tuple((tick, f"{tick:.0%}" if percent else f"{tick:.1f}") for tick in ticks(0, 1)), title)


def percentages(highest: float) -> Side:
    """From 0 % to a round figure that is not below the highest."""
    step = _step(0.0, highest)
    high = step * math.ceil(highest / step - 1e-9)
    places = max(0, -_power(step) - 2)
    return Side(0.0, high, tuple((tick, f"{tick:.{places}%}") for tick in ticks(0.0, high)))


def rounded(values: Sequence[float]) -> Side:
    """From a round figure below all values to one above them."""
    low, high = _apart(min(values), max(values))
    step = _step(low, high)
    low, high = step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)
    places = max(0, -_power(step))
    return Side(low, high, tuple((tick, f"{tick:,.{places}f}") for tick in ticks(low, high)))


def whole(values: Sequence[float], title: str) -> Side:
    """From the least to the greatest, with whole figures."""
    low, high = _apart(min(values), max(values))
    return Side(low, high, tuple((tick, f"{tick:,.0f}") for tick in ticks(low, high, least=1.0)), title)


def numbered(names: Sequence[str], title: str, most: int = 15) -> Side:
    """A place for each name in turn, the first in the middle of 0 to 1; of many only some are written."""
    every = -(-len(names) // most) or 1
    return Side(0, len(names), tuple((n + 0.5, name) for n, name in enumerate(names) if n % every == 0), title)


def ticks(low: float, high: float, about: int = 5, least: float = 0.0) -> list[float]:
    """Round figures from low to high, some `about` of them, apart by 1, 2 or 5 times a power of ten."""
    step = max(least, _step(low, high, about))
    first = math.ceil(low / step - 1e-9)
    within = takewhile(lambda number: number * step <= high + 1e-9 * step, count(first))
    return [round(number * step, 10) for number in within]


def _step(low: float, high: float, about: int = 5) -> float:
    rough = (high - low) / about
    power = _power(rough)
    times = rough / 10**power
    ends = ((math.sqrt(50), 10), (math.sqrt(10), 5), (math.sqrt(2), 2))
    return next((float(factor) for end, factor in ends if times >= end), 1.0) * 10.0**power


def _power(value: float) -> int:
    return math.floor(math.log10(value) + 1e-9)


def _apart(low: float, high: float) -> tuple[float, float]:
    """A range that is not empty."""
    return (low, high) if high > low else (low - 0.5, high + 0.5)


@dataclass(frozen=True)
class Plot:
    """A place for marks between two sides."""

    x: Side
    y: Side
    top: float = 8
    """Pixels above the plot."""

    @property
    def left(self) -> float:
        return svg.room_for((figure for _, figure in self.y.figures), _SIZE) + _BESIDE

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point stands, in pixels from the top left."""
        across = (x - self.x.low) / (self.x.high - self.x.low)
        up = (y - self.y.low) / (self.y.high - self.y.low)
        return self.left + across * (WIDTH - self.left - _RIGHT), HEIGHT - _BOTTOM - up * (HEIGHT - self.top - _BOTTOM)

    def axes(self) -> list[str]:
        """Both sides, with lines across at the figures of the upright one."""
        return [*self._upright(), *self._level()]

    def _upright(self) -> list[str]:
        left, marks = self.left, []
        for value, figure in self.y.figures:
            _, y = self.at(self.x.low, value)
            marks.append(svg.line((left - _TICK, y), (WIDTH - _RIGHT, y)))
            marks.append(svg.text(left - _BESIDE + 2, y + 4, figure, MUTED, size=_SIZE, anchor="end"))
        return marks

    def _level(self) -> list[str]:
        bottom, marks = HEIGHT - _BOTTOM, []
        for value, figure in self.x.figures:
            x, _ = self.at(value, self.y.low)
            marks.append(svg.line((x, bottom), (x, bottom + _TICK)))
            past = x + svg.room_for([figure], _SIZE) / 2 > WIDTH
            anchor: svg.Anchor = "end" if past else "middle"
            marks.append(svg.text(WIDTH if past else x, bottom + 19, figure, MUTED, size=_SIZE, anchor=anchor))
        middle = (self.left + WIDTH - _RIGHT) / 2
        return [*marks, svg.text(middle, HEIGHT - 4, self.x.title, MUTED, size=_SIZE, anchor="middle")]
