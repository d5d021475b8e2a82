"""The ids of streamed examples: those of large frames are hashed by another process while the next frame is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl

from growloop.records.digest import Hasher
from growloop.records.example import as_ids, content_ids, contents_of

AHEAD_FROM = 1 << 16
"""Rows from which a frame is worth another process."""
PART = 1 << 12
"""Rows sent at once: few enough for their texts to stay in the processor's cache."""
Named = Callable[[], pl.DataFrame]
"""Gives a frame with its ids, once they are asked for."""


def named(frames: Iterator[pl.DataFrame], *, ahead_from: int = AHEAD_FROM) -> Iterator[pl.DataFrame]:
    """The frames, each with its `id`s, in their order.

    Raises OSError where somebody ends the process that hashes.
    """
    names = _Names(ahead_from)
    before: Named | None = None
    try:
        for frame in frames:
            ready = before() if before else None
            before = names.of(frame)
            if ready is not None:
                yield ready
        if before:
            yield before()
    finally:
        names.close()


class _Names:
    """Has ids made, here or by a process that is started for the first large frame."""

    def __init__(self, ahead_from: int) -> None:
        self._ahead_from = ahead_from
        self._asking = ThreadPoolExecutor(max_workers=1)
        self._hasher: Hasher | None = None

    def of(self, frame: pl.DataFrame) -> Named:
        if frame.height < self._ahead_from:
            return lambda: frame.with_columns(content_ids(frame))
        ids = self._asking.submit(self._hashed, frame)  # a pipe holds little: who writes to it has to wait
        return lambda: frame.with_columns(ids.result())

    def _hashed(self, frame: pl.DataFrame) -> pl.Series:
        hasher = self._hasher = self._hasher or Hasher()
        hasher.ask(map(_packed, frame.iter_slices(PART)))
        return as_ids(hasher.answer())

    def close(self) -> None:
        self._asking.shutdown()
        if self._hasher:
            self._hasher.close()


def _packed(frame: pl.DataFrame) -> tuple[bytes, memoryview]:
    """The contents of examples one behind the other, and where each ends."""
    contents = contents_of(frame)
    ends = contents.str.len_bytes().to_numpy().astype(np.int64).cumsum()
    return contents.str.join("").cast(pl.Binary).item(), ends.data
