"""Leases: what of the queue is before whom at this moment, so that no two people are given the same.

A lease ends by itself; whoever closes a laptop, and a server that is killed, leave nothing behind that has to be
cleared away. It says who looks at an example, never who may judge it: that the pool decides when a verdict comes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from growloop.database import Stored, alone, inserting, open_engine

LEASE_SECONDS = 10 * 60
"""From when an example is handed out, or kept; longer than a hard one takes."""

_TABLES = sa.MetaData()

_LEASES = sa.Table(
    "leases",
    _TABLES,
    sa.Column("example", sa.String(64), primary_key=True),
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("until", sa.Float, nullable=False),
)


_LET_GO = sa.delete(_LEASES).where((_LEASES.c.until <= sa.bindparam("now")) | (_LEASES.c.person == sa.bindparam("own")))
_HELD = sa.select(_LEASES.c.example)


class Leases(Stored):
    """Who has which examples of one project before them.

    >>> with Leases.open("sqlite://") as leases:
    ...     waiting = {"a": 1, "b": 1, "c": 1}
    ...     leases.take("Ada", waiting, limit=2), leases.take("Bo", waiting, limit=2)
    (['a', 'b'], ['c'])
    """

    def __init__(self, engine: sa.Engine, clock: Callable[[], float] = time.time) -> None:
        super().__init__(engine)
        self._clock = clock

    @classmethod
    def open(cls, url: str | Path, *, clock: Callable[[], float] = time.time) -> Leases:
        """Those kept in the database at a URL; `clock` tells seconds since 1970."""
        engine = open_engine(url, _TABLES, on_connect=_not_synced)
        return cls(engine, clock)

    def take(
        self,
        person: str,
        waiting: Mapping[str, int],
        *,
        limit: int,
        offset: int = 0,
        but: Collection[str] = (),
        keep: Collection[str] = (),
    ) -> list[str]:
        """The ids of the first so many examples that nobody else has before them, leased to a person from now on.

        `waiting` says, in order, from how many people a verdict on each example is still wanted. None of `but` is
        given. Of what the person had before, only `keep` stays leased, and is not given again.
        """
        known = {*but, *keep}
        with self._writing() as connection:
            now = self._clock()
            connection.execute(_LET_GO, {"now": now, "own": person})
            held = Counter(connection.execute(_HELD).scalars())
            free = (id for id, wanted in waiting.items() if held[id] < wanted and id not in known)
            fresh = list(islice(free, offset, offset + limit))
            kept = [id for id in keep if held[id] < waiting.get(id, 0)]
            rows = [_row(id, person, now) for id in [*kept, *fresh]]
            if rows:
                connection.execute(inserting(self._engine, _LEASES).on_conflict_do_nothing(), rows)
        return fresh

    def before_others(self, person: str, wanted: Mapping[str, int]) -> set[str]:
        """Those of some examples that are before as many others as a verdict on each is still `wanted` from."""
        with self._reading() as connection:
            return _before_others(connection, person, wanted, self._clock())

    @contextmanager
    def held(self, person: str, wanted: Mapping[str, int]) -> Iterator[set[str]]:
        """Examples that are handed out to nobody else meanwhile; which of them are before others already.

        What the person had before them stays leased as long as it was.
        """
        with self._writing() as connection:
            now = self._clock()
            connection.execute(sa.delete(_LEASES).where(_LEASES.c.until <= now))
            taken = _before_others(connection, person, wanted, now)
            own = set(connection.execute(_HELD.where(_LEASES.c.person == person)).scalars())
            rows = [_row(id, person, now) for id in wanted if id not in taken | own]
            if rows:
                connection.execute(sa.insert(_LEASES), rows)
        try:
            yield taken
        finally:
            with self._writing() as connection:
                held = _LEASES.c.example.in_([row["example"] for row in rows])
                connection.execute(sa.delete(_LEASES).where(_LEASES.c.person == person, held))

    def _writing(self) -> AbstractContextManager[sa.Connection]:
        return alone(self._engine, "leases")


def _before_others(connection: sa.Connection, person: str, wanted: Mapping[str, int], now: float) -> set[str]:
    others = connection.execute(_HELD.where(_LEASES.c.person != person, _LEASES.c.until > now))
    held = Counter(others.scalars())
    return {id for id, people in wanted.items() if held[id] >= people}


def _row(example: str, person: str, now: float) -> dict[str, Any]:
    return {"example": example, "person": person, "until": now + LEASE_SECONDS}


def _not_synced(connection: Any, dialect: str) -> None:
    """Have a lease not wait for the disk: one that a power cut takes is handed out again."""
    if dialect == "sqlite":
        connection.execute("PRAGMA synchronous = NORMAL")
