"""How large a universe is, and how far the pool covers it."""

from __future__ import annotations

from growloop.records.base import Record
from growloop.records.estimate import Estimate


class Size(Record):
    """How many different questions a universe holds, none of them listed."""

    size: int
    templates: dict[str, int]
    negatives: dict[str, int]
    """By kind of negative; `none` are the answerable ones."""
    variations: int
    """How many wordings each question has, the plain one among them."""
    found: tuple[str, ...] = ()
    """Kinds of negatives that are found rather than declared, so that they cannot be counted."""


class Region(Record):
    """A place in the universe, how many examples the pool has there, and how many it should have."""

    where: dict[str, str]
    have: int
    wanted: int


class Draw(Record):
    """One call of `draw`."""

    where: dict[str, str]
    n: int


class Covered(Record):
    """How far the combinations of some coordinates are covered."""

    coordinates: tuple[str, ...]
    combinations: int
    covered: int
    """How many have an example at least."""
    thin: int
    """How many have one, and fewer than wanted."""


class Crossed(Record):
    """Two coordinates against each other: how many examples each combination has that a universe has."""

    rows: str
    columns: str
    at_least: int
    """How many are wanted of every combination."""
    counts: tuple[tuple[str, str, int], ...]
    """Row, column and count of each combination, in the order of the universe; those it lacks are left out."""


class Charted(Record):
    """One combination of two coordinates: how many examples it has, and how well a model answers them."""

    row: str
    column: str
    have: int
    """Accepted examples of the pool."""
    possible: bool = True
    """False where the universe lacks the combination, and the pool has examples there all the same."""
    score: Estimate | None = None
    """By the last evaluation, with its interval; None where it asked nothing there."""
    wrong: int = 0
    """How many of its questions were not answered wholly right."""


class UniverseMap(Record):
    """Two coordinates against each other: coverage and score of every combination."""

    rows: str
    columns: str
    known: tuple[str, ...]
    """The coordinates that can be its sides."""
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    row_values: int
    """How many values there are; where that is more than `row_names`, those that need most are shown."""
    column_values: int
    at_least: int
    """How many examples are wanted of every combination."""
    metric: str = ""
    run: str | None = None
    """The evaluation that the scores are from."""
    cells: tuple[Charted, ...]


class Unlisted(Record):
    """A value that questions ask about and that its slot does not have."""

    template: str
    slot: str
    value: str
    count: int


class Alike(Record):
    """A question, and how many are much like it; itself counts."""

    question: str
    count: int


class Meant(Record):
    """A question that fits the words of no phrasing, and the template that it means."""

    question: str
    template: str
    similarity: float
    """The cosine of the two, less what all templates have in common."""


class CoverageReport(Record):
    """How far the pool covers the universe, and the shortest list of draws that fills the gaps."""

    strength: int
    at_least: int
    examples: int
    outside: int
    """Examples that lie nowhere in the declared universe."""
    by: tuple[Covered, ...]
    mapped: int = 0
    """Examples without coordinates of their own, imported or written by hand, whose question fits a template."""
    by_meaning: int | None = None
    """How many of those are mapped by what they mean; None where nothing could tell what questions mean."""
    meant: tuple[Meant, ...] = ()
    """Some of those, the least near first."""
    unlisted: tuple[Unlisted, ...] = ()
    """What such questions ask about and slots lack, the most frequent first."""
    outside_questions: tuple[Alike, ...] = ()
    """The most typical of the questions outside."""
    regions: tuple[Region, ...]
    """Those that lack most come first."""
    draws: tuple[Draw, ...]

    @property
    def combinations(self) -> int:
        """How many combinations there are."""
        return sum(covered.combinations for covered in self.by)

    @property
    def covered(self) -> int:
        """How many of them have an example at least."""
        return sum(covered.covered for covered in self.by)

    @property
    def thin(self) -> int:
        """How many of them have one, and fewer than wanted."""
        return sum(covered.thin for covered in self.by)
