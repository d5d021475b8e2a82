"""CSV and its relatives: cells between commas, semicolons, tabs or bars, under a line of column names."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator
from typing import TextIO

from growloop.dataset.importers.batch import BYTES_AT_ONCE, ROWS_AT_ONCE, Batch, Rejected
from growloop.dataset.importers.encoding import UNDECODED, Survey
from growloop.dataset.importers.source import Source

DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 1 << 28
"""A quote that is never closed swallows what follows; it is given up here at the latest."""


def read_delimited(source: Source, survey: Survey) -> Iterator[Batch]:
    """The rows of a CSV or TSV file; a row's number is the line it begins on. Empty lines are no rows."""
    delimiter = delimiter_of(_head(source, survey), source.name)
    skip: int | None = 0
    while skip is not None:
        with source.text(survey.encoding) as text:
            table = _Table(text, delimiter)
            header = unique_names(next(table, ()))
            skip = yield from _rows(table, header, skip)


def delimiter_of(head: str, name: str) -> str:
    """The delimiter of a text: the one that divides its first rows into the most columns, evenly.

    >>> delimiter_of("question;answer\\nDogs, too?;no\\n", "x")
    ';'
    """
    best, columns = "\t" if name.endswith((".tsv", ".tab", ".tsv.gz", ".tsv.zst")) else ",", 1
    for delimiter in DELIMITERS:
        rows = [row for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if row][:20]
        width = len(rows[0]) if rows else 0
        even = sum(len(row) == width for row in rows[: len(rows) - 1 or 1]) > len(rows) / 2 if rows else False
        if width > columns and (even or len(rows) < 3):
            best, columns = delimiter, width
    return best


def unique_names(cells: list[str] | tuple[str, ...]) -> list[str]:
    """Column names, the second of a name called `name (2)`, a nameless one by its number."""
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {position}"
        times = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({times + 1})" if times else name)
    return names


def row_of(cells: list[str], header: list[str]) -> dict[str, str] | None:
    """The cells under their names; None where there are fewer, or more that are not empty."""
    if len(cells) == len(header):
        return dict(zip(header, cells, strict=True))
    if len(cells) > len(header) and not any(cells[len(header) :]):
        return dict(zip(header, cells, strict=False))
    return None


def _rows(table: _Table, header: list[str], after: int) -> Generator[Batch, None, int | None]:
    """Batches of the rows that begin after a line; returns the line of a quote that is never closed, else None."""
    batch, size = Batch(), 0
    for cells in table:
        if not cells or table.begins <= after:
            continue
        if table.unclosed:
            batch.rejected.append(Rejected(table.begins, "a quote is opened and never closed", table.first_line))
            yield batch
            return table.begins
        row = row_of(cells, header)
        if row is None:
            reason = f"{len(cells)} cells where the header has {len(header)}"
            batch.rejected.append(Rejected(table.begins, reason, cells))
        elif any(UNDECODED.search(cell) for cell in cells if not cell.isascii()):
            batch.rejected.append(Rejected(table.begins, "not UTF-8 text", cells))
        else:
            batch.rows.append(row)
            batch.numbers.append(table.begins)
        size += table.size
        if len(batch.rows) + len(batch.rejected) == ROWS_AT_ONCE or size > BYTES_AT_ONCE:
            yield batch
            batch, size = Batch(), 0
    yield batch
    return None


class _Table:
    """A csv reader that knows where each row begins, and whether its last quote was closed."""

    def __init__(self, text: TextIO, delimiter: str) -> None:
        csv.field_size_limit(LONGEST_CELL)
        self._text = text
        self._reader = csv.reader(self._lines(), delimiter=delimiter)
        self.begins, self.size = 0, 0
        self.first_line = ""
        self.unclosed = False
        self._ended = False

    def __iter__(self) -> _Table:
        return self

    def __next__(self) -> list[str]:
        self.begins, self.size, self.first_line = self._reader.line_num + 1, 0, ""
        try:
            return next(self._reader)
        except csv.Error:  # a cell longer than any real one
            self.unclosed = True
            return [self.first_line]
        finally:
            self.unclosed = self.unclosed or (self._ended and self.size > 0)

    def _lines(self) -> Iterator[str]:
        for line in self._text:
            self.first_line = self.first_line or line
            self.size += len(line)
            yield line
        self._ended = True


def _head(source: Source, survey: Survey) -> str:
    with source.text(survey.encoding) as text:
        return text.read(1 << 16)
