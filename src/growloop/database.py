"""A SQL database by its URL: SQLite, synced to disk at each commit, or PostgreSQL; what it complains of, in words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Self
from weakref import WeakKeyDictionary, WeakValueDictionary

import sqlalchemy as sa

from growloop.errors import BadData, GrowloopError, MissingExtra

Prepare = Callable[[Any, str], None]
"""Is given each new connection and the name of its dialect."""

_OPENING = RLock()
"""Taken again by a thread that has it: whatever is collected as garbage meanwhile may let go of a database."""
_OPEN: WeakValueDictionary[tuple[Any, ...], sa.Engine] = WeakValueDictionary()
_KEYS: WeakKeyDictionary[sa.Engine, tuple[Any, ...]] = WeakKeyDictionary()
_HOLDERS: WeakKeyDictionary[sa.Engine, int] = WeakKeyDictionary()
_TURNS: dict[str, Lock] = {}
_MADE: WeakKeyDictionary[sa.Engine, set[sa.MetaData]] = WeakKeyDictionary()
"""The tables that are known to be there."""


def open_engine(url: str | Path, tables: sa.MetaData, *, on_connect: Prepare | None = None) -> sa.Engine:
    """The database at a SQLAlchemy URL or a file path, made if it is not there, with these tables in it.

    Whoever has it open in this process already shares it, connections and compiled statements: `close_engine` lets go
    of it. Raises GrowloopError where the URL is none, MissingExtra where its driver is not installed, and BadData where
    a table lacks columns.
    """
    engine = _held_engine(url, on_connect)
    try:
        _make_tables(engine, tables)
    except BaseException:
        close_engine(engine)
        raise
    return engine


def _held_engine(url: str | Path, on_connect: Prepare | None) -> sa.Engine:
    text = str(url)
    address = _parsed(text if "://" in text else f"sqlite:///{text}")
    if address.get_backend_name() == "sqlite" and not _is_in_memory(address):
        address = address.set(database=os.path.realpath(str(address.database)))
    key = (os.getpid(), address, on_connect)  # a fork opens connections of its own
    with _OPENING:
        known = None if _is_in_memory(address) else _OPEN.get(key)
        engine = known or _made_engine(address, on_connect)
        _HOLDERS[engine] = _HOLDERS.get(engine, 0) + 1
        if not _is_in_memory(address):
            _OPEN[key], _KEYS[engine] = engine, key
    return engine


def close_engine(engine: sa.Engine) -> None:
    """Let go of a database; the last one who does closes its connections."""
    with _OPENING:
        _HOLDERS[engine] = _HOLDERS.get(engine, 1) - 1
        if _HOLDERS[engine] > 0:
            return
        _OPEN.pop(_KEYS.pop(engine, ()), None)
    engine.dispose()


def _parsed(text: str) -> sa.URL:
    try:
        return sa.make_url(text)
    except sa.exc.ArgumentError as error:
        raise _not_a_database(text, error) from None


def _is_in_memory(address: sa.URL) -> bool:
    named = address.database or ""
    return address.get_backend_name() == "sqlite" and (named in ("", ":memory:") or "mode=memory" in str(address))


def _made_engine(address: sa.URL, on_connect: Prepare | None) -> sa.Engine:
    is_file = address.get_backend_name() == "sqlite"
    how: dict[str, Any] = {} if _is_in_memory(address) else {"max_overflow": -1, "pool_pre_ping": not is_file}
    text = address.render_as_string()
    try:
        engine = sa.create_engine(address, **how)
    except ModuleNotFoundError as error:
        if error.name == "psycopg":
            raise MissingExtra("psycopg, which speaks to PostgreSQL,", "postgres") from None
        raise GrowloopError(f'The pool at "{text}" needs a driver that is not installed: {error}.') from None
    except sa.exc.ArgumentError as error:
        raise _not_a_database(text, error) from None
    _prepare_folder(engine)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _make_durable)
    if on_connect:
        sa.event.listen(engine, "connect", lambda connection, _: on_connect(connection, engine.dialect.name))
    return engine


def _not_a_database(text: str, error: Exception) -> GrowloopError:
    return GrowloopError(
        f'The pool cannot be opened at "{text}": {error}.\n  `database:` in task.yaml takes a SQLAlchemy URL, '
        f"e.g. sqlite:////data/pool.db or postgresql+psycopg://user@host/name (needs its driver installed)."
    )


def _make_tables(engine: sa.Engine, tables: sa.MetaData) -> None:
    if tables in _MADE.setdefault(engine, set()):
        return
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
    _MADE[engine].add(tables)


def inserting(engine: sa.Engine, table: sa.Table) -> Any:
    """An INSERT that can say what to do `on_conflict`, in the database's own dialect."""
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to ask with."""
    with speaking(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction: kept at its end, undone where an error leaves it."""
    with speaking(engine), engine.begin() as connection:
        yield connection


class Stored:
    """What is kept in one database: closed after use."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Let go of the database; what was written is safe already."""
        close_engine(self._engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        return reading(self._engine)

    def _writing(self) -> AbstractContextManager[sa.Connection]:
        """One transaction: all that is written in it, or nothing."""
        return writing(self._engine)


@contextmanager
def alone(engine: sa.Engine, *what: str) -> Iterator[sa.Connection]:
    """A transaction that sees all that others have done about `what`; they wait until it ends.

    SQLite has whoever waits for another to write look again at ever longer intervals; threads of one process are told.
    """
    with speaking(engine), _turn(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            for each in sorted(what):  # in one order, so that no two wait for each other
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(each, 0))))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _turn(engine: sa.Engine) -> AbstractContextManager[Any]:
    """Held by the one thread of this process that writes to a file."""
    if engine.dialect.name != "sqlite" or _is_in_memory(engine.url):
        return nullcontext()
    with _OPENING:
        return _TURNS.setdefault(str(engine.url.database), Lock())


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
