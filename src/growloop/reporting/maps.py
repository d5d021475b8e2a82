"""Maps of a report: two coordinates against each other, a coloured cell for each combination with its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from growloop.records.coverage import Crossed
from growloop.reporting import figures, svg
from growloop.reporting.bars import WIDTH
from growloop.reporting.palette import MUTED, RAMP, RAMP_ENDS, RAMP_INK

_SIZE, _GAP = 11, 3


@dataclass(frozen=True)
class _Cell:
    """One combination: its step on the ramp of colours, what it shows, and smaller below it."""

    row: str
    column: str
    step: int
    shown: str
    below: str = ""


def heat_map(cells: Sequence[Mapping[str, Any]], rows: str, columns: str, metric: str) -> Markup | None:
    """Two coordinates against each other: each cell with its mean score and n (`row`, `column`, `value`, `n`)."""
    if not cells:
        return None
    filled = [_scored(cell) for cell in cells]
    across, down = (sorted({getattr(cell, key) for cell in filled}) for key in ("column", "row"))
    left = min(136, svg.room_for(down, _SIZE) + 12)
    grid = _Grid(down, across, left=left, top=38, width=max(WIDTH, left + 76 * len(across)), row=46)
    title = svg.text((left + grid.width) / 2, 12, columns, MUTED, size=_SIZE, anchor="middle")
    marks = [title, *grid.row_names(), *grid.column_names(), *(mark for cell in filled for mark in grid.drawn(cell))]
    listed = ", ".join(f"{cell.row} × {cell.column} {cell.shown} ({cell.below})" for cell in filled)
    return svg.image(
        marks, grid.width, grid.height, f"{figures.metric_label(metric)} by {rows} and {columns}: {listed}"
    )


def _scored(cell: Mapping[str, Any]) -> _Cell:
    value = float(cell["value"])
    step = sum(value >= end for end in RAMP_ENDS)
    return _Cell(cell["row"], cell["column"], step, figures.value_text(value), f"n={cell['n']:,}")


def coverage_map(crossed: Crossed) -> Markup | None:
    """Two coordinates against each other: how many examples each combination has; blank where there is none to have."""
    if not crossed.counts:
        return None
    most = max(count for *_, count in crossed.counts)
    filled = [_counted(*cell, crossed.at_least, most) for cell in crossed.counts]
    down, across = (list(dict.fromkeys(getattr(cell, key) for cell in filled)) for key in ("row", "column"))
    left, top = (min(136, svg.room_for(names, _SIZE) + 12) for names in (down, across))
    grid = _Grid(down, across, left=left, top=top, width=max(WIDTH, left + 35 * len(across)), row=34)
    marks = [*grid.row_names(), *grid.column_names(upwards=True), *(mark for one in filled for mark in grid.drawn(one))]
    listed = ", ".join(f"{row} × {column} {count:,}" for row, column, count in crossed.counts)
    return svg.image(marks, grid.width, grid.height, f"Examples by {crossed.rows} and {crossed.columns}: {listed}")


def _counted(row: str, column: str, count: int, at_least: int, most: int) -> _Cell:
    """Orange where examples are missing; bluest from 2/5 of the fullest combination on, palest below 1/8 of it.

    Not from 1/2 or 1/3 on: shares of a universe are such numbers, and equal parts would differ by a hair.
    """
    step = 0 if not count else 1 if count < at_least else 3 + (8 * count >= most) + (5 * count >= 2 * most)
    return _Cell(row, column, step, f"{count:,}" if count < 10_000 else f"{count // 1000:,}k")


@dataclass(frozen=True)
class _Grid:
    """Where cells and their names stand, in pixels."""

    rows: Sequence[str]
    columns: Sequence[str]
    left: float
    top: float
    width: float
    row: float

    @property
    def height(self) -> float:
        return self.top + self.row * len(self.rows)

    @property
    def column(self) -> float:
        return (self.width - self.left) / len(self.columns)

    def drawn(self, cell: _Cell) -> list[str]:
        """The cell in its colour, with what it shows."""
        x = self.left + self.column * self.columns.index(cell.column)
        y = self.top + self.row * self.rows.index(cell.row)
        middle, ink = x + (self.column - _GAP) / 2, RAMP_INK[cell.step]
        level = y + (self.row - _GAP) / 2
        box = svg.rectangle(x, y, self.column - _GAP, self.row - _GAP, RAMP[cell.step])
        if not cell.below:
            return [box, svg.text(middle, level + 4, cell.shown, ink, size=_SIZE, anchor="middle")]
        return [
            box,
            svg.text(middle, level - 1, cell.shown, ink, size=13, anchor="middle", bold=True),
            svg.text(middle, level + 13, cell.below, ink, size=10, anchor="middle"),
        ]

    def row_names(self) -> list[str]:
        """At the left of each row."""
        room = self.left - 12
        return [
            svg.text(self.left - 8, self.top + self.row * (place + 0.5) + 2, name, MUTED, size=_SIZE, anchor="end")
            for place, name in enumerate(svg.shortened(name, room, _SIZE) for name in self.rows)
        ]

    def column_names(self, *, upwards: bool = False) -> list[str]:
        """Above each column; turned, so that narrow columns have room for long names."""
        room = self.top - 12 if upwards else self.column - _GAP
        names = [svg.shortened(name, room, _SIZE) for name in self.columns]
        middles = [self.left + self.column * (place + 0.5) - _GAP / 2 for place in range(len(names))]
        if upwards:
            return [
                svg.text(x + 4, self.top - 7, name, MUTED, size=_SIZE, upwards=True)
                for x, name in zip(middles, names, strict=True)
            ]
        return [
            svg.text(x, self.top - 7, name, MUTED, size=_SIZE, anchor="middle")
            for x, name in zip(middles, names, strict=True)
        ]
