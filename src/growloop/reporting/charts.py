"""Charts of a report as SVG, drawn without a browser (Altair, rendered by vl-convert).

Every colour stands for one role and is written as one fixed value. The page's style sheet replaces those values
by its variables (`[fill="#1b1f24"] { fill: var(--ink) }`), so one drawing serves light and dark; on its own an SVG
shows in the light colours. Blue and orange differ for every kind of colour vision, and words carry what colours say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from growloop.errors import MissingExtra
from growloop.records.calibration import Calibration, Threshold
from growloop.records.coverage import Crossed
from growloop.records.report import SliceScore
from growloop.records.run import Estimate, OperatingPoint
from growloop.reporting import figures
from growloop.reporting.svg import accessible

if TYPE_CHECKING:
    import altair as alt

INK, MUTED, LINE, TRACK = "#1b1f24", "#5b6470", "#dddad3", "#eceae5"
RIGHT, PARTLY, WRONG, ABSTAINED = "#1f6fb2", "#7fb2de", "#c9610f", "#a2a9b1"
RAMP = ("#b5540a", "#e39a5c", "#f3cda8", "#cfe0f0", "#7fb2df", "#1f6fb3")
"""From poor to good; `RAMP_ENDS` are the scores at which one step gives way to the next."""
RAMP_INK = ("#fffffe", "#1b1f25", "#1b1f26", "#1b1f27", "#1b1f28", "#fffffd")
RAMP_ENDS = (0.5, 0.7, 0.8, 0.9, 0.95)
WIDTH = 352
"""Pixels; the page shows charts side by side, or below each other on a phone."""
_CURVE_WIDTH = 300
_ROW = 40
_INSET = 6
"""Pixels that dots at 0 and 1 stick out on either side."""
_MOST_POINTS = 240


def learning_curve(history: Sequence[Mapping[str, Any]], name: str, colour: str = RIGHT) -> Markup | None:
    """One number of the training over its steps; None where the history has none."""
    points = _points(history, name)
    if not points:
        return None
    alt = _altair()
    share = name != "loss"
    scale = alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=False, nice=True)
    chart = (
        alt.Chart(_data(points))
        .mark_line(color=colour, strokeWidth=2, point=_dots(colour) if len(points) <= 30 else False)
        .encode(
            x=alt.X("step:Q", title="step", axis=alt.Axis(tickCount=5, grid=False, format=",d", tickMinStep=1)),
            y=alt.Y("value:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5)),
        )
    )
    first, last = points[0], points[-1]
    label = (
        f"{figures.metric_label(name)} over {last['step']:,.0f} steps: from {first['value']:.3g} to {last['value']:.3g}"
    )
    return _svg(chart, 180, label, width=_CURVE_WIDTH)


def by_turn(turns: Sequence[tuple[int, Estimate | None]], name: str) -> Markup | None:
    """One score over the turns of the loop, with its intervals; None where fewer than two turns have it."""
    rows = [
        {"turn": number, "value": found.value, "low": found.low, "high": found.high}
        for number, found in turns
        if found is not None and found.value is not None
    ]
    if len(rows) < 2:
        return None
    alt = _altair()
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("turn:O", title="iteration", axis=alt.Axis(grid=False, labelAngle=0)),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5)),
    )
    whiskers = base.mark_rule(color=RIGHT, strokeWidth=7, opacity=0.35).encode(y="low:Q", y2="high:Q")
    chart = alt.layer(whiskers, base.mark_line(color=RIGHT, strokeWidth=2, point=_dots(RIGHT)))
    told = ", ".join(f"{row['turn']}: {figures.value_text(row['value'])}" for row in rows)
    return _svg(chart, 180, f"{figures.metric_label(name)} by iteration: {told}", width=_CURVE_WIDTH)


def _points(history: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, float]]:
    """The finite values in order of steps; neighbours are averaged where there are too many to see."""
    found = [(float(row.get("step", number)), row.get(name)) for number, row in enumerate(history)]
    finite = sorted((step, float(value)) for step, value in found if value is not None and abs(value) < float("inf"))
    size = -(-len(finite) // _MOST_POINTS) or 1
    blocks = [finite[start : start + size] for start in range(0, len(finite), size)]
    return [{"step": block[-1][0], "value": sum(value for _, value in block) / len(block)} for block in blocks]


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
    alt = _altair()
    base = alt.Chart(_data(rows)).encode(y=_row_axis())
    chart = alt.layer(
        _track(base),
        base.mark_bar(height=9, yOffset=8, color=RIGHT).encode(x=_share("value")),
        base.mark_rule(yOffset=8, color=INK, strokeWidth=1.5).encode(x=_share("low"), x2="high:Q"),
        base.mark_tick(yOffset=8, color=INK, thickness=1.5, height=7).encode(x=_share("low")),
        base.mark_tick(yOffset=8, color=INK, thickness=1.5, height=7).encode(x=_share("high")),
        *_captions(base),
    )
    listed = ", ".join(f"{name} {figures.estimate_text(estimate)}" for name, estimate in ranked)
    return _svg(
        chart, _ROW * len(rows), f"{figures.metric_label(metric)} by {title}, lowest first: {listed}", axes=False
    )


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
    alt = _altair()
    base = alt.Chart(_data(rows)).encode(y=_row_axis())
    chart = alt.layer(
        _track(base, 3),
        base.mark_rule(yOffset=8, color=ABSTAINED, strokeWidth=7, opacity=0.45).encode(
            x=_share("b_low", _INSET), x2="b_high:Q"
        ),
        base.mark_rule(yOffset=8, color=RIGHT, strokeWidth=7, opacity=0.35).encode(
            x=_share("a_low", _INSET), x2="a_high:Q"
        ),
        base.mark_rule(yOffset=8, color=MUTED, strokeWidth=1.5).encode(x=_share("b", _INSET), x2="a:Q"),
        base.mark_circle(yOffset=8, color=ABSTAINED, size=90, opacity=1).encode(x=_share("b", _INSET)),
        base.mark_circle(yOffset=8, color=RIGHT, size=90, opacity=1).encode(x=_share("a", _INSET)),
        *_captions(base),
    )
    listed = ", ".join(f"{row['name']} {row['caption']}" for row in rows)
    return _svg(chart, _ROW * len(rows), f"Before and after: {listed}", axes=False)


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


def heat_map(cells: Sequence[Mapping[str, Any]], rows: str, columns: str, metric: str) -> Markup | None:
    """Two coordinates against each other: each cell with its mean score and n (`row`, `column`, `value`, `n`)."""
    if not cells:
        return None
    alt = _altair()
    data = [_cell(cell) for cell in cells]
    tall, wide = len({cell["row"] for cell in data}), len({cell["column"] for cell in data})
    gap = alt.Scale(paddingInner=0.04, paddingOuter=0)
    top = alt.Axis(orient="top", labelAngle=0, labelLimit=84, ticks=False)
    side = alt.Axis(labelLimit=108, minExtent=114, ticks=False)
    base = alt.Chart(_data(data)).encode(
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
    return _svg(chart, 44 * tall + 46, label, width=max(WIDTH, 120 + 76 * wide))


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    value = float(cell["value"])
    step = sum(value >= end for end in RAMP_ENDS)
    shown = {"shown": figures.value_text(value), "count": f"n={cell['n']:,}"}
    return {"row": cell["row"], "column": cell["column"], "fill": RAMP[step], "ink": RAMP_INK[step], **shown}


def coverage_map(crossed: Crossed) -> Markup | None:
    """Two coordinates against each other: how many examples each combination has; blank where there is none to have."""
    if not crossed.counts:
        return None
    alt = _altair()
    most = max(count for *_, count in crossed.counts)
    data = [_count_cell(*cell, crossed.at_least, most) for cell in crossed.counts]
    rows, columns = (list(dict.fromkeys(cell[key] for cell in data)) for key in ("row", "column"))
    top = alt.Axis(orient="top", labelAngle=-90, labelLimit=130, ticks=False)
    side = alt.Axis(labelLimit=128, ticks=False)
    base = alt.Chart(_data(data)).encode(
        x=alt.X("column:N", title=None, axis=top, scale=alt.Scale(domain=columns, paddingInner=0.05, paddingOuter=0)),
        y=alt.Y("row:N", title=None, axis=side, scale=alt.Scale(domain=rows, paddingInner=0.06, paddingOuter=0)),
    )
    chart = alt.layer(
        base.mark_rect().encode(color=alt.Color("fill:N", scale=None)),
        base.mark_text(fontSize=11).encode(text="shown:N", color=alt.Color("ink:N", scale=None)),
    )
    listed = ", ".join(f"{row} × {column} {count:,}" for row, column, count in crossed.counts)
    label = f"Examples by {crossed.rows} and {crossed.columns}: {listed}"
    return _svg(chart, 30 * len(rows) + 136, label, width=max(WIDTH, 140 + 35 * len(columns)))


def _count_cell(row: str, column: str, count: int, at_least: int, most: int) -> dict[str, Any]:
    """Orange where examples are missing; bluest from 2/5 of the fullest combination on, palest below 1/8 of it.

    Not from 1/2 or 1/3 on: shares of a universe are such numbers, and equal parts would differ by a hair.
    """
    step = 0 if not count else 1 if count < at_least else 3 + (8 * count >= most) + (5 * count >= 2 * most)
    shown = f"{count:,}" if count < 10_000 else f"{count // 1000:,}k"
    return {"row": row, "column": column, "fill": RAMP[step], "ink": RAMP_INK[step], "shown": shown}


def outcomes(rows: Sequence[tuple[str, Sequence[tuple[str, int, str]]]]) -> Markup | None:
    """What became of the questions: a bar per kind of question, cut into (name, count, colour) parts."""
    filled = [(name, [part for part in parts if part[1]]) for name, parts in rows if sum(part[1] for part in parts)]
    if not filled:
        return None
    alt = _altair()
    base = alt.Chart(_data([segment for number, row in enumerate(filled) for segment in _segments(number, *row)]))
    bars = base.encode(y=_row_axis())
    colour = alt.Color("colour:N", scale=None)
    chart = alt.layer(
        bars.mark_bar(height=16, yOffset=0).encode(x=_share("start"), x2="end:Q", color=colour),
        bars.mark_text(align="left", dy=-19, fontWeight=600, fontSize=12, color=INK).encode(
            x=alt.value(0), text="head:N"
        ),
        bars.mark_text(align="left", dy=20, fontSize=11.5, color=MUTED).encode(x=alt.value(0), text="foot:N"),
    )
    listed = "; ".join(f"{name}: {_told(parts)}" for name, parts in filled)
    return _svg(chart, 76 * len(filled), f"What became of the questions. {listed}", axes=False)


def _segments(number: int, name: str, parts: Sequence[tuple[str, int, str]]) -> list[dict[str, Any]]:
    total = sum(count for _, count, _ in parts)
    ends = [sum(count for _, count, _ in parts[: position + 1]) / total for position in range(len(parts))]
    spans = zip([0.0, *ends], ends, parts, strict=False)
    segments = [{"row": number, "start": start, "end": end, "colour": part[2]} for start, end, part in spans]
    segments[0] |= {"head": f"{name} · n={total:,}", "foot": _told(parts)}
    return [{"head": "", "foot": "", **segment} for segment in segments]


def _told(parts: Sequence[tuple[str, int, str]]) -> str:
    return " · ".join(f"{name} {count:,}" for name, count, _ in parts)


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
    alt = _altair()
    share = alt.Axis(format="%", tickCount=5, grid=False)
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("answered:Q", title="questions answered", scale=alt.Scale(domain=[0, 1]), axis=share),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5)),
        color=alt.Color("colour:N", scale=None),
    )
    rule = alt.Chart(_data([{"answered": used.answered}])).mark_rule(color=MUTED, strokeDash=[3, 3])
    names = [
        alt.Chart(_data([row])).mark_text(align=align, dx=dx, dy=-9, fontSize=11.5)
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
    return _svg(chart, 180, label, width=_CURVE_WIDTH)


def _where_each_is_best(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str, int]]:
    """The end of each line to which its name is written, and on which side of that point."""
    able, unable = ([row for row in rows if row["kind"] == kind] for kind in ("answerable", "unanswerable"))
    return [*((row, "right", -2) for row in able[-1:]), *((row, "left", 8) for row in unable[:1])]


def risk_coverage(found: Calibration) -> Markup | None:
    """The share of wrong answers among the most confident ones, by how many are kept; what is wanted is dashed."""
    if not found.curve:
        return None
    alt = _altair()
    wanted, kept = 1 - found.target_precision, found.threshold
    highest = max(wanted, *(point.risk for point in found.curve))
    share = alt.Axis(format="%", tickCount=5, grid=False)
    x = alt.X("coverage:Q", title="answers kept, surest first", scale=alt.Scale(domain=[0, 1]), axis=share)
    scale = alt.Scale(domain=[0, min(1.0, 1.15 * highest)], nice=True)
    y = alt.Y("risk:Q", title=None, scale=scale, axis=alt.Axis(format="%", tickCount=5))
    rows = [{"coverage": point.coverage, "risk": point.risk} for point in found.curve]
    line = alt.Chart(_data(rows)).mark_line(color=RIGHT, strokeWidth=2, point=_dots(RIGHT)).encode(x=x, y=y)
    rule = alt.Chart(_data([{"risk": wanted}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(y="risk:Q")
    label = f"Share of wrong answers by the share of answers kept: {_risks_told(found)}"
    return _svg(alt.layer(rule, line, *([_ring(kept)] if kept else [])), 180, label, width=_CURVE_WIDTH)


def _ring(at: Threshold) -> alt.Chart:
    """Around the point up to which answers are precise enough."""
    rows = [{"coverage": at.coverage, "risk": 1 - (at.precision.value or 0.0)}]
    ring = _altair().Chart(_data(rows)).mark_point(color=INK, size=130, strokeWidth=1.5)
    return ring.encode(x="coverage:Q", y="risk:Q")


def _risks_told(found: Calibration) -> str:
    listed = [f"{point.coverage:.0%} kept, {point.risk:.0%} wrong" for point in found.curve[4::5]]
    wanted = f"the wanted {found.target_precision:.0%}"
    if found.threshold is None:
        return f"{'; '.join(listed)}; no confidence reaches {wanted}"
    at = found.threshold
    return f"{'; '.join(listed)}; from confidence {at.confidence:.2f} on, with {at.coverage:.0%} kept, it is {wanted}"


# the house's way of drawing


def _track(base: alt.Chart, height: int = 9) -> alt.Chart:
    alt = _altair()
    return base.mark_bar(height=height, yOffset=8, color=TRACK).encode(x=alt.value(0), x2=alt.value(WIDTH))


def _captions(base: alt.Chart) -> tuple[alt.Chart, alt.Chart]:
    alt = _altair()
    name = base.mark_text(align="left", dy=-8, fontSize=12, color=INK, limit=WIDTH - 150)
    figure = base.mark_text(align="right", dy=-8, fontSize=11.5, color=MUTED)
    return name.encode(x=alt.value(0), text="name:N"), figure.encode(x=alt.value(WIDTH), text="caption:N")


def _row_axis() -> alt.Y:
    return _altair().Y("row:O", sort=None, axis=None, title=None)


def _share(field: str, inset: int = 0) -> alt.X:
    alt = _altair()
    return alt.X(
        f"{field}:Q", scale=alt.Scale(domain=[0, 1], range=[inset, WIDTH - inset], nice=False), axis=None, title=None
    )


def _dots(colour: str) -> dict[str, Any]:
    return {"filled": True, "fill": colour, "size": 36}


def _data(rows: Sequence[Mapping[str, Any]]) -> alt.Data:
    return _altair().Data(values=[dict(row) for row in rows])


def _svg(chart: Any, height: int, label: str, *, width: int = WIDTH, axes: bool = True) -> Markup:
    import vl_convert

    axis = {"labelColor": MUTED, "titleColor": MUTED, "gridColor": LINE, "domainColor": LINE, "tickColor": LINE}
    sizes = {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "labelPadding": 6}
    drawn = chart.properties(
        width=width,
        height=height,
        autosize={"type": "fit" if axes else "none", "contains": "padding"},
        padding=1 if axes else 0,
    )
    config = {"background": "transparent", "view": {"stroke": None}, "axis": {**axis, **sizes, "domain": False}}
    specification = drawn.configure(**config, font="sans-serif", aria=False).to_dict(validate=False)
    return accessible(vl_convert.vegalite_to_svg(specification), label)


def _altair() -> Any:
    try:
        import altair
        import vl_convert  # noqa: F401  (draws what altair describes)
    except ImportError:
        raise MissingExtra("Altair with vl-convert", "report") from None
    return altair
