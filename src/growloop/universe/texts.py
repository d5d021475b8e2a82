"""Texts listed once and gathered by their numbers, and phrases filled with them, a column at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

TextNumbers = NDArray[np.uint32]
_PARTS = re.compile(r"\{([^{}]*)\}")


class Texts:
    """A growing list of texts, each with a number; the empty one has 0."""

    def __init__(self) -> None:
        self._texts: list[str] = [""]
        self._listed: pl.Series | None = None

    def add(self, texts: Sequence[str]) -> int:
        """List some texts; the number of the first."""
        self._listed = None
        self._texts += texts
        return len(self._texts) - len(texts)

    def listed(self, more: Sequence[str]) -> pl.Series:
        """All texts in the order of their numbers, and behind them some that are needed but once."""
        if self._listed is None:
            self._listed = pl.Series(self._texts, dtype=pl.String)
        return pl.concat([self._listed, pl.Series(more, dtype=pl.String)], rechunk=True) if more else self._listed

    def __len__(self) -> int:
        return len(self._texts)


class Phrases:
    """Phrasings or answers, cut into the pieces between their slots and the slots themselves."""

    def __init__(self, phrases: Sequence[tuple[str, Mapping[str, int]]], texts: Texts) -> None:
        """Each phrase, and the columns in which its slots are filled; what has none, and column 0, is left empty."""
        cut = [_PARTS.split(phrase) for phrase, _ in phrases]
        pieces = max(map(len, cut), default=1)
        padded = [parts + [""] * (pieces - len(parts)) for parts in cut]
        self._literals = [
            np.array([texts.add([parts[place]]) for parts in padded], dtype=np.uint32) for place in range(0, pieces, 2)
        ]
        columns = [columns for _, columns in phrases]
        self._slots = [
            np.array([of.get(parts[place], 0) for of, parts in zip(columns, padded, strict=True)], dtype=np.int64)
            for place in range(1, pieces, 2)
        ]

    def filled(self, numbers: NDArray[np.int64], filling: TextNumbers, texts: pl.Series) -> pl.Series:
        """The phrases with some numbers; each row of `filling` has the numbers of the texts that one is filled with."""
        rows = np.arange(len(numbers))
        columns = [self._literals[0][numbers]]
        for slot, literal in zip(self._slots, self._literals[1:], strict=True):
            columns += [filling[rows, slot[numbers]], literal[numbers]]
        gathered = [texts.gather(pl.Series(column)).alias(str(place)) for place, column in enumerate(columns)]
        return pl.select(pl.concat_str(gathered)).to_series()
