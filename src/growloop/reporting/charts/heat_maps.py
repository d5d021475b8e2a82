"""Two coordinates against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from growloop.records.coverage import Crossed
from growloop.reporting import figures
from growloop.reporting.charts.style import (
    RAMP,
    RAMP_ENDS,
    RAMP_INK,
    WIDTH,
    altair,
    data_of,
    svg,
)


def heat_map(cells: Sequence[Mapping[str, Any]], rows: str, columns: str, metric: str) -> Markup | None:
    """Two coordinates against each other: each cell with its mean score and n (`row`, `column`, `value`, `n`)."""
    if not cells:
        return None
    alt = altair()
    data = [_cell(cell) for cell in cells]
    tall, wide = len({cell["row"] for cell in data}), len({cell["column"] for cell in data})
    gap = alt.Scale(paddingInner=0.04, paddingOuter=0)
    top = alt.Axis(orient="top", labelAngle=0, labelLimit=84, ticks=False)
    side = alt.Axis(labelLimit=108, minExtent=114, ticks=False)
    base = alt.Chart(data_of(data)).encode(
        x=alt.X("column:N", title=columns, axis=top, scale=gap), y=alt.Y("row:N", title=None, axis=side, scale=gap)
    )
    ink = alt.Color("ink:N", scale=None)
    chart = alt.layer(
        base.mark_rect().encode(color=alt.Color("fill:N", scale=None)),
        base.mark_text(dy=-6, fontWeight=600, fontSize=13).encode(text="shown:N", color=ink),
        base.mark_text(dy=9, fontSize=10).encode(text="count:N", color=ink),
    )
    listed = ", ".join(f"{cell['row']} × {cell['column']} {cell['shown']} ({cell['count']})" for cell in data)
    label = f"{figures.metric_label(metric)} by {rows} and {columns}: {listed}"
    return svg(chart, 44 * tall + 46, label, width=max(WIDTH, 120 + 76 * wide))


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    value = float(cell["value"])
    step = sum(value >= end for end in RAMP_ENDS)
    shown = {"shown": figures.value_text(value), "count": f"n={cell['n']:,}"}
    return {"row": cell["row"], "column": cell["column"], "fill": RAMP[step], "ink": RAMP_INK[step], **shown}


def coverage_map(crossed: Crossed) -> Markup | None:
    """Two coordinates against each other: how many examples each combination has; blank where there is none to have."""
    if not crossed.counts:
        return None
    alt = altair()
    most = max(count for *_, count in crossed.counts)
    data = [_count_cell(*cell, crossed.at_least, most) for cell in crossed.counts]
    rows, columns = (list(dict.fromkeys(cell[key] for cell in data)) for key in ("row", "column"))
    top = alt.Axis(orient="top", labelAngle=-90, labelLimit=130, ticks=False)
    side = alt.Axis(labelLimit=128, ticks=False)
    base = alt.Chart(data_of(data)).encode(
        x=alt.X("column:N", title=None, axis=top, scale=alt.Scale(domain=columns, paddingInner=0.05, paddingOuter=0)),
        y=alt.Y("row:N", title=None, axis=side, scale=alt.Scale(domain=rows, paddingInner=0.06, paddingOuter=0)),
    )
    chart = alt.layer(
        base.mark_rect().encode(color=alt.Color("fill:N", scale=None)),
        base.mark_text(fontSize=11).encode(text="shown:N", color=alt.Color("ink:N", scale=None)),
    )
    listed = ", ".join(f"{row} × {column} {count:,}" for row, column, count in crossed.counts)
    label = f"Examples by {crossed.rows} and {crossed.columns}: {listed}"
    return svg(chart, 30 * len(rows) + 136, label, width=max(WIDTH, 140 + 35 * len(columns)))


def _count_cell(row: str, column: str, count: int, at_least: int, most: int) -> dict[str, Any]:
    """Orange where examples are missing; bluest from 2/5 of the fullest combination on, palest below 1/8 of it.

    Not from 1/2 or 1/3 on: shares of a universe are such numbers, and equal parts would differ by a hair.
    """
    step = 0 if not count else 1 if count < at_least else 3 + (8 * count >= most) + (5 * count >= 2 * most)
    shown = f"{count:,}" if count < 10_000 else f"{count // 1000:,}k"
    return {"row": row, "column": column, "fill": RAMP[step], "ink": RAMP_INK[step], "shown": shown}
