"""Scores beside each other: by slice, and before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from growloop.records.report import SliceScore
from growloop.records.run import Estimate
from growloop.reporting import figures
from growloop.reporting.charts.style import (
    ABSTAINED,
    INK,
    INSET,
    MUTED,
    RIGHT,
    ROW,
    altair,
    captions,
    data_of,
    row_axis,
    share_of_width,
    svg,
    track,
)


def slices(parts: Sequence[SliceScore], metric: str, title: str) -> Markup | None:
    """The slices of one coordinate as bars with interval whiskers, the lowest score first."""
    ranked = sorted(
        (
            (where_label(part.where), estimate)
            for part in parts
            if (estimate := part.metrics.get(metric)) and estimate.n
        ),
        key=lambda row: (row[1].value or 0.0, row[0]),
    )
    if not ranked:
        return None
    rows = [_bar(number, name, estimate) for number, (name, estimate) in enumerate(ranked)]
    alt = altair()
    base = alt.Chart(data_of(rows)).encode(y=row_axis())
    chart = alt.layer(
        track(base),
        base.mark_bar(height=9, yOffset=8, color=RIGHT).encode(x=share_of_width("value")),
        base.mark_rule(yOffset=8, color=INK, strokeWidth=1.5).encode(x=share_of_width("low"), x2="high:Q"),
        base.mark_tick(yOffset=8, color=INK, thickness=1.5, height=7).encode(x=share_of_width("low")),
        base.mark_tick(yOffset=8, color=INK, thickness=1.5, height=7).encode(x=share_of_width("high")),
        *captions(base),
    )
    listed = ", ".join(f"{name} {figures.estimate_text(estimate)}" for name, estimate in ranked)
    return svg(chart, ROW * len(rows), f"{figures.metric_label(metric)} by {title}, lowest first: {listed}", axes=False)


def where_label(where: Mapping[str, str]) -> str:
    """What a slice is called in a chart whose heading names the coordinate."""
    return " × ".join(where.values()) or "all"


def _bar(number: int, name: str, estimate: Estimate) -> dict[str, Any]:
    value = estimate.value or 0.0
    low, high = estimate.low, estimate.high
    caption = figures.estimate_text(estimate)
    return {
        "row": number,
        "name": name,
        "value": value,
        "low": value if low is None else low,
        "high": value if high is None else high,
        "caption": caption,
    }


def dumbbell(before: Mapping[str, Estimate], after: Mapping[str, Estimate], names: Sequence[str]) -> Markup | None:
    """Each metric's way from before (grey) to after (blue), with both intervals."""
    rows = [_pair(number, name, before[name], after[name]) for number, name in enumerate(names)]
    if not rows:
        return None
    alt = altair()
    base = alt.Chart(data_of(rows)).encode(y=row_axis())
    chart = alt.layer(
        track(base, 3),
        base.mark_rule(yOffset=8, color=ABSTAINED, strokeWidth=7, opacity=0.45).encode(
            x=share_of_width("b_low", INSET), x2="b_high:Q"
        ),
        base.mark_rule(yOffset=8, color=RIGHT, strokeWidth=7, opacity=0.35).encode(
            x=share_of_width("a_low", INSET), x2="a_high:Q"
        ),
        base.mark_rule(yOffset=8, color=MUTED, strokeWidth=1.5).encode(x=share_of_width("b", INSET), x2="a:Q"),
        base.mark_circle(yOffset=8, color=ABSTAINED, size=90, opacity=1).encode(x=share_of_width("b", INSET)),
        base.mark_circle(yOffset=8, color=RIGHT, size=90, opacity=1).encode(x=share_of_width("a", INSET)),
        *captions(base),
    )
    listed = ", ".join(f"{row['name']} {row['caption']}" for row in rows)
    return svg(chart, ROW * len(rows), f"Before and after: {listed}", axes=False)


def _pair(number: int, name: str, before: Estimate, after: Estimate) -> dict[str, Any]:
    ends = {"b": before, "a": after}
    row: dict[str, Any] = {"row": number, "name": figures.metric_label(name)}
    if name in figures.LOWER_IS_BETTER:
        row["name"] += " (lower is better)"
    row["caption"] = f"{figures.value_text(before.value)} → {figures.value_text(after.value)}"
    for key, estimate in ends.items():
        value = estimate.value
        row[key] = value
        row[f"{key}_low"] = value if estimate.low is None else estimate.low
        row[f"{key}_high"] = value if estimate.high is None else estimate.high
    return row
