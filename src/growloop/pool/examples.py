"""The examples of a pool: put in, and read as frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import polars as pl
import sqlalchemy as sa

from growloop.database import Stored
from growloop.pool import incoming, tables
from growloop.pool.incoming import Added
from growloop.pool.rows import fetched, frame_of, select_examples, texts_frame
from growloop.pool.tables import in_parts
from growloop.records.example import Status


class Examples(Stored):
    """Every example anyone ever proposed."""

    def add(self, examples: pl.DataFrame) -> Added:
        """Put examples in, in one transaction; those whose id is there already are passed over."""
        with self.adding() as add:
            return add(examples)

    @contextmanager
    def adding(self) -> Iterator[Callable[[pl.DataFrame], Added]]:
        """One transaction for many frames: all of them are in at its end, none if it is left by an error."""
        with self._writing() as connection:
            yield lambda examples: incoming.add(connection, examples)

    def propose(self, drafts: pl.DataFrame) -> None:
        """Put drafts in, in one transaction; a draft of the same content gives way to it, anything else stays."""
        is_draft = tables.EXAMPLES.c.status == sa.literal_column("'draft'")  # no parameter: those are the row's own
        with self._writing() as connection:
            incoming.replace(connection, drafts, where=is_draft)

    def examples(self, status: Status | None = "accepted", *, coordinates: Sequence[str] = ()) -> pl.DataFrame:
        """The examples with a status (None: all), in the order they came: an EXAMPLES frame.

        With `coordinates`, `where` is read on those alone that have one of them, and empty on the others: the quicker
        the fewer have.
        """
        query = select_examples()
        if status is not None:
            query = query.where(tables.EXAMPLES.c.status == status)
        with self._reading() as connection:
            return frame_of(fetched(connection.execute(query)), coordinates)

    def columns(self, status: Status, names: Sequence[str]) -> pl.DataFrame:
        """Some columns of the examples with a status, in the order they came, in the texts that are kept of them."""
        query = sa.select(*(tables.EXAMPLES.c[name] for name in names)).where(tables.EXAMPLES.c.status == status)
        with self._reading() as connection:
            return texts_frame(fetched(connection.execute(query.order_by(tables.EXAMPLES.c.row))), names)

    def of_ids(self, ids: Sequence[str]) -> pl.DataFrame:
        """The examples with these ids, in the order in which they came; those that are not there are left out."""
        with self._reading() as connection:
            queries = [select_examples().where(tables.EXAMPLES.c.id.in_(part)) for part in in_parts(ids)]
            return frame_of([row for query in queries for row in connection.execute(query)])

    def newest(self, limit: int) -> pl.DataFrame:
        """The examples that came last, the newest first."""
        query = select_examples().order_by(None).order_by(tables.EXAMPLES.c.row.desc()).limit(limit)
        with self._reading() as connection:
            return frame_of(connection.execute(query).all())

    def last_row(self) -> int:
        """Grows whenever an example is added."""
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.max(tables.EXAMPLES.c.row))).scalar() or 0
