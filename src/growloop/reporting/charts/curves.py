"""Scores and losses as they went: over training steps, over the turns of the loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from growloop.records.run import Estimate
from growloop.reporting import figures
from growloop.reporting.charts.style import (
    CURVE_WIDTH,
    RIGHT,
    altair,
    data_of,
    dots,
    svg,
)

_MOST_POINTS = 240


def learning_curve(history: Sequence[Mapping[str, Any]], name: str, colour: str = RIGHT) -> Markup | None:
    """One number of the training over its steps; None where the history has none."""
    points = _points(history, name)
    if not points:
        return None
    alt = altair()
    share = name != "loss"
    scale = alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=False, nice=True)
    chart = (
        alt.Chart(data_of(points))
        .mark_line(color=colour, strokeWidth=2, point=dots(colour) if len(points) <= 30 else False)
        .encode(
            x=alt.X("step:Q", title="step", axis=alt.Axis(tickCount=5, grid=False, format=",d", tickMinStep=1)),
            y=alt.Y("value:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5)),
        )
    )
    first, last = points[0], points[-1]
    label = (
        f"{figures.metric_label(name)} over {last['step']:,.0f} steps: from {first['value']:.3g} to {last['value']:.3g}"
    )
    return svg(chart, 180, label, width=CURVE_WIDTH)


def by_turn(turns: Sequence[tuple[int, Estimate | None]], name: str) -> Markup | None:
    """One score over the turns of the loop, with its intervals; None where fewer than two turns have it."""
    rows = [
        {"turn": number, "value": found.value, "low": found.low, "high": found.high}
        for number, found in turns
        if found is not None and found.value is not None
    ]
    if len(rows) < 2:
        return None
    alt = altair()
    base = alt.Chart(data_of(rows)).encode(
        x=alt.X("turn:O", title="iteration", axis=alt.Axis(grid=False, labelAngle=0)),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5)),
    )
    whiskers = base.mark_rule(color=RIGHT, strokeWidth=7, opacity=0.35).encode(y="low:Q", y2="high:Q")
    chart = alt.layer(whiskers, base.mark_line(color=RIGHT, strokeWidth=2, point=dots(RIGHT)))
    told = ", ".join(f"{row['turn']}: {figures.value_text(row['value'])}" for row in rows)
    return svg(chart, 180, f"{figures.metric_label(name)} by iteration: {told}", width=CURVE_WIDTH)


def _points(history: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, float]]:
    """The finite values in order of steps; neighbours are averaged where there are too many to see."""
    found = [(float(row.get("step", number)), row.get(name)) for number, row in enumerate(history)]
    finite = sorted((step, float(value)) for step, value in found if value is not None and abs(value) < float("inf"))
    size = -(-len(finite) // _MOST_POINTS) or 1
    blocks = [finite[start : start + size] for start in range(0, len(finite), size)]
    return [{"step": block[-1][0], "value": sum(value for _, value in block) / len(block)} for block in blocks]
