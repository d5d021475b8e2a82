"""What it costs to stay silent, and what confidence is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from growloop.records.calibration import Calibration, Threshold
from growloop.records.run import OperatingPoint
from growloop.reporting import figures
from growloop.reporting.charts.style import (
    CURVE_WIDTH,
    INK,
    MUTED,
    RIGHT,
    WRONG,
    altair,
    data_of,
    dots,
    svg,
)

if TYPE_CHECKING:
    import altair as alt


def operating_points(points: Sequence[OperatingPoint]) -> Markup | None:
    """Token F1 on either kind of question by the share of questions answered; a rule stands where it is set."""
    kinds = (("answerable", "token_f1_answerable", RIGHT), ("unanswerable", "token_f1_unanswerable", WRONG))
    rows = [
        {"answered": point.answered, "value": value, "kind": name, "colour": colour}
        for name, field, colour in kinds
        for point in points
        if (value := getattr(point, field)) is not None
    ]
    used = next((point for point in points if point.in_use), None)
    if not rows or used is None:
        return None
    alt = altair()
    share = alt.Axis(format="%", tickCount=5, grid=False)
    base = alt.Chart(data_of(rows)).encode(
        x=alt.X("answered:Q", title="questions answered", scale=alt.Scale(domain=[0, 1]), axis=share),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5)),
        color=alt.Color("colour:N", scale=None),
    )
    rule = alt.Chart(data_of([{"answered": used.answered}])).mark_rule(color=MUTED, strokeDash=[3, 3])
    names = [
        alt.Chart(data_of([row])).mark_text(align=align, dx=dx, dy=-9, fontSize=11.5)
        for row, align, dx in _where_each_is_best(rows)
    ]
    named = {"x": "answered:Q", "y": "value:Q", "text": "kind:N", "color": alt.Color("colour:N", scale=None)}
    chart = alt.layer(
        rule.encode(x="answered:Q"),
        base.mark_line(strokeWidth=2),
        *(name.encode(**named) for name in names),
    )
    by_kind = ", ".join(f"{name} {figures.value_text(getattr(used, field))}" for name, field, _ in kinds)
    label = f"Token F1 by the share of questions answered; in use {used.answered:.0%} are answered: {by_kind}"
    return svg(chart, 180, label, width=CURVE_WIDTH)


def _where_each_is_best(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str, int]]:
    """The end of each line to which its name is written, and on which side of that point."""
    able, unable = ([row for row in rows if row["kind"] == kind] for kind in ("answerable", "unanswerable"))
    return [*((row, "right", -2) for row in able[-1:]), *((row, "left", 8) for row in unable[:1])]


def risk_coverage(found: Calibration) -> Markup | None:
    """The share of wrong answers among the most confident ones, by how many are kept; what is wanted is dashed."""
    if not found.curve:
        return None
    alt = altair()
    wanted, kept = 1 - found.target_precision, found.threshold
    highest = max(wanted, *(point.risk for point in found.curve))
    share = alt.Axis(format="%", tickCount=5, grid=False)
    x = alt.X("coverage:Q", title="answers kept, surest first", scale=alt.Scale(domain=[0, 1]), axis=share)
    scale = alt.Scale(domain=[0, min(1.0, 1.15 * highest)], nice=True)
    y = alt.Y("risk:Q", title=None, scale=scale, axis=alt.Axis(format="%", tickCount=5))
    rows = [{"coverage": point.coverage, "risk": point.risk} for point in found.curve]
    line = alt.Chart(data_of(rows)).mark_line(color=RIGHT, strokeWidth=2, point=dots(RIGHT)).encode(x=x, y=y)
    rule = alt.Chart(data_of([{"risk": wanted}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(y="risk:Q")
    label = f"Share of wrong answers by the share of answers kept: {_risks_told(found)}"
    return svg(alt.layer(rule, line, *([_ring(kept)] if kept else [])), 180, label, width=CURVE_WIDTH)


def _ring(at: Threshold) -> alt.Chart:
    """Around the point up to which answers are precise enough."""
    rows = [{"coverage": at.coverage, "risk": 1 - (at.precision.value or 0.0)}]
    ring = altair().Chart(data_of(rows)).mark_point(color=INK, size=130, strokeWidth=1.5)
    return ring.encode(x="coverage:Q", y="risk:Q")


def _risks_told(found: Calibration) -> str:
    listed = [f"{point.coverage:.0%} kept, {point.risk:.0%} wrong" for point in found.curve[4::5]]
    wanted = f"the wanted {found.target_precision:.0%}"
    if found.threshold is None:
        return f"{'; '.join(listed)}; no confidence reaches {wanted}"
    at = found.threshold
    return f"{'; '.join(listed)}; from confidence {at.confidence:.2f} on, with {at.coverage:.0%} kept, it is {wanted}"
