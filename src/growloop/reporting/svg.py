"""Marks of a drawing as SVG, placed in pixels from the top left; the typeface is that of the page around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from markupsafe import Markup, escape

from growloop.reporting.palette import LINE

Anchor = Literal["start", "middle", "end"]
_WIDE = 0.56
"""How wide a letter is on average, in parts of the type's size."""


def image(marks: Iterable[str], width: float, height: float, label: str) -> Markup:
    """The marks as one drawing, which is one labelled image to assistive technology."""
    size = f'width="{_number(width)}" height="{_number(height)}" viewBox="0 0 {_number(width)} {_number(height)}"'
    return Markup(  # noqa: S704  (every mark has escaped the words it was given)
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(label)}" {size}>{"".join(marks)}</svg>'
    )


def text(
    x: float,
    y: float,
    words: str,
    fill: str,
    *,
    size: float = 11.5,
    anchor: Anchor = "start",
    bold: bool = False,
    upwards: bool = False,
) -> str:
    """Words whose baseline begins, is centred or ends at a point."""
    if not words:
        return ""
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{_number(x)}" y="{_number(y)}"'
    turned = f' transform="rotate(-90 {_number(x)} {_number(y)})"' if upwards else ""
    style = f'text-anchor="{anchor}" font-size="{size:g}px"{weight} fill="{fill}"'
    return f"<text {place}{turned} {style}>{escape(words)}</text>"


def shortened(words: str, room: float, size: float) -> str:
    """Words that fit into so many pixels, by an estimate; what does not is cut and ends in dots."""
    most = max(1, int(room / (_WIDE * size)))
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def room_for(words: Iterable[str], size: float) -> float:
    """The pixels that the longest of some words takes, by an estimate."""
    return _WIDE * size * max(map(len, words), default=0)


def rectangle(x: float, y: float, width: float, height: float, fill: str, *, opacity: float = 1.0) -> str:
    """A filled rectangle by its upper left corner."""
    sides = f'x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
    return f'<rect {sides} fill="{fill}"{_faint(opacity)}/>'


def line(
    start: tuple[float, float],
    end: tuple[float, float],
    stroke: str = LINE,
    *,
    width: float = 1.0,
    opacity: float = 1.0,
    dashed: bool = False,
) -> str:
    """A straight line between two points."""
    ends = f'x1="{_number(start[0])}" y1="{_number(start[1])}" x2="{_number(end[0])}" y2="{_number(end[1])}"'
    dashes = ' stroke-dasharray="3,3"' if dashed else ""
    return f'<line {ends} stroke="{stroke}" stroke-width="{width:g}"{dashes}{_faint(opacity)}/>'


def path(points: Sequence[tuple[float, float]], stroke: str, *, width: float = 2.0) -> str:
    """A line through points."""
    through = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    return f'<polyline points="{through}" fill="none" stroke="{stroke}" stroke-width="{width:g}"/>'


def dot(x: float, y: float, radius: float, fill: str) -> str:
    """A filled circle."""
    return f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{radius:g}" fill="{fill}"/>'


def ring(x: float, y: float, radius: float, stroke: str) -> str:
    """A circle that shows what is inside it."""
    shape = f'cx="{_number(x)}" cy="{_number(y)}" r="{radius:g}"'
    return f'<circle {shape} fill="none" stroke="{stroke}" stroke-width="1.5"/>'


def _faint(opacity: float) -> str:
    return "" if opacity == 1.0 else f' opacity="{opacity:g}"'


def _number(value: float) -> str:
    return f"{round(value, 2):g}"
