"""Searching the examples of a pool, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from growloop import search_index
from growloop.database import Stored, speaking
from growloop.errors import NotIndexed
from growloop.pool import tables
from growloop.pool.rows import frame_of, select_examples
from growloop.pool.tables import in_parts
from growloop.records.example import Status

COUNTED_AT_MOST = 1_000
"""A search counts no further: knowing that there are more is worth no wait."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the examples that were searched for."""

    examples: pl.DataFrame
    """An EXAMPLES frame, in the order in which they came into the pool."""
    count: int
    """How many there are on all pages; where `more` is true, at least so many."""
    more: bool
    after: int | None
    """Where the next page begins; None: this is the last one."""
    before: int | None = None
    """Where the page before ends; None: this is the first one."""


class Search(Stored):
    """What is found by an index."""

    def search(
        self,
        *,
        where: Mapping[str, str] | None = None,
        status: Status | None = None,
        origin: str | None = None,
        text: str = "",
        limit: int = 50,
        after: int = 0,
        before: int = 0,
        patient: bool = True,
    ) -> Found:
        """A page of the examples at some coordinates, of a status and origin, that hold all words of a text.

        A word is found in question, context and answers, in any case; `word*` finds whatever begins so. The next
        page is asked for with `after=found.after`, the one before with `before=found.before`; a page before which
        holds no more than a part is the first one, in full. The first search indexes what the pool holds; unless it is
        `patient`, it raises NotIndexed where that takes long.

        >>> from growloop.records.example import examples_frame
        >>> from growloop.pool import Pool
        >>> with Pool.open("sqlite://") as pool:
        ...     _ = pool.add(examples_frame({"question": ["Are dogs allowed?", "Are cats?"]}))
        ...     pool.search(text="Dogs").examples["question"].to_list()
        ['Are dogs allowed?']
        """
        with speaking(self._engine):
            asked = {"where": bool(where), "text": bool(search_index.words_of(text))}
            if not patient:
                _refuse_to_wait(*search_index.standing(self._engine, **asked))
            search_index.catch_up(self._engine, **asked)
            if origin:
                search_index.index_column(self._engine, "origin")
            with self._engine.connect() as connection:
                matching, given = search_index.matching(connection, where or {}, status, text, origin)
                count, walk = _walk(connection, matching, given)
                rows, earlier = _turned(walk, limit, after, before)
                wanted = tables.EXAMPLES.c.row.in_(rows[:limit])
                found = connection.execute(select_examples().where(wanted)).all()
        return Found(
            examples=frame_of(found),
            count=min(count, COUNTED_AT_MOST),
            more=count > COUNTED_AT_MOST,
            after=rows[limit - 1] if len(rows) > limit else None,
            before=earlier,
        )

    def is_indexed(self) -> bool:
        """True where no search would have to wait."""
        with speaking(self._engine):
            standings = [search_index.standing(self._engine, **asked) for asked in _INDEXES.values()]
        return all(last - done <= search_index.ROWS_AT_ONCE for done, last in standings)

    def indexing(self) -> Iterator[tuple[str, int, int]]:
        """Index all that searches ask for, in parts: of what it is made, how many rows are in it, and of how many."""
        with speaking(self._engine):
            for column in ("origin", "parent"):
                search_index.index_column(self._engine, column)
            for name, asked in _INDEXES.items():
                for done, last in search_index.catching_up(self._engine, **asked):
                    yield name, done, last

    def made_from(self, *ids: str) -> pl.DataFrame:
        """The examples of which one of these is the parent."""
        kept = tables.EXAMPLES.c
        queries = [select_examples().where(kept.parent.in_(part), kept.id != kept.parent) for part in in_parts(ids)]
        with speaking(self._engine):
            search_index.index_column(self._engine, "parent")
            with self._engine.connect() as connection:
                return frame_of([row for query in queries for row in connection.execute(query)])

    def origins(self) -> list[str]:
        """Where examples came from, sorted; quick however many there are."""
        least = "SELECT min(origin) FROM examples"
        query = (
            f"WITH RECURSIVE origins(origin) AS ({least} UNION ALL "  # noqa: S608 - our own names
            f"SELECT ({least} WHERE examples.origin > origins.origin) FROM origins WHERE origin IS NOT NULL) "
            "SELECT origin FROM origins WHERE origin IS NOT NULL"
        )
        with speaking(self._engine):
            search_index.index_column(self._engine, "origin")
            with self._engine.connect() as connection:
                return list(connection.execute(sa.text(query)).scalars())


_INDEXES = {"words": {"where": False, "text": True}, "coordinates": {"where": True, "text": False}}
"""What each index is asked for by; PostgreSQL's of words serves coordinates as well."""


def _refuse_to_wait(done: int, last: int) -> None:
    if last - done > search_index.ROWS_AT_ONCE:
        raise NotIndexed(done, last)


_Walk = Callable[[str, int, int], list[int]]
"""The rows that are found beyond one, the nearest first, so many at most: after it with `>`, before it with `<`."""


def _walk(connection: sa.Connection, matching: str, given: Mapping[str, Any]) -> tuple[int, _Walk]:
    """How many rows are found, counted no further than is worth it, and a way to walk among them."""
    every = connection.execute(sa.text(f"{matching} LIMIT :limit"), {**given, "limit": COUNTED_AT_MOST + 1})
    known = sorted(every.scalars())

    def among_known(way: str, place: int, limit: int) -> list[int]:
        if way == ">":
            return [row for row in known if row > place][:limit]
        return [row for row in reversed(known) if row < place][:limit]

    def in_database(way: str, place: int, limit: int) -> list[int]:
        order = f'ORDER BY "row" {"ASC" if way == ">" else "DESC"} LIMIT :limit'
        page = sa.text(f"{matching} AND {search_index.row_of(matching)} {way} :place {order}")
        return list(connection.execute(page, {**given, "place": place, "limit": limit}).scalars())

    return len(known), among_known if len(known) <= COUNTED_AT_MOST else in_database


def _turned(walk: _Walk, limit: int, after: int, before: int) -> tuple[list[int], int | None]:
    """The rows of a page and the first of the next, where there is one; and before which row the page before ends."""
    back = walk("<", before, limit + 1)[::-1] if before else []
    if len(back) >= limit:
        return [*back[-limit:], before], back[-limit] if len(back) > limit else None
    after = 0 if before else after
    is_first = after == 0 or not walk("<", after + 1, 1)
    return walk(">", after, limit + 1), None if is_first else after + 1
