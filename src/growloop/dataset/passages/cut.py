"""Cuts a document into passages of about 150 words, at the ends of paragraphs and sentences.

No passage overlaps another and none begins or ends with white space; together they hold all of the text. A
heading stands with what follows it, and begins a passage where the one before is long enough to stand alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from growloop.dataset.passages.document import Document, Heading

AIM = 150
"""Words of a passage: long enough for a fact with its surroundings, short enough for a small reader's window."""
MOST = 180
"""A sentence of more words is cut between words."""
FEWEST = 40
"""What stands between two headings is a passage of its own from so many words on."""
PARAGRAPH_PULL = 30
"""So many words shorter or longer may a passage be to end with a paragraph instead of a sentence."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_CJK}]|[^\s{_CJK}]{{1,40}}")
"""A word; a character where writing has no spaces; a piece of something endless."""
_END = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])[」』”’）]*")
"""Where a unit ends: at a blank line, at an end mark before white space, or at a CJK end mark."""
_NUMBERING = re.compile(r"[ \t]*\(?\w{1,3}\.[ \t]")
"""The number of a list item, whose full stop ends nothing."""
_LONGEST_NUMBERING = 20
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document: `text[offset:end]`."""

    offset: int
    end: int
    heading: str
    """The headings it stands under, the highest first; empty where there are none."""
    page: int | None
    """The page it begins on, from 1."""


@dataclass(slots=True)
class _Unit:
    start: int
    end: int
    words: int
    ends_paragraph: bool
    heading: bool
    """It begins with one."""


def passages(document: Document) -> list[Passage]:
    """The passages of a document in order; none where it holds white space alone."""
    spans = [span for part in _parts(_units(document)) for span in _cut(part)]
    headings = _Headings(document)
    return [Passage(offset, end, headings.over(offset), _page(document.pages, offset)) for offset, end in spans]


def _units(document: Document) -> list[_Unit]:
    """Sentences and headings in order; a heading and the sentence after it are one unit."""
    text = document.text
    heads, edges = _edges(document)
    units: list[_Unit] = []
    waiting: int | None = None
    for start, end in pairwise(edges):
        first, last = _trimmed(text, start, end)
        if first == last:
            continue
        if start in heads:
            waiting = first if waiting is None else waiting
            continue
        ends = end == len(text) or _BLANK_LINE.search(text, last, end) is not None
        units += _short(text, first if waiting is None else waiting, last, ends, waiting is not None)
        waiting = None
    if waiting is not None:  # the text ends with a heading
        units += _short(text, waiting, len(text.rstrip()), True, True)
    return units


def _edges(document: Document) -> tuple[set[int], list[int]]:
    """Where headings begin, and all places at which the text may be cut, in order."""
    text = document.text
    edges = {0, len(text), *(match.end() for match in _END.finditer(text) if not _numbers(text, match.start()))}
    heads = set()
    for heading in document.headings:
        if heading.end > heading.offset:
            edges.difference_update(range(heading.offset + 1, heading.end))  # "1. Care" is no sentence and a half
            edges |= {heading.offset, heading.end}
            heads.add(heading.offset)
    return heads, sorted(edges)


def _numbers(text: str, at: int) -> bool:
    """True where the full stop before this place only ends the number of a list item."""
    line = text.rfind("\n", max(0, at - _LONGEST_NUMBERING), at) + 1
    numbering = _NUMBERING.match(text, line) if line or at <= _LONGEST_NUMBERING else None
    return numbering is not None and numbering.end() > at


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    first = end - len(piece.lstrip())
    return first, max(first, start + len(piece.rstrip()))


def _short(text: str, start: int, end: int, ends_paragraph: bool, heading: bool) -> Iterator[_Unit]:
    """What stands there as a unit, or as several where it has more words than a passage may have."""
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    at = 0
    while at < len(words):
        size = _size(text, words[at : at + MOST + 1])
        piece, last = words[at : at + size], at + size == len(words)
        yield _Unit(piece[0][0], piece[-1][1], size, ends_paragraph and last, heading and at == 0)
        at += size


def _size(text: str, words: list[tuple[int, int]]) -> int:
    """How many of the words make a unit: all if they are not too many, else up to the last line end if one is near."""
    if len(words) <= MOST:
        return len(words)
    line_ends = (at for at in range(MOST, MOST // 2, -1) if "\n" in text[words[at - 1][1] : words[at][0]])
    return next(line_ends, MOST)


def _parts(units: list[_Unit]) -> Iterator[list[_Unit]]:
    """What is cut as one: from heading to heading, short stretches joined with what follows."""
    part: list[_Unit] = []
    words = 0
    for unit in units:
        if unit.heading and words >= FEWEST:
            yield part
            part, words = [], 0
        part.append(unit)
        words += unit.words
    if part:
        yield part


def _cut(part: list[_Unit]) -> Iterator[tuple[int, int]]:
    """Passages of nearly equal length, the ends of paragraphs preferred."""
    words = list(accumulate(unit.words for unit in part))
    count = max(1, round(words[-1] / AIM))
    first = 0
    for number in range(1, count):
        wanted = words[-1] * number / count
        near = range(
            max(first, bisect_left(words, wanted - PARAGRAPH_PULL)),
            min(len(part) - 1, bisect_right(words, wanted + PARAGRAPH_PULL) + 1),
        )
        if near:
            last = min(near, key=lambda at: abs(words[at] - wanted) + _pull(part[at], part[at + 1]))
            yield part[first].start, part[last].end
            first = last + 1
    yield part[first].start, part[-1].end


def _pull(unit: _Unit, after: _Unit) -> int:
    """How much worse than the end of a paragraph it is to cut here, in words."""
    return 0 if unit.ends_paragraph or after.heading else PARAGRAPH_PULL


class _Headings:
    """Under which headings a place of the text stands."""

    def __init__(self, document: Document) -> None:
        self._text = document.text
        self._headings = document.headings
        self._offsets = [heading.offset for heading in document.headings]
        self._paths: list[str] = []
        above: list[Heading] = []
        for heading in document.headings:
            above = [*(one for one in above if one.level < heading.level), heading]
            self._paths.append(" > ".join(dict.fromkeys(one.title for one in above)))

    def over(self, offset: int) -> str:
        """The path of headings over the text that begins here, those it begins with among them."""
        at = bisect_right(self._offsets, offset) - 1
        while 0 <= at < len(self._headings) - 1 and self._begins_with(offset, at, at + 1):
            at += 1
        return self._paths[at] if at >= 0 else ""

    def _begins_with(self, offset: int, heading: int, after: int) -> bool:
        """True where a heading that begins at this place is followed by another at once."""
        end = self._headings[heading].end
        return end > offset and not self._text[end : self._offsets[after]].strip()


def _page(pages: tuple[int, ...], offset: int) -> int | None:
    return bisect_right(pages, offset) if pages else None
