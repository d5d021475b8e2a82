"""Examples on their way into the pool, many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl
import sqlalchemy as sa

from growloop.database import inserting
from growloop.pool import tables
from growloop.pool.rows import in_texts, telling
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
    for some in examples.iter_slices(ROWS_AT_ONCE):
        if connection.dialect.positional:
            with telling(connection.dialect):
                cursor: Any = connection.connection.cursor()
                cursor.executemany(*_for_the_driver(insert, some, connection.dialect))
        elif some.height < COPIED_FROM:
            connection.execute(insert, in_texts(some).select(EXAMPLES.names()).to_dicts())
        else:
            _copy(connection, insert, some)


def _for_the_driver(
    insert: Any, examples: pl.DataFrame, dialect: sa.Dialect
) -> tuple[str, Iterator[tuple[str | None, ...]]]:
    """A statement and its rows as tuples.

    Binding a None takes Python's driver for SQLite longer than all else of a row: nulls are handed over as empty
    texts, unless some text in their place is empty.
    """
    texts = in_texts(examples).select(EXAMPLES.names())
    nullable = [column.name for column in tables.EXAMPLES.c if column.nullable]
    if not texts.select(pl.any_horizontal((pl.col(nullable) == "").any())).item():
        texts = texts.with_columns(pl.col(nullable).fill_null(""))
        insert = insert.values({name: sa.func.nullif(sa.bindparam(name), sa.literal_column("''")) for name in nullable})
    statement = str(insert.compile(dialect=dialect, column_keys=EXAMPLES.names()))
    columns = (column.to_list() for column in texts)
    return statement, zip(*columns, strict=True)  # a list of them would be held for nothing


def _copy(connection: sa.Connection, insert: Any, examples: pl.DataFrame) -> None:
    """Stream rows to PostgreSQL and insert them there in their order."""
    _incoming().create(connection, checkfirst=True)
    cursor: Any = connection.connection.cursor()
    with telling(connection.dialect), cursor.copy("COPY incoming FROM STDIN") as stream:
        stream.write(_copied_text(examples))
    connection.execute(insert.from_select(EXAMPLES.names(), sa.select(_incoming())))
    connection.exec_driver_sql("TRUNCATE incoming")  # rows that are only deleted would be walked over each time


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
