"""What an import did, and what it is about to do."""

from __future__ import annotations

from pydantic import Field

from growloop.records.base import Record
from growloop.records.example import Example


class ImportPreview(Record):
    """A file as it is understood before anything is imported."""

    file: str
    format: str
    encoding: str
    """Empty for a file that is no text."""
    columns: dict[str, str] = Field(default_factory=dict)
    """What each role is filled from."""
    examples: tuple[Example, ...] = ()
    """The first of them."""


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
