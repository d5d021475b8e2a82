"""HTML: the text that a reader of the page sees, paragraph by paragraph."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from growloop.dataset.passages.document import Blocks, Document, Heading
from growloop.errors import BadData, MissingExtra

UNSEEN = {"script", "style", "template", "noscript", "svg", "nav", "head", "select", "iframe", "object"}
"""What is not read aloud, or only leads elsewhere."""
INLINE = {
    *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd"),
    *("label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup"),
    *("time", "tt", "u", "var", "wbr", "img", "input", "button"),
}
CELLS = {"td", "th"}
BETWEEN_CELLS = " | "
HEADINGS = {f"h{level}": level for level in range(1, 7)}


def read_html(data: bytes, name: str) -> Document:
    """The visible text of a page with its headings. Raises BadData where it holds none."""
    try:
        from lxml import etree, html
    except ImportError:
        raise MissingExtra("lxml, which reads HTML,", "documents") from None
    parser = html.HTMLParser(encoding="utf-8" if _is_utf8(data) else None, huge_tree=True)
    try:
        page = html.document_fromstring(data, parser=parser)
    except (etree.ParserError, ValueError):
        raise BadData(f"{name} holds no HTML that can be read.") from None
    return _Reader().read(page, etree.iterwalk)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Reader:
    """Collects text until a block begins or ends."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._inline: list[str] = []
        self._level = 0
        self._unseen = 0
        self._preformatted = 0

    def read(self, page: Any, walk: Callable[..., Any]) -> Document:
        title = page.findtext(".//head/title") or ""
        for event, node in walk(page, events=("start", "end", "comment", "pi")):
            if event == "start":
                self._open(node.tag)
                self._say(node.text)
            else:
                if event == "end":
                    self._close(node.tag)
                self._say(node.tail)
        self._flush()
        whole = self._blocks.document()
        named = (Heading(0, 0, 0, " ".join(title.split())),) if title.strip() else ()
        return Document(whole.text, named + whole.headings)

    def _open(self, tag: str) -> None:
        if _is_block(tag):
            self._flush()
        if tag == "br":
            self._inline.append("\n")
        self._unseen += tag in UNSEEN
        self._preformatted += tag == "pre"
        self._level = HEADINGS.get(tag, self._level)

    def _close(self, tag: str) -> None:
        if tag in CELLS:
            self._inline.append(BETWEEN_CELLS)
        if _is_block(tag):
            self._flush()
        self._unseen -= tag in UNSEEN
        self._preformatted -= tag == "pre"
        self._level = 0 if tag in HEADINGS else self._level

    def _say(self, text: str | None) -> None:
        if text and not self._unseen:
            self._inline.append(text if self._preformatted else re.sub(r"\s+", " ", text))

    def _flush(self) -> None:
        said = "".join(self._inline).strip()
        while said.endswith(BETWEEN_CELLS.strip()):
            said = said.removesuffix(BETWEEN_CELLS.strip()).rstrip()
        if not self._preformatted:
            said = re.sub(r" *\n *", "\n", re.sub(" +", " ", said))
        self._blocks.add(said, self._level)
        self._inline = []


def _is_block(tag: str) -> bool:
    return tag not in INLINE and tag not in CELLS and tag != "br"
