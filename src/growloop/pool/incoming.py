"""Examples on their way into the pool, many at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl
import sqlalchemy as sa

from growloop.database import inserting
from growloop.pool import tables
from growloop.pool.rows import in_texts
from growloop.pool.tables import ROWS_AT_ONCE, size
from growloop.records.example import EXAMPLES

COPIED_FROM = 500
"""PostgreSQL is sent so many rows in one stream, which takes it a tenth of the time; fewer are not worth a table."""


@dataclass(frozen=True, slots=True)
class Added:
    """How many examples were new, and how many the pool had already (or were given twice)."""

    accepted: int
    duplicates: int


def add(connection: sa.Connection, examples: pl.DataFrame) -> Added:
    """Put examples in; those whose id is there already are passed over."""
    new = inserting(connection.engine, tables.EXAMPLES).on_conflict_do_nothing(index_elements=["id"])
    before = size(connection, tables.EXAMPLES)
    _put(connection, new, examples)
    accepted = size(connection, tables.EXAMPLES) - before
    return Added(accepted=accepted, duplicates=examples.height - accepted)


def replace(connection: sa.Connection, examples: pl.DataFrame, where: sa.ColumnElement[bool] | None = None) -> None:
    """Put examples in, in place of those of the same id; `where` says which may be replaced, by default all."""
    insert = inserting(connection.engine, tables.EXAMPLES)
    columns = {name: insert.excluded[name] for name in EXAMPLES if name != "id"}
    _put(connection, insert.on_conflict_do_update(index_elements=["id"], set_=columns, where=where), examples)


def _put(connection: sa.Connection, insert: Any, examples: pl.DataFrame) -> None:
    """Insert rows as tuples, without SQLAlchemy's work on each, where the database's driver takes such."""
    compiled = insert.compile(dialect=connection.dialect, column_keys=EXAMPLES.names())
    for some in examples.iter_slices(ROWS_AT_ONCE):
        if compiled.positional:
            connection.exec_driver_sql(str(compiled), in_texts(some).select(EXAMPLES.names()).rows())
        elif some.height < COPIED_FROM:
            connection.execute(insert, in_texts(some).select(EXAMPLES.names()).to_dicts())
        else:
            _copy(connection, insert, some)


def _copy(connection: sa.Connection, insert: Any, examples: pl.DataFrame) -> None:
    """Stream rows to PostgreSQL and insert them there in their order."""
    _incoming().create(connection, checkfirst=True)
    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy("COPY incoming FROM STDIN") as stream:
            stream.write(_copied_text(examples))
    except cursor.connection.Error as error:
        raise sa.exc.DBAPIError.instance(None, None, error, cursor.connection.Error) from error
    connection.execute(insert.from_select(EXAMPLES.names(), sa.select(_incoming())))
    connection.execute(sa.delete(_incoming()))


@cache
def _incoming() -> sa.Table:
    """Where PostgreSQL puts rows that are copied, before they are told from those it has."""
    columns = (sa.Column(name, sa.Text) for name in EXAMPLES)
    return sa.Table("incoming", sa.MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


def _copied_text(examples: pl.DataFrame) -> str:
    """Rows as PostgreSQL's text format has them: tabs between values, a line for each row."""
    escaped = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    values = pl.col(EXAMPLES.names()).str.replace_many(escaped).fill_null("\\N")
    lines = in_texts(examples).select(pl.concat_str(values, separator="\t") + "\n").to_series()
    return str(lines.str.join("").item())
