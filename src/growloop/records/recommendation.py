"""Recommendation: what to gather next about what fails, how much, why, and what it should bring."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from growloop.records.base import Record
from growloop.records.coverage import Draw
from growloop.records.estimate import Estimate

Action = Literal["draw", "add_negatives", "add_slot_values", "annotate", "collect", "relabel", "fix_retrieval", "stop"]


class Recommendation(Record):
    """One thing to do next."""

    number: int
    """By which it is named, and stays named while what is recommended after a run changes."""
    action: Action
    where: dict[str, str]
    """The failing slice: coordinates, and features read off the texts, whose names begin with `text.`."""
    words: str
    """The slice in words."""
    how_many: int = 0
    because: str
    expected_gain: Estimate | None = None
    """In the share of right answers over all evaluated questions; None where nothing measured says."""
    labels: int = 0
    """How many a person has to give for it."""
    draws: tuple[Draw, ...] = ()
    """What growloop would draw from the universe; empty where a person is needed."""
    evidence: tuple[str, ...] = ()
    """Ids of examples that fail there."""

    @property
    def name(self) -> str:
        """What it is, however much of it is asked for: the same action for the same slice has the same name."""
        return f"{self.action} {sorted(self.where.items())} {self.words}"

    def asks_as(self, other: Recommendation) -> bool:
        """True where following either would gather the same."""
        return (self.name, self.how_many, self.draws) == (other.name, other.how_many, other.draws)


class Recommendations(Record):
    """What to do next, from one evaluation run."""

    run: str
    version: str
    key: str
    """Changes with everything they follow from."""
    items: tuple[Recommendation, ...]
    """The one expected to bring most first."""
    numbers: dict[str, int] = Field(default_factory=dict)
    """The number of everything that was ever recommended after the run, by name: none is given twice."""
    notes: tuple[str, ...] = ()


class Taken(Record):
    """A recommendation that was followed."""

    run: str
    """The evaluation run it was read from."""
    recommendation: Recommendation
    added: int
    """How many examples it brought into the pool, or into the queue."""
    at: str
    """UTC, ISO 8601."""
    seen_gain: Estimate | None = None
    """What the next turn gained there, in the unit of `expected_gain`, on the questions that both turns answered."""
