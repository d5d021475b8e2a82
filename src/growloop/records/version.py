"""A dataset version: a frozen, content-addressed, leak-checked snapshot of the pool."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from growloop.records.base import Record


class Finding(Record):
    """What a check found in the data, and what to do about it."""

    check: str
    severity: Literal["info", "warning", "error"]
    examples: tuple[str, ...] = ()
    """Ids of the examples concerned, the first few."""
    count: int = 0
    message: str
    remedy: str = ""


class DatasetVersion(Record):
    """The manifest of a version; its rows are in Parquet files beside it."""

    id: str
    """Hash of the contents: the same examples on the same sides give the same id."""
    parent: str | None = None
    """The version before it."""
    task_hash: str
    recipe: str = ""
    """Hash of what in the task decides the rows and their sides: split, seed, abstain answer."""
    counts: dict[str, int]
    """Examples per split."""
    answerable: dict[str, int]
    """Answerable examples per split."""
    groups: dict[str, int]
    """Groups per split."""
    origins: dict[str, int]
    """Examples per origin."""
    changes: dict[str, int] = Field(default_factory=dict)
    """How many examples were added, removed, relabelled, moved and changed since the parent; empty without one."""
    findings: tuple[Finding, ...] = ()
    created: str
    """UTC, ISO 8601."""
