"""A teacher: a model behind an endpoint that drafts answers; how it is asked, and what came of it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from growloop.records.base import Record


class Teacher(Record):
    """How a teacher is asked. Its address, name and key are in the environment, never in a file."""

    request: dict[str, Any] = Field(default_factory=lambda: {"temperature": 0, "max_tokens": 200})
    """What is sent beside the model and the messages, as the endpoint wants it."""
    at_once: int = Field(default=8, ge=1, le=256)
    """Requests under way at one time."""
    seconds: float = Field(default=60.0, gt=0)
    """A request that takes longer is given up, and tried again."""
    tries: int = Field(default=6, ge=1)
    """How often a request is sent at most, where the endpoint is busy or broken."""
    longest_answer: int = Field(default=500, ge=1)
    """Characters; a longer answer is not used."""
    price_in: float | None = Field(default=None, ge=0)
    """Of a million tokens that are sent."""
    price_out: float | None = Field(default=None, ge=0)
    """Of a million tokens that come back."""

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """What so many tokens cost; None where no price is given.

        >>> Teacher(price_in=2.0, price_out=10.0).cost(1_000_000, 100_000)
        3.0
        """
        if self.price_in is None and self.price_out is None:
            return None
        return ((self.price_in or 0) * tokens_in + (self.price_out or 0) * tokens_out) / 1_000_000


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
