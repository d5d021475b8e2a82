"""One JSON object a line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any

import orjson

from growloop.dataset.importers.batch import BYTES_AT_ONCE, ROWS_AT_ONCE, Batch, Rejected, Unreadable
from growloop.dataset.importers.encoding import Survey
from growloop.dataset.importers.json_values import keys_in, keys_written, parse_carefully
from growloop.dataset.importers.source import Source


def read_jsonl(source: Source, survey: Survey) -> Iterator[Batch]:
    """The rows of a JSONL file; a row's number is its line."""
    is_utf8 = survey.encoding in ("utf-8", "utf-8-sig")  # parsed as bytes, without decoding them first
    opened: Any = source.stream() if is_utf8 else source.text(survey.encoding, newline="\n")
    with opened as lines:
        if survey.encoding == "utf-8-sig":
            lines.read(len(codecs.BOM_UTF8))
        number = 1
        while several := lines.readlines(BYTES_AT_ONCE):
            for start in range(0, len(several), ROWS_AT_ONCE):
                some = several[start : start + ROWS_AT_ONCE]
                yield parse_lines(some, number)
                number += len(some)


def parse_lines(lines: list[Any], first: int) -> Batch:
    """A batch of lines as values; lines of spaces are no rows."""
    batch = Batch(lines=[])
    assert batch.lines is not None
    for number, line in enumerate(lines, start=first):
        try:
            value = orjson.loads(line)
        except ValueError:
            if line.strip():
                _parse_slowly(batch, number, line)
            continue
        batch.rows.append(value)
        batch.numbers.append(number)
        batch.lines.append(line)
    if _no_key_repeats(batch):
        return batch
    again = Batch(lines=[], rejected=batch.rejected)
    for position, (number, line) in enumerate(zip(batch.numbers, batch.lines, strict=True)):
        if position in batch.mended:
            again.mended.add(len(again.rows))
        if keys_written(line) == keys_in(batch.rows[position]):
            again.rows.append(batch.rows[position])
            again.numbers.append(number)
            assert again.lines is not None
            again.lines.append(line)
        else:
            _parse_slowly(again, number, line)
    return again


def _no_key_repeats(batch: Batch) -> bool:
    """True where as many keys were read as written; orjson keeps the last of two without a word."""
    lines: list[Any] = batch.lines or []
    written = keys_written(lines[0][:0].join(lines)) if lines and len({*map(type, lines)}) == 1 else -1
    if all(type(row) is dict for row in batch.rows) and written == sum(map(len, batch.rows)):
        return True
    return written == sum(map(keys_in, batch.rows))


def _parse_slowly(batch: Batch, number: int, line: str | bytes) -> None:
    text = line.rstrip("\r\n") if isinstance(line, str) else line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
    try:
        value, mended = parse_carefully(text)
    except Unreadable as reason:
        batch.rejected.append(Rejected(number, str(reason), text))
        return
    if mended:
        batch.mended.add(len(batch.rows))
    batch.rows.append(value)
    batch.numbers.append(number)
    assert batch.lines is not None
    batch.lines.append(text)
