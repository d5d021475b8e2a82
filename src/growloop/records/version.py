"""A dataset version: a frozen, content-addressed, leak-checked snapshot of the pool."""

from __future__ import annotations

from typing import Literal

from growloop.records.base import Record

Severity = Literal["info", "warning", "error"]


class Finding(Record):
    """What a check found in the data, and what to do about it."""

    check: str
    severity: Severity
    examples: tuple[str, ...] = ()
    """Ids of the examples concerned, the first few."""
    count: int = 0
    message: str
    remedy: str = ""


class DatasetVersion(Record):
    """The manifest of a version; its rows are `examples.parquet` beside it."""

    id: str
    """Hash of the contents: the same examples on the same sides give the same id."""
    parent: str | None = None
    """The version before it."""
    task_hash: str
    counts: dict[str, int]
    """Examples per split."""
    answerable: dict[str, int]
    """Answerable examples per split."""
    groups: dict[str, int]
    """Groups per split."""
    origins: dict[str, int]
    """Examples per origin."""
    findings: tuple[Finding, ...] = ()
    created: str
    """UTC, ISO 8601."""
