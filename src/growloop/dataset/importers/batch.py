"""Rows as a reader hands them on: values with their numbers, and those that could not even be parsed."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

ROWS_AT_ONCE = 20_000
BYTES_AT_ONCE = 8 << 20
"""Readers hand rows on in batches no larger than this, unless one row alone is: it bounds the memory."""
FIRST_BYTES = 1 << 20
"""The first batch is small: it decides how the rest is read, and is read twice."""


@contextmanager
def no_collection() -> Iterator[None]:
    """Spare Python the search for garbage while many rows are made at once: none of them is garbage yet."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Unreadable(ValueError):
    """A row that cannot be an example; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row set aside."""

    row: int
    """Its line, or its number in the file."""
    reason: str
    original: Any
    """The line where a row is a line, else the row itself."""


@dataclass
class Batch:
    """Some rows of a file, in its order."""

    rows: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: Sequence[str | bytes] | None = None
    """The text of each row, where there is one."""
    rejected: list[Rejected] = field(default_factory=list)
    mended: set[int] = field(default_factory=set)
    """Positions of rows put right while they were parsed."""

    def original(self, position: int) -> Any:
        """The row as it stood in the file."""
        if self.lines is None:
            return self.rows[position]
        line = self.lines[position]
        return line if isinstance(line, str) else line.decode("utf-8", "surrogateescape")

    def part(self, start: int, end: int) -> Batch:
        """Some of the rows, without what was rejected."""
        lines = None if self.lines is None else self.lines[start:end]
        mended = {position - start for position in self.mended if start <= position < end}
        return Batch(self.rows[start:end], self.numbers[start:end], lines, [], mended)


def batches_of(rows: Sequence[Any], numbers: Sequence[int]) -> Iterator[Batch]:
    """Rows that are in memory already, in batches."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        end = start + ROWS_AT_ONCE
        yield Batch(list(rows[start:end]), list(numbers[start:end]))
