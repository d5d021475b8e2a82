"""The house's way of drawing: sizes, colours by their role, and what all charts are made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from growloop.errors import MissingExtra
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
CURVE_WIDTH = 300
ROW = 40
INSET = 6
"""Pixels that dots at 0 and 1 stick out on either side."""


def track(base: alt.Chart, height: int = 9) -> alt.Chart:
    """The whole width in pale, on which a bar or dot stands."""
    alt = altair()
    return base.mark_bar(height=height, yOffset=8, color=TRACK).encode(x=alt.value(0), x2=alt.value(WIDTH))


def captions(base: alt.Chart) -> tuple[alt.Chart, alt.Chart]:
    """The name of a row at its left, what is told of it at its right."""
    alt = altair()
    name = base.mark_text(align="left", dy=-8, fontSize=12, color=INK, limit=WIDTH - 150)
    figure = base.mark_text(align="right", dy=-8, fontSize=11.5, color=MUTED)
    return name.encode(x=alt.value(0), text="name:N"), figure.encode(x=alt.value(WIDTH), text="caption:N")


def row_axis() -> alt.Y:
    """Rows below each other, in the order of their numbers."""
    return altair().Y("row:O", sort=None, axis=None, title=None)


def share_of_width(field: str, inset: int = 0) -> alt.X:
    """A share from 0 to 1 across the width."""
    alt = altair()
    return alt.X(
        f"{field}:Q", scale=alt.Scale(domain=[0, 1], range=[inset, WIDTH - inset], nice=False), axis=None, title=None
    )


def dots(colour: str) -> dict[str, Any]:
    """How dots on a line look."""
    return {"filled": True, "fill": colour, "size": 36}


def data_of(rows: Sequence[Mapping[str, Any]]) -> alt.Data:
    """Rows as a chart holds them."""
    return altair().Data(values=[dict(row) for row in rows])


def svg(chart: Any, height: int, label: str, *, width: int = WIDTH, axes: bool = True) -> Markup:
    """The chart as one labelled drawing."""
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


def altair() -> Any:
    """The library, loaded when something is drawn. Raises MissingExtra."""
    try:
        import altair
        import vl_convert  # noqa: F401  (draws what altair describes)
    except ImportError:
        raise MissingExtra("Altair with vl-convert", "report") from None
    return altair
