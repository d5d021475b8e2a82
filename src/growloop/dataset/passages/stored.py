"""Passages read back from the `contexts/` files they are kept in."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from growloop.errors import BadData

STORED = pl.Schema(
    {
        "id": pl.String,
        "text": pl.String,
        "source": pl.String,
        "offset": pl.Int64,
        "end": pl.Int64,
        "heading": pl.String,
        "page": pl.Int64,
    }
)
_MARKS = 20
"""Characters beside the headings themselves that may stand before the last of those a passage begins with."""
_NEEDED = {"id", "text", "source", "offset", "end"}


def is_stored(path: Path) -> bool:
    """True for a file of passages cut from a document, told by its first line."""
    with path.open(encoding="utf-8", errors="replace") as file:
        try:
            first = json.loads(file.readline())
        except (ValueError, RecursionError):
            return False
    return isinstance(first, dict) and first.keys() >= _NEEDED


def stored_passages(path: Path) -> pl.DataFrame:
    """The passages of a file, as a model should read them: under their heading where they do not begin with it.

    Raises BadData where a line is broken.
    """
    try:
        rows = pl.read_ndjson(path, schema=STORED)
    except pl.exceptions.PolarsError as error:
        raise BadData(f"{path} cannot be read: {error}. Import the document again.") from None
    title = pl.col("heading").str.split(" > ").list.last()
    opening = pl.col("text").str.head(pl.col("heading").str.len_chars() + _MARKS)
    begins = opening.str.contains(title, literal=True)
    under = pl.concat_str("heading", "text", separator="\n")
    text = pl.when(title.is_null() | begins).then("text").otherwise(under).alias("text")
    return rows.with_columns(text)
