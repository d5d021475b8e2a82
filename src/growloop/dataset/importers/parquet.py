"""Parquet files, and Arrow files as Hugging Face `datasets` writes them; `row` counts rows from 1."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from growloop.dataset.importers.batch import ROWS_AT_ONCE, Batch
from growloop.dataset.importers.encoding import Survey
from growloop.dataset.importers.source import Source
from growloop.errors import BadData


def read_parquet(source: Source, survey: Survey) -> Iterator[Batch]:
    """The rows of a Parquet file, a part of it at a time."""
    with source.uncompressed() as path:
        try:
            rows = pl.scan_parquet(path, glob=False)
            total = rows.select(pl.len()).collect().item()
            for start in range(0, total, ROWS_AT_ONCE):
                yield _batch(rows.slice(start, ROWS_AT_ONCE).collect(), start)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise BadData(f"{source.name} cannot be read as Parquet: {error}") from None


def read_arrow(source: Source, survey: Survey) -> Iterator[Batch]:
    """The rows of an Arrow file or stream. One file is held in memory at a time; `datasets` shards at 500 MB."""
    reader = pl.read_ipc if source.start.startswith(b"ARROW1") else pl.read_ipc_stream
    with source.uncompressed() as path:
        try:
            frame = reader(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise BadData(f"{source.name} cannot be read as Arrow: {error}") from None
        for start in range(0, frame.height, ROWS_AT_ONCE):
            yield _batch(frame.slice(start, ROWS_AT_ONCE), start)


def _batch(frame: pl.DataFrame, start: int) -> Batch:
    return Batch(frame.to_dicts(), list(range(start + 1, start + frame.height + 1)))
