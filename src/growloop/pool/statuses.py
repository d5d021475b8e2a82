"""The statuses of a pool's examples: accepted, rejected, set aside; who changed one, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import sqlalchemy as sa

from growloop.database import Stored
from growloop.pool import incoming, tables
from growloop.pool.incoming import Added
from growloop.pool.tables import in_parts
from growloop.project import now
from growloop.records.example import Status

STATUS = sa.select(tables.EXAMPLES.c.status).where(tables.EXAMPLES.c.id == sa.bindparam("named"))
"""Of one example. Every verdict asks for it: a statement is longer in the making than in the asking."""


class Statuses(Stored):
    """What became of each example."""

    def status_of(self, id: str) -> Status | None:
        """The status of one example; None where it is not there."""
        with self._reading() as connection:
            found: Status | None = connection.execute(STATUS, {"named": id}).scalar()
            return found

    def set_status(
        self, ids: Sequence[str], status: Status, *, because: str = "", by: str = "", fresh: pl.DataFrame | None = None
    ) -> int:
        """Give examples a status, and keep who changed it and why; how many had another one.

        `fresh` comes in with it: all of it happens, or nothing.
        """
        changed = 0
        with self._writing() as connection:
            if fresh is not None:
                incoming.add(connection, fresh)
            for part in in_parts(ids):
                some = tables.EXAMPLES.c.id.in_(part)
                known = sa.select(tables.EXAMPLES.c.id, tables.EXAMPLES.c.status).where(
                    some, tables.EXAMPLES.c.status != status
                )
                event = {"after": status, "because": because, "by": by, "at": now()}
                events = [{"example": id, "before": before, **event} for id, before in connection.execute(known)]
                changed += len(events)
                if events:
                    connection.execute(sa.insert(tables.STATUS_CHANGES), events)
                    connection.execute(sa.update(tables.EXAMPLES).where(some).values(status=status))
        return changed

    def status_changes(self, id: str) -> list[dict[str, str]]:
        """What became of an example's status, the oldest change first: before, after, because, by, at."""
        columns = [tables.STATUS_CHANGES.c[name] for name in ("before", "after", "because", "by", "at")]
        query = (
            sa.select(*columns).where(tables.STATUS_CHANGES.c.example == id).order_by(tables.STATUS_CHANGES.c.number)
        )
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def counts(self) -> dict[str, int]:
        """How many examples there are of each status."""
        status = tables.EXAMPLES.c.status
        query = sa.select(status, sa.func.count().label("examples")).group_by(status).order_by(status)
        with self._reading() as connection:
            return {row.status: row.examples for row in connection.execute(query)}

    def replace(self, fresh: pl.DataFrame, statuses: Mapping[str, Status]) -> Added:
        """Add examples and give old ones (id → status) another status, all of it or nothing."""
        changes = [{"changed": id, "to": status} for id, status in statuses.items()]
        set_status = (
            sa.update(tables.EXAMPLES)
            .where(tables.EXAMPLES.c.id == sa.bindparam("changed"))
            .values(status=sa.bindparam("to"))
        )
        with self._writing() as connection:
            added = incoming.add(connection, fresh)
            if changes:
                connection.execute(set_status, changes)
        return added
