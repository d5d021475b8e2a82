"""Cuts long texts into passages at the ends of sentences, each with the place it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

PASSAGES = pl.Schema({"id": pl.String, "text": pl.String, "source": pl.String, "offset": pl.Int64})
"""Passages in bulk: `text` is exactly what stands in `source` from character `offset` on."""

_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[」』”’）]*|\n[ \t]*(?=\n)")
"""Where a sentence ends: an end mark before white space, a CJK end mark, or a blank line."""


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence starts and ends, in characters.

    Cutting after an abbreviation ("approx. two") only makes a sentence shorter: passages are packed from several.

    >>> sentences("Dogs welcome! Open daily.")
    [(0, 13), (14, 25)]
    """
    ends = [match.end() for match in _END.finditer(text)]
    spans = zip([0, *ends], [*ends, len(text)], strict=True)
    return [trimmed for start, end in spans if (trimmed := _trimmed(text, start, end))[0] < trimmed[1]]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def passages_from_texts(texts: pl.DataFrame, *, max_characters: int = 800, overlap: int = 1) -> pl.DataFrame:
    """Passages (a PASSAGES frame) of a frame with `source` and `text`, in order.

    Sentences are packed until `max_characters` would be passed; the next passage begins `overlap`
    sentences earlier, so that what two neighbours say together is found in one of them. A sentence
    longer than the limit is cut at white space. Texts of white space alone give nothing.
    """
    rows: dict[str, list[object]] = {name: [] for name in PASSAGES}
    for source, text in texts.select("source", "text").iter_rows():
        for start, end in _pack(_cut_long(text, sentences(text), max_characters), max_characters, overlap):
            for name, value in zip(PASSAGES, (f"{source}:{start}", text[start:end], source, start), strict=True):
                rows[name].append(value)
    return pl.DataFrame(rows, schema=PASSAGES)


def _pack(spans: list[tuple[int, int]], limit: int, overlap: int) -> Iterator[tuple[int, int]]:
    first = 0
    while first < len(spans):
        last = first
        while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= limit:
            last += 1
        yield spans[first][0], spans[last][1]
        if last + 1 == len(spans):
            return
        first = max(first + 1, last + 1 - overlap)


def _cut_long(text: str, spans: list[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    cut: list[tuple[int, int]] = []
    for start, end in spans:
        while end - start > limit:
            at = text.rfind(" ", start + 1, start + limit + 1)
            at = at if at > start else start + limit
            cut.append((start, at))
            start = at + (text[at] == " ")
        cut.append((start, end))
    return cut
