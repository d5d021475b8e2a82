"""The queue of examples that somebody should look at."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import sqlalchemy as sa

from growloop.database import Stored, inserting
from growloop.pool import tables
from growloop.pool.tables import ROWS_AT_ONCE
from growloop.project import now
from growloop.records.annotation import QUEUED


class Queue(Stored):
    """What waits for a person, and why."""

    def enqueue(self, examples: pl.DataFrame) -> None:
        """Put examples (`id`, `reason`, `priority`) in the queue; one that is in it gets the new reason."""
        columns = ("id", "reason", "priority")
        rows = [
            {"example": id, "reason": reason, "priority": priority, "queued_at": now()}
            for id, reason, priority in examples.select(columns).iter_rows()
        ]
        insert = inserting(self._engine, tables.QUEUE)
        changed = {name: insert.excluded[name] for name in ("reason", "priority", "queued_at")}
        upsert = insert.on_conflict_do_update(index_elements=["example"], set_=changed)
        with self._writing() as connection:
            for start in range(0, len(rows), ROWS_AT_ONCE):
                connection.execute(upsert, rows[start : start + ROWS_AT_ONCE])

    def dequeue(self, ids: Sequence[str]) -> None:
        """Take examples out of the queue; those that are not in it are passed over."""
        gone = [{"gone": id} for id in ids]
        if gone:
            with self._writing() as connection:
                connection.execute(sa.delete(tables.QUEUE).where(tables.QUEUE.c.example == sa.bindparam("gone")), gone)

    def queued_state(self) -> tuple[int, str]:
        """Differs whenever something is put in the queue, or taken out."""
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(tables.QUEUE.c.queued_at), ""))
        with self._reading() as connection:
            count, last = connection.execute(query.select_from(tables.QUEUE)).one()
        return count, last

    def queue(self) -> pl.DataFrame:
        """The accepted examples in the queue, judged or not, the most urgent first: a QUEUED frame."""
        shown = [tables.EXAMPLES.c[name] for name in ("id", "question", "context", "answers", "origin", "status")]
        query = sa.select(
            *shown,
            sa.true().label("proposed"),
            tables.QUEUE.c.reason,
            tables.QUEUE.c.priority,
            tables.QUEUE.c.queued_at,
        )
        query = query.join_from(tables.QUEUE, tables.EXAMPLES, tables.QUEUE.c.example == tables.EXAMPLES.c.id)
        query = query.where(tables.EXAMPLES.c.status == "accepted").order_by(
            tables.QUEUE.c.priority.desc(), tables.EXAMPLES.c.row
        )
        with self._reading() as connection:
            rows = [tuple(row) for row in connection.execute(query)]
        as_kept = pl.Schema({**QUEUED, "answers": pl.String()})
        frame = pl.DataFrame(rows, schema=as_kept, orient="row")
        return frame.with_columns(pl.col("answers").str.json_decode(QUEUED["answers"]))
