"""A project's pool: one database with its examples, what people said about them, and the queue."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from growloop import search_index
from growloop.database import open_engine
from growloop.pool import incoming, tables
from growloop.pool.annotations import Annotations
from growloop.pool.examples import Examples
from growloop.pool.queue import Queue
from growloop.pool.search import Search
from growloop.pool.statuses import Statuses
from growloop.pool.tables import size
from growloop.project import now


@dataclass(frozen=True, slots=True)
class Restored:
    """How many examples are accepted now, and how many were and are set aside."""

    accepted: int
    set_aside: int


class Pool(Examples, Search, Statuses, Annotations, Queue):
    """The living examples and annotations of one project.

    >>> from growloop.records.example import examples_frame
    >>> with Pool.open("sqlite://") as pool:
    ...     pool.add(examples_frame({"question": ["Dogs?"], "context": ["No dogs."], "answers": [["no"]]}))
    ...     pool.examples()["question"].to_list()
    Added(accepted=1, duplicates=0)
    ['Dogs?']
    """

    @classmethod
    def open(cls, url: str | Path) -> Pool:
        """The pool at a SQLAlchemy URL or a file path, made if it is not there.

        Raises BadData where the file is not a pool, GrowloopError where it cannot be opened.
        """
        return cls(open_engine(url, tables.TABLES, on_connect=search_index.prepare))

    def restore(self, version: str, rows: pl.DataFrame) -> Restored:
        """Make the rows of a version the accepted examples; other accepted ones are set aside, none is erased.

        What people said up to now is in those rows, or set aside with the others: annotations given from now on
        are the ones that wait. All in one transaction.
        """
        accepted = tables.EXAMPLES.c.status == "accepted"
        kept = rows.with_columns(pl.lit("accepted").alias("status"))
        with self._writing() as connection:
            connection.execute(sa.update(tables.EXAMPLES).where(accepted).values(status="set_aside"))
            incoming.replace(connection, kept)
            last = sa.select(sa.func.coalesce(sa.func.max(tables.ANNOTATIONS.c.id), 0)).scalar_subquery()
            event = {"version": version, "last_annotation": last, "at": now()}
            connection.execute(sa.insert(tables.RESTORATIONS).values(event))
            search_index.forget(connection)
        counts = self.counts()
        return Restored(accepted=counts.get("accepted", 0), set_aside=counts.get("set_aside", 0))

    def state(self) -> tuple[object, ...]:
        """Differs whenever examples were added or changed their status, or verdicts were given or taken back."""
        return *self.examples_state(), *self.verdict_counts()

    def examples_state(self) -> tuple[object, ...]:
        """Differs whenever examples were added or changed their status."""
        with self._reading() as connection:
            sizes = [size(connection, table) for table in (tables.RESTORATIONS, tables.STATUS_CHANGES)]
        return tuple(self.counts().items()), *sizes

    def stamp(self) -> tuple[object, ...] | None:
        """Differs whenever anything was written, and for another file; None where only asking tells (PostgreSQL)."""
        if self._engine.dialect.name != "sqlite" or not (path := self._engine.url.database):
            return None
        files = [path, f"{path}-wal"]  # what is committed stands in the second until it comes into the first
        stats = [os.stat(file) for file in files if os.path.exists(file) and os.path.getsize(file)]
        return path, *((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in stats), *self.examples_state()
