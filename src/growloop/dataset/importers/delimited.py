"""CSV and its relatives: cells between commas, semicolons, tabs or bars, under a line of column names."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from growloop.dataset.importers.batch import BYTES_AT_ONCE, FIRST_BYTES, ROWS_AT_ONCE, Batch, Rejected, no_collection
from growloop.dataset.importers.encoding import UNDECODED, Survey
from growloop.dataset.importers.source import Source

DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 1 << 25
"""A quote that is never closed swallows what follows; it is given up here at the latest."""
_END = "\x1e\x1eend\x1e\x1e"
"""Put behind some lines: if it comes back as a row of its own, no quote was open before it."""


def read_delimited(source: Source, survey: Survey) -> Iterator[Batch]:
    """The rows of a CSV or TSV file; a row's number is the line it begins on. Empty lines are no rows."""
    delimiter = delimiter_of(_head(source, survey), source.name)
    with source.text(survey.encoding) as text:
        table = _Table(text, delimiter)
        header = unique_names(next(table, []))
        size = FIRST_BYTES
        while lines := text.readlines(size):
            with no_collection():
                batch = _clean_batch(lines, delimiter, header, table.line)
            if batch is None:
                batch = Batch()
                table.put_back(lines)
                for cells in table:
                    _take(batch, table, cells, header)
                    if not table.waiting:
                        break
            else:
                table.line += len(lines)
            size = BYTES_AT_ONCE
            for start in range(0, max(len(batch.rows), 1), ROWS_AT_ONCE):
                part = batch.part(start, start + ROWS_AT_ONCE)
                part.rejected, batch.rejected = batch.rejected, []
                yield part


def _clean_batch(lines: list[str], delimiter: str, header: list[str], before: int) -> Batch | None:
    """The rows of some lines; None where a row may run on behind them, or one does not fit the header."""
    reader = csv.reader([*lines, _END], delimiter=delimiter, strict=True)
    rows, numbers = [], []
    begins = before + 1
    try:
        for cells in reader:
            is_closed = cells == [_END]
            if len(cells) == len(header) and not is_closed:
                rows.append(cells)
                numbers.append(begins)
            elif cells and not is_closed:
                return None
            begins = before + reader.line_num + 1
        if not is_closed or UNDECODED.search("".join(line for line in lines if not line.isascii())):
            return None
    except csv.Error:
        return None
    return Batch([dict(zip(header, cells, strict=True)) for cells in rows], numbers)


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


def _take(batch: Batch, table: _Table, cells: list[str], header: list[str]) -> None:
    """Add a row to a batch, or set it aside; one that runs over several lines and does not fit loses the first only."""
    row = None if table.is_unclosed else row_of(cells, header)
    if row is not None and not any(UNDECODED.search(cell) for cell in cells if not cell.isascii()):
        batch.rows.append(row)
        batch.numbers.append(table.begins)
    elif row is not None:
        batch.rejected.append(Rejected(table.begins, "not UTF-8 text", cells))
    elif not cells and not table.is_unclosed:
        return
    elif table.is_unclosed or table.spans_lines:
        first = table.retreat()
        batch.rejected.append(Rejected(table.begins, "a quote is opened and never closed", first))
    else:
        reason = f"{len(cells)} cells where the header has {len(header)}"
        batch.rejected.append(Rejected(table.begins, reason, cells))


class _Table:
    """A csv reader that knows where each row begins, and can take back all lines of a row but its first."""

    def __init__(self, text: TextIO, delimiter: str) -> None:
        csv.field_size_limit(LONGEST_CELL)
        self._text = text
        self._delimiter = delimiter
        self._back: deque[str] = deque()
        self._lines: list[str] = []
        self.line = 0
        """The line that was read last."""
        self.begins = 0
        self.is_unclosed = False

    def __iter__(self) -> _Table:
        return self

    def __next__(self) -> list[str]:
        self.begins, self._lines, self._has_ended = self.line + 1, [], False
        try:
            cells = next(csv.reader(self._each_line(), delimiter=self._delimiter, strict=True))
            self.is_unclosed = False
        except csv.Error:  # a quote that is not closed, or closed by the opening one of another cell
            self.is_unclosed = self._has_ended or self.spans_lines
            cells = [] if self.is_unclosed else self._leniently()
        return cells

    def _leniently(self) -> list[str]:
        """The cells of a line whose quotes are not doubled as they should be."""
        try:
            return next(csv.reader(self._lines, delimiter=self._delimiter))
        except csv.Error:  # longer than any real cell
            self.is_unclosed = True
            return []

    @property
    def waiting(self) -> bool:
        """True while lines that were put back are not read again."""
        return bool(self._back)

    @property
    def spans_lines(self) -> bool:
        return len(self._lines) > 1

    def put_back(self, lines: list[str]) -> None:
        """Lines to be read next."""
        self._back.extend(lines)

    def retreat(self) -> str:
        """Go on behind the first line of the present row, and return that line."""
        first, *rest = self._lines
        self._back.extendleft(reversed(rest))
        self.line = self.begins
        return first.rstrip("\r\n")

    def _each_line(self) -> Iterator[str]:
        while line := self._back.popleft() if self._back else self._text.readline():
            self._lines.append(line)
            self.line += 1
            yield line
        self._has_ended = True


def _head(source: Source, survey: Survey) -> str:
    with source.text(survey.encoding) as text:
        return text.read(1 << 16)
