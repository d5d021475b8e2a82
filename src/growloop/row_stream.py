"""Examples written to a file frame by frame, so that a million take no more memory than a hundred thousand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from growloop.records.example import EXAMPLES


def write_stream(frames: Iterator[pl.DataFrame], path: Path) -> int:
    """Write EXAMPLES frames to a Parquet file, one after the other; how many rows there were.

    The file has its name once it is whole; what a failure leaves is removed.
    """
    rows = 0

    def counted(*_: object) -> Iterator[pl.DataFrame]:
        nonlocal rows
        for frame in frames:
            rows += frame.height
            yield frame

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        register_io_source(counted, schema=EXAMPLES).sink_parquet(part, compression="zstd", compression_level=1)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return rows
