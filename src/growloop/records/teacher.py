"""A teacher: a model behind an endpoint that drafts answers; how it is asked, and what came of it."""

from __future__ import annotations

from pydantic import Field

from growloop.records.base import Record
from growloop.records.remote import Remote


class Teacher(Remote):
    """How a teacher is asked, and which of its answers are used."""

    longest_answer: int = Field(default=500, ge=1)
    """Characters; a longer answer is not used."""


class Taught(Record):
    """What came of asking a teacher."""

    model: str
    drafts: int
    """How many had no answer of this teacher."""
    answered: int = 0
    abstained: int = 0
    """Those that the teacher says cannot be answered."""
    paraphrased: int = 0
    """Questions put in other words."""
    unusable: dict[str, int] = Field(default_factory=dict)
    """Answers that failed a check, by what is wrong with them."""
    failed: dict[str, int] = Field(default_factory=dict)
    """Drafts to which no reply came, by the reason; the same command asks again."""
    requests: int = 0
    """Those sent, those sent again among them."""
    cached: int = 0
    """Replies that were known already."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None

    @property
    def left(self) -> int:
        """How many drafts were not asked about: the limit or the budget was reached."""
        used = self.answered + self.abstained + self.paraphrased
        return self.drafts - used - sum(self.unusable.values()) - sum(self.failed.values())
