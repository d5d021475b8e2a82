"""A dataset version: a frozen, content-addressed, leak-checked snapshot of the pool."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

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


class LeakageProof(Record):
    """What was looked at to say that no held-out example has a twin in training, and what was found."""

    similarity: float
    """Texts whose sets of words are at least so alike (Jaccard) count as nearly the same."""
    every_pair: bool
    """True: no pair of them was missed. False: too many to compare; MinHash found nearly all."""
    texts: int
    """Different contexts, or questions without one."""
    compared: int
    """How many comparisons that took."""
    near_pairs: int
    """Pairs of texts that are nearly the same."""
    groups: int
    groups_across: int
    """Groups on more than one side."""
    texts_across: int
    """Texts on more than one side."""
    near_pairs_across: int
    """Pairs of nearly the same texts on two sides; only where somebody bound them there."""
    held_out: int
    """Examples of validation and test."""
    random_split_leaks: int
    """How many of so many held-out examples would have their text, or nearly the same, in train as well, had single
    examples been dealt at random."""

    @property
    def holds(self) -> bool:
        """True where nothing stands on two sides."""
        return self.groups_across == self.texts_across == self.near_pairs_across == 0


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
    proof: LeakageProof | None = None
    """That no side knows another; None in versions of before it was kept."""
    removed: dict[str, int] = Field(default_factory=dict)
    """Examples left out because they repeat another, by how; each is in `removed.parquet` with what it repeats."""
    created: str
    """UTC, ISO 8601."""
