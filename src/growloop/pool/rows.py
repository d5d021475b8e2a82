"""Examples as rows of texts, which a database keeps, and as a frame."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import polars as pl
import sqlalchemy as sa

from growloop.pool import tables
from growloop.records.example import EXAMPLES


def select_examples() -> sa.Select[Any]:
    """All examples, in the order in which they came."""
    return sa.select(*(tables.EXAMPLES.c[name] for name in EXAMPLES)).order_by(tables.EXAMPLES.c.row)


def in_texts(examples: pl.DataFrame) -> pl.DataFrame:
    """The rows with answers as a JSON array and coordinates as a JSON object."""
    pair = pl.element().struct.field
    pairs = pl.col("where").list.eval(_as_json(pair("key")) + ":" + _as_json(pair("value"))).list.join(",")
    where = pl.concat_str(pl.lit("{"), pairs, pl.lit("}"))
    return examples.with_columns(answers=_as_json(pl.col("answers")), where=where)


def _as_json(value: pl.Expr) -> pl.Expr:
    """Values as JSON; polars writes whole structures only."""
    return pl.struct(value.alias("_")).struct.json_encode().str.strip_prefix('{"_":').str.strip_suffix("}")


def fetched(result: sa.CursorResult[Any]) -> list[tuple[Any, ...]]:
    """All rows as the driver gives them, without SQLAlchemy's work on each."""
    cursor: Any = result.cursor
    with telling(result.dialect):
        return list(cursor.fetchall())


@contextmanager
def telling(dialect: sa.Dialect) -> Iterator[None]:
    """What the driver itself complains of, as SQLAlchemy tells it."""
    errors: Any = dialect.dbapi
    try:
        yield
    except errors.Error as error:
        raise sa.exc.DBAPIError.instance(None, None, error, errors.Error) from error


def frame_of(rows: Sequence[Any], coordinates: Sequence[str] = ()) -> pl.DataFrame:
    """The rows of `select_examples` as an EXAMPLES frame; with `coordinates`, `where` only on those that have one."""
    frame = texts_frame(rows, list(EXAMPLES))
    if coordinates:
        named = pl.col("where").str.contains_any([f'"{name}":' for name in coordinates])
        frame = frame.with_columns(where=pl.when(named).then("where").otherwise(pl.lit("{}")))
    texts = frame.select(pl.col("where").unique())  # of what was imported, many examples stand at the same place
    inside = pl.col("where").str.strip_chars("{}").str.replace_all(_MEMBER, r'{"key":$1,"value":$2}')
    pairs = pl.concat_str(pl.lit("["), inside, pl.lit("]")).str.json_decode(EXAMPLES["where"])
    return (
        frame.join(texts.with_columns(pairs=pairs), on="where", how="left", maintain_order="left")
        .with_columns(pl.col("answers").str.json_decode(EXAMPLES["answers"]), where="pairs")
        .drop("pairs")
    )


def texts_frame(rows: Sequence[Any], names: Sequence[str]) -> pl.DataFrame:
    """Rows of texts as a frame, turned into columns first: polars takes half as long again for rows."""
    columns = {name: list(map(itemgetter(number), rows)) for number, name in enumerate(names)}
    return pl.DataFrame({name: pl.Series(values, dtype=pl.String) for name, values in columns.items()})


_MEMBER = r'("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*"|null)'
"""A key and its value in the JSON object of texts that `where` is."""
as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A value in the JSON that the tables keep."""
