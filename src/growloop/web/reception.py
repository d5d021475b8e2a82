"""Logging in: a few wrong passwords, then a wait; a few hashes at a time, since each takes memory."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property, partial
from typing import TypeVar

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

T = TypeVar("T")


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

    def seconds_to_wait(self, name: str | None, address: str) -> float:
        """How long until another attempt is heard; without a name, one from that address."""
        return max(self._wait(of, most) for of, most in _limits(name, address).items())

    def begin(self, name: str | None, address: str) -> None:
        """Count an attempt, before it is known how it ends: many at once are no way round."""
        if len(self._begun) > _MOST_KEPT:
            self._begun = defaultdict(list, {of: kept for of, kept in self._begun.items() if self._recent(kept)})
        for of in _limits(name, address):
            self._begun[of] = [*self._recent(self._begun[of]), self._clock()]

    def succeed(self, name: str | None, address: str) -> None:
        """Forget those of a name, and the last one from an address."""
        self._begun.pop(("name", name or ""), None)
        self._begun[("address", address)] = self._begun[("address", address)][:-1]

    def _wait(self, of: tuple[str, str], most: int) -> float:
        recent = self._recent(self._begun.get(of, []))
        return recent[-most] + WINDOW_SECONDS - self._clock() if len(recent) >= most else 0.0

    def _recent(self, moments: list[float]) -> list[float]:
        return [moment for moment in moments if moment > self._clock() - WINDOW_SECONDS]


def _limits(name: str | None, address: str) -> dict[tuple[str, str], int]:
    of_name = {} if name is None else {("name", name): MOST_FOR_A_NAME}
    return of_name | {("address", address): MOST_FROM_AN_ADDRESS}


class Reception:
    """The people of a project, as the routes meet them: off the event loop."""

    def __init__(self, people: People, attempts: Attempts | None = None) -> None:
        self.people = people
        self._attempts = attempts or Attempts()

    @cached_property
    def few_at_a_time(self) -> CapacityLimiter:
        """For what hashes a password."""
        return CapacityLimiter(2)

    @cached_property
    def few_away(self) -> CapacityLimiter:
        """For what asks another server: one that does not answer keeps nobody else waiting."""
        return CapacityLimiter(8)

    async def log_in(self, name: str, password: str, address: str) -> tuple[str, Person] | None:
        """As `People.log_in`. Raises HTTPException 429 after too many attempts."""
        return await self.hear(name, address, partial(self.people.log_in, name, password), self.few_at_a_time)

    async def change_password(self, name: str, password: str, wanted: str, address: str) -> str | None:
        """As `People.change_password`; whoever guesses is not heard for a while, as at a log-in."""
        change = partial(self.people.change_password, name, password, wanted)
        return await self.hear(name, address, change, self.few_at_a_time)

    async def hear(self, name: str | None, address: str, attempt: Callable[[], T], limiter: CapacityLimiter) -> T:
        """What an attempt to prove who one is leads to. Raises HTTPException 429 after too many that failed."""
        key = None if name is None else " ".join(name.casefold().split())
        wait = self._attempts.seconds_to_wait(key, address)
        if wait > 0:
            told = (
                f"Too many attempts. Try again in {wait / 60:.0f} minutes."
                if wait > 90
                else "Too many attempts. Wait a minute."
            )
            raise HTTPException(429, told, {"Retry-After": str(int(wait) + 1)})
        self._attempts.begin(key, address)
        found = await run_sync(attempt, limiter=limiter)
        if found is not None:
            self._attempts.succeed(key, address)
        return found

    async def hash(self, attempt: Callable[[], T]) -> T:
        """Run what hashes a password."""
        return await run_sync(attempt, limiter=self.few_at_a_time)


def reception_of(request: Request) -> Reception:
    """The reception of the app that a request came to. Raises NotFound where it has no people."""
    found: Reception | None = request.app.state.reception
    if found is None:
        raise NotFound("This server knows no users.")
    return found


def address_of(request: Request) -> str:
    """From where a request came: of a proxy, if there is one."""
    return request.client.host if request.client else ""
