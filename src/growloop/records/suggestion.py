"""Templates proposed for questions that people ask and the universe does not have."""

from __future__ import annotations

from pydantic import Field

from growloop.records.base import Record


class Suggestion(Record):
    """A template proposed for some questions that are much alike; nobody knows its fact yet."""

    name: str
    ask: tuple[str, ...]
    """Phrasings; what varied within the questions is a slot."""
    slots: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Slots the universe does not have, with the values that were found."""
    new_values: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Slots the universe has, with values that were found and that it lacks."""
    questions: tuple[str, ...]
    """A few of the questions, the most typical first."""
    size: int
    """How many questions are of this kind."""
    fitting: int
    """How many of those its phrasings fit."""
    resembles: str | None = None
    """The declared template whose phrasings are nearest in meaning."""
    resemblance: float | None = None
    """The cosine of the two."""


class Suggestions(Record):
    """What was made of some questions."""

    questions: int
    fitting: int
    """How many fit the universe as it is."""
    clustered: int
    """How many different questions of the rest were compared with each other; of very many, a sample."""
    alone: int
    """How many of those are like too few others to make a template."""
    by_words: bool = False
    """True where they were compared by their words, since no model is installed to tell what they mean."""
    suggestions: tuple[Suggestion, ...]
    """The largest first."""
