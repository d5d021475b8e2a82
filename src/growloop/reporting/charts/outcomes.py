"""What became of the questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from growloop.reporting.charts.style import (
    INK,
    MUTED,
    altair,
    data_of,
    row_axis,
    share_of_width,
    svg,
)


def outcomes(rows: Sequence[tuple[str, Sequence[tuple[str, int, str]]]]) -> Markup | None:
    """What became of the questions: a bar per kind of question, cut into (name, count, colour) parts."""
    filled = [(name, [part for part in parts if part[1]]) for name, parts in rows if sum(part[1] for part in parts)]
    if not filled:
        return None
    alt = altair()
    base = alt.Chart(data_of([segment for number, row in enumerate(filled) for segment in _segments(number, *row)]))
    bars = base.encode(y=row_axis())
    colour = alt.Color("colour:N", scale=None)
    chart = alt.layer(
        bars.mark_bar(height=16, yOffset=0).encode(x=share_of_width("start"), x2="end:Q", color=colour),
        bars.mark_text(align="left", dy=-19, fontWeight=600, fontSize=12, color=INK).encode(
            x=alt.value(0), text="head:N"
        ),
        bars.mark_text(align="left", dy=20, fontSize=11.5, color=MUTED).encode(x=alt.value(0), text="foot:N"),
    )
    listed = "; ".join(f"{name}: {_told(parts)}" for name, parts in filled)
    return svg(chart, 76 * len(filled), f"What became of the questions. {listed}", axes=False)


def _segments(number: int, name: str, parts: Sequence[tuple[str, int, str]]) -> list[dict[str, Any]]:
    total = sum(count for _, count, _ in parts)
    ends = [sum(count for _, count, _ in parts[: position + 1]) / total for position in range(len(parts))]
    spans = zip([0.0, *ends], ends, parts, strict=False)
    segments = [{"row": number, "start": start, "end": end, "colour": part[2]} for start, end, part in spans]
    segments[0] |= {"head": f"{name} · n={total:,}", "foot": _told(parts)}
    return [{"head": "", "foot": "", **segment} for segment in segments]


def _told(parts: Sequence[tuple[str, int, str]]) -> str:
    return " · ".join(f"{name} {count:,}" for name, count, _ in parts)
