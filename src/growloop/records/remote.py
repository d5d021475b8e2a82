"""How a model behind an endpoint is asked, and what asking it has cost."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from growloop.records.base import Record


class Remote(Record):
    """How a model behind an endpoint is asked. Its address, name and key are in the environment, never in a file."""

    request: dict[str, Any] = Field(default_factory=lambda: {"temperature": 0, "max_tokens": 200})
    """What is sent beside the model and the messages, as the endpoint wants it."""
    at_once: int = Field(default=8, ge=1, le=256)
    """Requests under way at one time."""
    seconds: float = Field(default=60.0, gt=0)
    """A request that takes longer is given up, and tried again."""
    tries: int = Field(default=6, ge=1)
    """How often a request is sent at most, where the endpoint is busy or broken."""
    price_in: float | None = Field(default=None, ge=0)
    """Of a million tokens that are sent."""
    price_out: float | None = Field(default=None, ge=0)
    """Of a million tokens that come back."""

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """What so many tokens cost; None where no price is given.

        >>> Remote(price_in=2.0, price_out=10.0).cost(1_000_000, 100_000)
        3.0
        """
        if self.price_in is None and self.price_out is None:
            return None
        return ((self.price_in or 0) * tokens_in + (self.price_out or 0) * tokens_out) / 1_000_000
