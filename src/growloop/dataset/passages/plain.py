"""Plain text and Markdown: the text stays as it is, so that offsets count in the file itself."""

from __future__ import annotations

import re

from growloop.dataset.passages.document import Document, Heading

_FENCE = re.compile(r" {0,3}(```|~~~)")
_MARKED = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")


def read_plain(text: str) -> Document:
    """A text without headings."""
    return Document(text)


def read_markdown(text: str) -> Document:
    """Markdown with its headings, marked by # or underlined; those in fenced code are none."""
    headings: list[Heading] = []
    offset, fence, before = 0, "", ""
    for line in text.split("\n"):
        fenced = _FENCE.match(line)
        if fenced and (not fence or fenced[1] == fence):
            fence = "" if fence else fenced[1]
        elif not fence and (heading := _heading(line, before, offset)):
            headings.append(heading)
        before = "" if fence or fenced else line
        offset += len(line) + 1
    return Document(text, tuple(headings))


def _heading(line: str, before: str, offset: int) -> Heading | None:
    marked = _MARKED.match(line)
    if marked and marked[2]:
        return Heading(offset, offset + len(line), len(marked[1]), marked[2])
    underlined = _UNDERLINE.match(line)
    if underlined and before.strip() and not before.startswith((" " * 4, "\t", ">", "-", "*", "#", "|")):
        level = 1 if underlined[1].startswith("=") else 2
        return Heading(offset - len(before) - 1, offset + len(line), level, before.strip())
    return None
