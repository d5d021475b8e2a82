"""Logging in: a few wrong passwords, then a wait; a few hashes at a time, since each takes memory."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request

from growloop.errors import NotFound
from growloop.people import People
from growloop.records.people import Person

WINDOW_SECONDS = 15 * 60
MOST_FOR_A_NAME = 10
MOST_FROM_AN_ADDRESS = 50
"""Behind a proxy, or at an office, many people have one address."""
_MOST_KEPT = 10_000


class Attempts:
    """Failed attempts of late, by name and by address.

    >>> attempts = Attempts(clock=lambda: 0.0)
    >>> for _ in range(10):
    ...     attempts.begin("ada", "10.0.0.7")
    >>> attempts.seconds_to_wait("ada", "10.0.0.8"), attempts.seconds_to_wait("bo", "10.0.0.7")
    (900.0, 0.0)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun: dict[tuple[str, str], list[float]] = defaultdict(list)

    def seconds_to_wait(self, name: str, address: str) -> float:
        """How long until another attempt is heard."""
        limits = ((("name", name), MOST_FOR_A_NAME), (("address", address), MOST_FROM_AN_ADDRESS))
        return max(self._wait(of, most) for of, most in limits)

    def begin(self, name: str, address: str) -> None:
        """Count an attempt, before it is known how it ends: many at once are no way round."""
        if len(self._begun) > _MOST_KEPT:
            self._begun = defaultdict(list, {of: kept for of, kept in self._begun.items() if self._recent(kept)})
        for of in (("name", name), ("address", address)):
            self._begun[of] = [*self._recent(self._begun[of]), self._clock()]

    def succeed(self, name: str, address: str) -> None:
        """Forget those of a name, and the last one from an address."""
        self._begun.pop(("name", name), None)
        self._begun[("address", address)] = self._begun[("address", address)][:-1]

    def _wait(self, of: tuple[str, str], most: int) -> float:
        recent = self._recent(self._begun.get(of, []))
        return recent[-most] + WINDOW_SECONDS - self._clock() if len(recent) >= most else 0.0

    def _recent(self, moments: list[float]) -> list[float]:
        return [moment for moment in moments if moment > self._clock() - WINDOW_SECONDS]


class Reception:
    """The people of a project, as the routes meet them: off the event loop."""

    def __init__(self, people: People, attempts: Attempts | None = None) -> None:
        self.people = people
        self._attempts = attempts or Attempts()

    @cached_property
    def _few_at_a_time(self) -> CapacityLimiter:
        return CapacityLimiter(2)

    async def log_in(self, name: str, password: str, address: str) -> tuple[str, Person] | None:
        """As `People.log_in`. Raises HTTPException 429 after too many attempts."""
        key = " ".join(name.casefold().split())
        wait = self._attempts.seconds_to_wait(key, address)
        if wait > 0:
            told = (
                f"Too many attempts. Try again in {wait / 60:.0f} minutes."
                if wait > 90
                else "Too many attempts. Wait a minute."
            )
            raise HTTPException(429, told, {"Retry-After": str(int(wait) + 1)})
        self._attempts.begin(key, address)
        found: tuple[str, Person] | None = await self.hash(self.people.log_in, name, password)
        if found is not None:
            self._attempts.succeed(key, address)
        return found

    async def hash(self, function: Callable[..., Any], *given: Any) -> Any:
        """Run what hashes a password."""
        return await run_sync(lambda: function(*given), limiter=self._few_at_a_time)


def reception_of(request: Request) -> Reception:
    """The reception of the app that a request came to. Raises NotFound where it has no people."""
    found: Reception | None = request.app.state.reception
    if found is None:
        raise NotFound("This server knows no users.")
    return found
