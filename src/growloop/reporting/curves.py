"""Curves of a report: what a training, the turns of the loop and a threshold did to the scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from growloop.records.calibration import Calibration
from growloop.records.run import Estimate, OperatingPoint
from growloop.reporting import axes, figures, svg
from growloop.reporting.palette import INK, MUTED, RIGHT, WRONG

_MOST_POINTS = 240
_DOTTED = 30
"""With more points than this a curve is drawn without dots."""


def learning_curve(history: Sequence[Mapping[str, Any]], name: str, colour: str = RIGHT) -> Markup | None:
    """One number of the training over its steps; None where the history has none."""
    points = _points(history, name)
    if not points:
        return None
    steps, values = ([point[side] for point in points] for side in (0, 1))
    plot = axes.Plot(axes.whole(steps, "step"), axes.shares() if name != "loss" else axes.rounded(values))
    told = f"from {values[0]:.3g} to {values[-1]:.3g}"
    label = f"{figures.metric_label(name)} over {steps[-1]:,.0f} steps: {told}"
    return _image([*plot.axes(), *_curve(plot, points, colour)], label)


def by_turn(turns: Sequence[tuple[int, Estimate | None]], name: str) -> Markup | None:
    """One score over the turns of the loop, with its intervals; None where fewer than two turns have it."""
    known = [(number, found, found.value) for number, found in turns if found is not None and found.value is not None]
    if len(known) < 2:
        return None
    plot = axes.Plot(axes.numbered([f"{number}" for number, *_ in known], "iteration"), axes.shares())
    intervals = (
        svg.line(plot.at(place + 0.5, found.low), plot.at(place + 0.5, found.high), RIGHT, width=7, opacity=0.35)
        for place, (_, found, _) in enumerate(known)
        if found.low is not None and found.high is not None
    )
    points = [(place + 0.5, value) for place, (*_, value) in enumerate(known)]
    told = ", ".join(f"{number}: {figures.value_text(value)}" for number, _, value in known)
    label = f"{figures.metric_label(name)} by iteration: {told}"
    return _image([*plot.axes(), *intervals, *_curve(plot, points, RIGHT)], label)


def _points(history: Sequence[Mapping[str, Any]], name: str) -> list[tuple[float, float]]:
    """The finite values in order of steps; neighbours are averaged where there are too many to see."""
    found = [(float(row.get("step", number)), row.get(name)) for number, row in enumerate(history)]
    finite = sorted((step, float(value)) for step, value in found if value is not None and math.isfinite(value))
    size = -(-len(finite) // _MOST_POINTS) or 1
    blocks = [finite[start : start + size] for start in range(0, len(finite), size)]
    return [(block[-1][0], sum(value for _, value in block) / len(block)) for block in blocks]


def operating_points(points: Sequence[OperatingPoint]) -> Markup | None:
    """Token F1 on either kind of question by the share of questions answered; a rule stands where it is set."""
    able = [(point.answered, value) for point in points if (value := point.token_f1_answerable) is not None]
    unable = [(point.answered, value) for point in points if (value := point.token_f1_unanswerable) is not None]
    used = next((point for point in points if point.in_use), None)
    if (not able and not unable) or used is None:
        return None
    plot = axes.Plot(axes.shares("questions answered", percent=True), axes.shares(), top=18)
    rule = svg.line(plot.at(used.answered, 0), plot.at(used.answered, 1), MUTED, dashed=True)
    lines = [
        svg.path([plot.at(*point) for point in line], ink) for line, ink in ((able, RIGHT), (unable, WRONG)) if line
    ]
    told = (("answerable", used.token_f1_answerable), ("unanswerable", used.token_f1_unanswerable))
    in_use = ", ".join(f"{name} {figures.value_text(value)}" for name, value in told)
    label = f"Token F1 by the share of questions answered; in use {used.answered:.0%} are answered: {in_use}"
    return _image([*plot.axes(), rule, *lines, *_named_where_best(plot, able, unable)], label)


def _named_where_best(
    plot: axes.Plot, able: Sequence[tuple[float, float]], unable: Sequence[tuple[float, float]]
) -> list[str]:
    """The name of each line at that end of it where it is best."""
    marks = []
    if able:
        x, y = plot.at(*able[-1])
        marks.append(svg.text(x - 2, y - 5, "answerable", RIGHT, anchor="end"))
    if unable:
        x, y = plot.at(*unable[0])
        marks.append(svg.text(x + 8, y - 5, "unanswerable", WRONG))
    return marks


def risk_coverage(found: Calibration) -> Markup | None:
    """The share of wrong answers among the most confident ones, by how many are kept; what is wanted is dashed."""
    if not found.curve:
        return None
    wanted, kept = 1 - found.target_precision, found.threshold
    highest = max(wanted, *(point.risk for point in found.curve), 0.01)
    side = axes.percentages(min(1.0, 1.15 * highest))
    plot = axes.Plot(axes.shares("answers kept, surest first", percent=True), side)
    rule = svg.line(plot.at(0, wanted), plot.at(1, wanted), MUTED, dashed=True)
    curve = _curve(plot, [(point.coverage, point.risk) for point in found.curve], RIGHT)
    enough = [svg.ring(*plot.at(kept.coverage, 1 - (kept.precision.value or 0.0)), 6.5, INK)] if kept else []
    label = f"Share of wrong answers by the share of answers kept: {_risks_told(found)}"
    return _image([*plot.axes(), rule, *curve, *enough], label)


def _risks_told(found: Calibration) -> str:
    listed = [f"{point.coverage:.0%} kept, {point.risk:.0%} wrong" for point in found.curve[4::5]]
    wanted = f"the wanted {found.target_precision:.0%}"
    if found.threshold is None:
        return f"{'; '.join(listed)}; no confidence reaches {wanted}"
    at = found.threshold
    return f"{'; '.join(listed)}; from confidence {at.confidence:.2f} on, with {at.coverage:.0%} kept, it is {wanted}"


def _curve(plot: axes.Plot, points: Sequence[tuple[float, float]], colour: str) -> list[str]:
    places = [plot.at(*point) for point in points]
    dots = [svg.dot(*place, 3, colour) for place in places] if len(places) <= _DOTTED else []
    return [svg.path(places, colour), *dots]


def _image(marks: Sequence[str], label: str) -> Markup:
    return svg.image(marks, axes.WIDTH, axes.HEIGHT, label)
