"""A SQL database by its URL: SQLite, synced to disk at each commit, or PostgreSQL; what it complains of, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from growloop.errors import BadData, GrowloopError, MissingExtra


def open_engine(url: str | Path, *, on_connect: Callable[[Any, str], None] | None = None) -> sa.Engine:
    """The database at a SQLAlchemy URL or a file path, whose folder is made if it is not there.

    `on_connect` is given each new connection and the name of its dialect. Raises GrowloopError where the URL is none,
    MissingExtra where its driver is not installed.
    """
    text = str(url)
    try:
        engine = sa.create_engine(text if "://" in text else f"sqlite:///{text}")
    except ModuleNotFoundError as error:
        if error.name == "psycopg":
            raise MissingExtra("psycopg, which speaks to PostgreSQL,", "postgres") from None
        raise GrowloopError(f'The pool at "{text}" needs a driver that is not installed: {error}.') from None
    except sa.exc.ArgumentError as error:
        raise GrowloopError(
            f'The pool cannot be opened at "{text}": {error}.\n  `database:` in task.yaml takes a SQLAlchemy URL, '
            f"e.g. sqlite:////data/pool.db or postgresql+psycopg://user@host/name (needs its driver installed)."
        ) from None
    _prepare_folder(engine)
    if on_connect:
        sa.event.listen(engine, "connect", lambda connection, _: on_connect(connection, engine.dialect.name))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _make_durable)
    return engine


def make_tables(engine: sa.Engine, tables: sa.MetaData) -> None:
    """Make the tables that are not there. Raises BadData where one lacks columns."""
    with speaking(engine):
        tables.create_all(engine)
        inspector = sa.inspect(engine)
        for table in tables.sorted_tables:
            missing = set(table.c.keys()) - {column["name"] for column in inspector.get_columns(table.name)}
            if missing:
                raise BadData(
                    f'{name_of(engine)} has a table "{table.name}" without {", ".join(sorted(missing))}: it is not a '
                    f"pool of this growloop.\n  Move it away, or name another `database:` in task.yaml."
                )


def inserting(engine: sa.Engine, table: sa.Table) -> Any:
    """An INSERT that can say what to do `on_conflict`, in the database's own dialect."""
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


@contextmanager
def alone(engine: sa.Engine, *what: str) -> Iterator[sa.Connection]:
    """A transaction that sees all that others have done about `what`; they wait until it ends."""
    with speaking(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            for each in sorted(what):  # in one order, so that no two wait for each other
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(each, 0))))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


@contextmanager
def speaking(engine: sa.Engine) -> Iterator[None]:
    """Turn what the database complains of into words a user can act on."""
    name = name_of(engine)
    try:
        yield
    except sa.exc.OperationalError as error:
        raise GrowloopError(_operational(name, str(error.orig))) from error
    except sa.exc.DataError as error:
        raise BadData(
            f"{name} cannot hold a text that was given: {error.orig}.\n"
            f"  Nothing was written. Take that character out of the data, or keep the pool in SQLite."
        ) from error
    except sa.exc.DatabaseError as error:
        raise BadData(
            f"{name} cannot be read as a pool: {error.orig}.\n"
            f"  Restore it from a copy, or move it away and import again."
        ) from error


def name_of(engine: sa.Engine) -> str:
    """The database's name, as messages say it."""
    return engine.url.database or str(engine.url)


def _operational(name: str, problem: str) -> str:
    if "locked" in problem:
        return f"{name} is locked by another program writing to it. Nothing was changed; try again when it is done."
    return (
        f"{name} cannot be used as a pool: {problem}.\n"
        f"  Check that the path may be written to and that the disk is not full."
    )


def _prepare_folder(engine: sa.Engine) -> None:
    database = engine.url.database
    if engine.dialect.name == "sqlite" and database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)


def _make_durable(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.execute("PRAGMA page_size = 8192")  # of a new file: texts fill pages of the usual half slowly
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -65536")  # 64 MB: ids are random, a big import touches their whole index
    cursor.close()
