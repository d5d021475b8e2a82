"""One JSON object a line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from growloop.dataset.importers.batch import (
    BYTES_AT_ONCE,
    FIRST_BYTES,
    ROWS_AT_ONCE,
    Batch,
    Rejected,
    Unreadable,
    no_collection,
)
from growloop.dataset.importers.encoding import Survey
from growloop.dataset.importers.json_values import keys_in, keys_written, parse_carefully
from growloop.dataset.importers.source import Source

Line = str | bytes
UTF8 = ("utf-8", "utf-8-sig")
"""Encodings of which lines are bytes."""


def read_jsonl(source: Source, survey: Survey) -> Iterator[Batch]:
    """The rows of a JSONL file; a row's number is its line."""
    for lines, first, text in read_lines(source, survey):
        yield from batches_of_lines(lines, range(first, first + len(lines)), text)


def read_lines(source: Source, survey: Survey) -> Iterator[tuple[list[Any], int, Any]]:
    """Some lines at a time, the number of the first of them, and their text: bytes where the file is UTF-8."""
    is_utf8 = survey.encoding in UTF8  # parsed as bytes, without decoding them first
    opened: Any = source.stream() if is_utf8 else source.text(survey.encoding, newline="\n")
    end: Any = b"\n" if is_utf8 else "\n"
    with opened as text:
        if survey.encoding == "utf-8-sig":
            text.read(len(codecs.BOM_UTF8))
        number, size = 1, FIRST_BYTES
        while several := text.read(size):
            several += text.readline()
            lines = several.removesuffix(end).split(end)
            yield lines, number, several
            number, size = number + len(lines), BYTES_AT_ONCE


def batches_of_lines(lines: Sequence[Line], numbers: Sequence[int], text: Line) -> Iterator[Batch]:
    """The rows that lines with these numbers hold."""
    with no_collection():
        batch = parse_lines(lines, numbers, text)
    for start in range(0, max(len(batch.rows), 1), ROWS_AT_ONCE):
        part = batch.part(start, start + ROWS_AT_ONCE)
        part.rejected, batch.rejected = batch.rejected, []
        yield part


def parse_lines(lines: Sequence[Line], numbers: Sequence[int], text: Line) -> Batch:
    """The lines of a text as values; lines of spaces are no rows."""
    rows: list[Any] = []
    kept: list[int] = []
    texts: list[Line] = []
    rejected: list[Rejected] = []
    mended: set[int] = set()
    is_clean = True
    for number, line in zip(numbers, lines, strict=True):
        try:
            rows.append(orjson.loads(line))
        except ValueError:
            if not line.strip():
                continue
            is_clean = False
            parsed = _parse(number, line)
            if isinstance(parsed, Rejected):
                rejected.append(parsed)
                continue
            value, was_mended = parsed
            if was_mended:
                mended.add(len(rows))
            rows.append(value)
        kept.append(number)
        texts.append(line)
    batch = Batch(rows, kept, texts, rejected, mended)
    return batch if is_clean and _repeats_no_key(text, rows) else _looked_at_again(batch)


def _repeats_no_key(text: Line, rows: list[Any]) -> bool:
    """True where as many keys were read as written: of two with one name orjson keeps the last without a word."""
    mark, rare = ('":', '" :') if isinstance(text, str) else (b'":', b'" :')
    if all(type(row) is dict for row in rows) and rare not in text and text.count(mark) == sum(map(len, rows)):  # type: ignore[operator,arg-type]
        return True
    return keys_written(text) == sum(map(keys_in, rows))


def _looked_at_again(batch: Batch) -> Batch:
    """The batch with each line read carefully that may hold a key twice."""
    lines: list[Line] = []
    kept = Batch(lines=lines, rejected=batch.rejected)
    for position, line in enumerate(batch.lines or []):
        row, is_mended = batch.rows[position], position in batch.mended
        if not is_mended and keys_written(line) != keys_in(row):
            parsed = _parse(batch.numbers[position], line)
            if isinstance(parsed, Rejected):
                kept.rejected.append(parsed)
                continue
            row, is_mended = parsed
        if is_mended:
            kept.mended.add(len(lines))
        kept.rows.append(row)
        kept.numbers.append(batch.numbers[position])
        lines.append(line)
    return kept


def _parse(number: int, line: Line) -> tuple[Any, bool] | Rejected:
    text = line.rstrip("\r\n") if isinstance(line, str) else line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
    try:
        return parse_carefully(text)
    except Unreadable as reason:
        return Rejected(number, str(reason), text)
