"""Leases: what of the queue is before whom at this moment, so that no two people are given the same.

A lease ends by itself; whoever closes a laptop, and a server that is killed, leave nothing behind that has to be
cleared away. It says who looks at an example, never who may judge it: that the pool decides when a verdict comes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from growloop.database import alone, inserting, make_tables, open_engine

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


class Leases:
    """Who has which examples of one project before them.

    >>> with Leases.open("sqlite://") as leases:
    ...     waiting = pl.DataFrame({"id": ["a", "b", "c"], "wanted": [1, 1, 1]})
    ...     leases.take("Ada", waiting, limit=2), leases.take("Bo", waiting, limit=2)
    (['a', 'b'], ['c'])
    """

    def __init__(self, engine: sa.Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(cls, url: str | Path, *, clock: Callable[[], float] = time.time) -> Leases:
        """Those kept in the database at a URL; `clock` tells seconds since 1970."""
        engine = open_engine(url)
        make_tables(engine, _TABLES)
        return cls(engine, clock)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Leases:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take(
        self,
        person: str,
        waiting: pl.DataFrame,
        *,
        limit: int,
        offset: int = 0,
        but: Collection[str] = (),
        keep: Collection[str] = (),
    ) -> list[str]:
        """The ids of the first so many examples that nobody else has before them, leased to a person from now on.

        `waiting` has their `id`, in order, and from how many people a verdict is still `wanted`. None of `but` is
        given. Of what the person had before, only `keep` stays leased, and is not given again.
        """
        kept, known = pl.Series(list(keep), dtype=pl.String), pl.Series([*but, *keep], dtype=pl.String)
        with alone(self._engine, "leases") as connection:
            now = self._clock()
            own = _LEASES.c.person == person
            connection.execute(sa.delete(_LEASES).where((_LEASES.c.until <= now) | own))
            held = Counter(connection.execute(sa.select(_LEASES.c.example)).scalars())
            free = waiting.filter(~_is_taken(held))["id"]
            fresh = free.filter(~free.is_in(known.implode())).slice(offset, limit).to_list()
            leased = [*free.filter(free.is_in(kept.implode())), *fresh]
            rows = [{"example": id, "person": person, "until": now + LEASE_SECONDS} for id in leased]
            if rows:
                connection.execute(inserting(self._engine, _LEASES).on_conflict_do_nothing(), rows)
        return fresh


def _is_taken(held: Counter[str]) -> pl.Expr:
    """True where as many others as are wanted have the example before them."""
    others = pl.DataFrame({"id": list(held), "n": list(held.values())}, schema={"id": pl.String, "n": pl.Int64})
    some = others.group_by("n").agg("id")
    taken = pl.lit(False)
    for count, ids in some.rows():
        taken |= pl.col("id").is_in(ids) & (pl.col("wanted") <= count)
    return taken
