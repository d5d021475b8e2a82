"""What an import did, and what it is about to do."""

from __future__ import annotations

from pydantic import Field

from growloop.records.base import Record
from growloop.records.example import Example, SplitName

SHOWN_REJECTED = 50
"""How many of the rejected rows a report shows; `rejected.jsonl` has them all."""


class ImportOptions(Record):
    """What a person may say about a file; the rest is recognised."""

    format: str | None = None
    encoding: str | None = None
    mapping: dict[str, str] = Field(default_factory=dict)
    """Role → column."""
    where: dict[str, str] = Field(default_factory=dict)
    """Coordinate → column."""
    separator: str = ""
    repair_text: bool = False
    split: SplitName | None = None
    """Binds all rows to one side."""


class ImportPreview(Record):
    """A file as it is understood before anything is imported."""

    file: str
    format: str
    encoding: str
    """Empty for a file that is no text."""
    columns: dict[str, str] = Field(default_factory=dict)
    """What each role is filled from."""
    names: tuple[str, ...] = ()
    """All columns, those without a role too."""
    examples: tuple[Example, ...] = ()
    """The first of them."""


class RejectedRow(Record):
    """A row that could not be read, and why."""

    file: str
    row: int
    """Its line, or its number in the file."""
    reason: str
    original: str
    """As it stood in the file, cut where it is long."""


class ImportReport(Record):
    """What an import did with every row: `rows` = `accepted` + `duplicates` + `rejected`."""

    rows: int
    accepted: int
    duplicates: int
    """Rows whose content the pool had already, or that repeat an earlier row."""
    rejected: int
    repaired: int
    """Rows taken over with a correction: an answer offset, half a character, a NUL, mojibake if asked for."""
    mojibake: int
    """Rows in which text looks wrongly decoded, repaired or not."""
    mojibake_example: str | None = None
    files: tuple[str, ...] = ()
    first_rejected: tuple[RejectedRow, ...] = ()
    """The first of the rejected rows."""
