"""How much may still be asked: a limit on requests, on tokens and on money, held whatever is under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Condition

from growloop.records.remote import Remote
from growloop.remote.endpoint import Reply
from growloop.remote.request import Messages

BYTES_A_TOKEN = 3
"""Tokens are rarely shorter, in any language: what is set aside for a request is seldom too little."""
TOKENS_A_MESSAGE = 8
"""What a chat template adds to each message, about."""
UNLIMITED_REPLY = 1_000
"""Tokens set aside for a reply where the request sets no limit."""


def tokens_at_most(messages: Messages, remote: Remote) -> tuple[int, int]:
    """Tokens that a request sends and gets back, estimated on the high side."""
    sent = sum(len(message["content"].encode("utf-8", "replace")) for message in messages)
    limits = (remote.request.get(name) for name in ("max_tokens", "max_completion_tokens"))
    back = next((limit for limit in limits if isinstance(limit, int)), UNLIMITED_REPLY)
    return sent // BYTES_A_TOKEN + TOKENS_A_MESSAGE * len(messages), back


@dataclass
class Spending:
    """What was spent, what is set aside for requests under way, and whether another may be sent."""

    remote: Remote
    limit: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    asked: int = 0
    _aside: tuple[int, int] = (0, 0)
    _settled: Condition = field(default_factory=Condition, repr=False)

    def allows(self, messages: Messages) -> bool:
        """True where another request stays within all limits; what it may take is set aside.

        Where only what is set aside stands in the way, it waits until that is settled.
        """
        sent, back = tokens_at_most(messages, self.remote)
        with self._settled:
            if self.limit is not None and self.asked >= self.limit:
                return False
            while not self._affords(sent, back):
                if self._aside == (0, 0):
                    return False
                self._settled.wait()
            self.asked += 1
            self._aside = (self._aside[0] + sent, self._aside[1] + back)
            return True

    def _affords(self, sent: int, back: int) -> bool:
        tokens = self.tokens_in + self._aside[0] + sent, self.tokens_out + self._aside[1] + back
        short_enough = self.max_tokens is None or sum(tokens) <= self.max_tokens
        return short_enough and (self.max_cost is None or (self.remote.cost(*tokens) or 0) <= self.max_cost)

    def settle(self, messages: Messages, reply: Reply | None) -> None:
        """Put what a request really took in the place of what was set aside for it."""
        sent, back = tokens_at_most(messages, self.remote)
        with self._settled:
            self._aside = (self._aside[0] - sent, self._aside[1] - back)
            self.tokens_in += reply.tokens_in if reply else 0
            self.tokens_out += reply.tokens_out if reply else 0
            self._settled.notify_all()

    @property
    def cost(self) -> float | None:
        """What was spent; None where no price is given."""
        return self.remote.cost(self.tokens_in, self.tokens_out)
