"""The tables of a pool."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

TABLES = sa.MetaData()

EXAMPLES = sa.Table(
    "examples",
    TABLES,
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("context", sa.Text, nullable=False),
    sa.Column("answers", sa.Text, nullable=False, comment="JSON array"),
    sa.Column("negative", sa.Text),
    sa.Column("where", sa.Text, nullable=False, comment="JSON object"),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("split", sa.Text),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("parent", sa.Text),
    sa.Column("source_id", sa.Text),
    sa.Column("status", sa.String(16), nullable=False, index=True),
)

ANNOTATIONS = sa.Table(
    "annotations",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("context", sa.Text, nullable=False),
    sa.Column("shown_answer", sa.Text, nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("answers", sa.Text, nullable=False, comment="JSON array"),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("example", sa.String(64), index=True),
    sa.Column("run", sa.Text),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sqlite_autoincrement=True,  # an id is never given twice
)

WITHDRAWALS = sa.Table(
    "withdrawals",
    TABLES,
    sa.Column("annotation", sa.ForeignKey("annotations.id"), primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
)

SETTLEMENTS = sa.Table(
    "settlements",
    TABLES,
    sa.Column("annotation", sa.ForeignKey("annotations.id"), primary_key=True),
    sa.Column("example", sa.String(64), nullable=False, index=True),
)

REPEATS = sa.Table(
    "repeats",
    TABLES,
    sa.Column("annotation", sa.ForeignKey("annotations.id"), primary_key=True),
    sa.Column("source", sa.ForeignKey("annotations.id"), nullable=False, index=True, comment="the one it repeats"),
)

RESTORATIONS = sa.Table(
    "restorations",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("last_annotation", sa.Integer, nullable=False, comment="those up to it are in the version, or set aside"),
    sa.Column("at", sa.Text, nullable=False),
)

QUEUE = sa.Table(
    "queue",
    TABLES,
    sa.Column("example", sa.String(64), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("priority", sa.Float, nullable=False),
    sa.Column("queued_at", sa.Text, nullable=False),
)

STATUS_CHANGES = sa.Table(
    "status_changes",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("example", sa.String(64), nullable=False, index=True),
    sa.Column("before", sa.String(16), nullable=False),
    sa.Column("after", sa.String(16), nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

SEARCH_PROGRESS = sa.Table(
    "search_progress",
    TABLES,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("up_to", sa.Integer, nullable=False, comment="the last row the index holds"),
)

_IDS_AT_ONCE = 500
"""So many ids stand in one statement."""
ROWS_AT_ONCE = 20_000
"""How many rows are turned into SQL parameters at a time: an import of any size fits into memory."""


def size(connection: sa.Connection, table: sa.Table) -> int:
    """How many rows a table has."""
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def in_parts(ids: Sequence[str]) -> list[Sequence[str]]:
    """Ids by as many as one statement takes."""
    return [ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE)]
