"""The examples that were read last, so that two stages that need the same ones read them once."""

from __future__ import annotations

from threading import Timer

import polars as pl

KEPT_BYTES = 256 << 20
"""Examples that take more memory are read again each time they are asked for."""
IDLE_SECONDS = 60
"""So long after they were last asked for they are let go: a server that runs for weeks does not hold them."""


class LastRead:
    """The examples of one pool, kept under its stamp until others are, or nobody asks for them."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._kept: tuple[object, pl.DataFrame] | None = None
        self._letting_go: Timer | None = None

    def get(self, stamp: object) -> pl.DataFrame | None:
        """What is kept under a stamp; None where that is something else."""
        kept = self._kept
        if kept is None or kept[0] != stamp:
            return None
        self.keep(*kept)
        return kept[1]

    def keep(self, stamp: object, examples: pl.DataFrame) -> None:
        """Keep these from now on, and nothing else."""
        self._let_go()
        if examples.estimated_size() > KEPT_BYTES:
            return
        self._kept = stamp, examples
        self._letting_go = Timer(self._idle_seconds, self._let_go)
        self._letting_go.daemon = True  # no program waits for it to end
        self._letting_go.start()

    def _let_go(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._kept = None
