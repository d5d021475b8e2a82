"""Makes a rendered SVG fit to stand in a page: one image to assistive technology, small, and without loose names."""

from __future__ import annotations

import re
import zlib

from markupsafe import Markup, escape

_TAG = re.compile(r"<[^>]+>")
_NOISE = re.compile(
    r' (?:role|aria-[a-z]+|pointer-events|class|font-family)="[^"]*"| (?:opacity|stroke-opacity|fill-opacity)="1"'
)
_LONG_NUMBER = re.compile(r"(\d\.\d{2})\d+")
_EMPTY = re.compile(r'<text[^>]*/>|<path d="(?:M[\d.,\-]+h[\d.\-]+v[\d.\-]+h[\d.\-]+Z)?"(?: display="none")?/>')
_PLAIN_GROUP = re.compile(r"<g>((?:(?!</?g\b).)*)</g>", re.DOTALL)
_NAME = re.compile(r'(id="|url\(#)')


def accessible(svg: str, label: str) -> Markup:
    """The drawing as one labelled image, without what a static page does not need.

    The typeface is the page's, and ids are made unlike those of other drawings on the page.
    """
    head, _, body = svg.partition(">")
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', head)
    width, height = size.groups() if size else ("400", "200")
    inner = _slim(body)
    inner = _NAME.sub(rf"\g<1>c{zlib.crc32(inner.encode()):x}-", inner)
    return Markup(  # noqa: S704  (the drawing's words come out of vl-convert escaped)
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(label)}" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">{inner}'
    )


def _slim(body: str) -> str:
    slimmed = _EMPTY.sub("", _TAG.sub(lambda tag: _LONG_NUMBER.sub(r"\1", _NOISE.sub("", tag.group())), body))
    while (flatter := _PLAIN_GROUP.sub(r"\1", slimmed)) != slimmed:
        slimmed = flatter
    return slimmed
