"""What of each stratum has its turn in a stream: which places of its shuffle, in which wording, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from growloop.universe.cells import NONE, Stratum
from growloop.universe.columns import Places, in_bulk
from growloop.universe.material import Material
from growloop.universe.permutation import LARGEST, Numbers, chances, hashed
from growloop.universe.sides import number_of
from growloop.universe.variations import SURFACE


@dataclass(frozen=True)
class Due:
    """Cells that have their turn, those of one stratum behind those of the one before."""

    strata: Places
    orders: Numbers
    """Their places in the shuffle of their stratum."""
    turns: NDArray[np.float64]
    wordings: Places

    def at(self, some: NDArray[np.bool_]) -> Due:
        """Some of them."""
        return Due(*(column[some] for column in vars(self).values()))


class Lanes:
    """Deals turns to strata, each of which has a shuffle of its own."""

    def __init__(self, strata: Sequence[Stratum], material: Material, seed: int, only: str | None) -> None:
        self.strata, self.only = strata, only
        self.wordings = (NONE, *material.universe.variations)
        self._share = material.universe.variation_share
        common = [stratum.common for stratum in strata]
        keys = [number_of(seed, of.kind.number, of.side, of.negative, of.answer, of.told) for of in common]
        self.keys = np.array(keys, dtype=np.uint64)
        self.sizes = [min(stratum.size, LARGEST) for stratum in strata]
        self._late = (self.keys % np.uint64(997)).astype(np.float64) / 997
        self._bulk = np.array([in_bulk(stratum) for stratum in strata], dtype=np.bool_)
        self._in_columns = np.array([name in (NONE, *SURFACE) for name in self.wordings], dtype=np.bool_)

    def due(self, begin: Places, end: Places, turns: NDArray[np.float64]) -> Due:
        """What lies in the shuffle of each stratum from one place up to another, so many `turns` being dealt."""
        counts = end - begin
        strata = np.repeat(np.arange(len(counts)), counts)
        nth = np.arange(len(strata)) - np.repeat(np.cumsum(counts) - counts, counts)
        orders = (begin[strata] + nth).astype(np.uint64)
        at = (nth + self._late[strata]) / np.maximum(turns, counts)[strata]
        return Due(strata, orders, at, self._wordings(strata, orders))

    def _wordings(self, strata: Places, orders: Numbers) -> Places:
        if self.only is not None or len(self.wordings) == 1:
            return np.full(len(orders), self.wordings.index(self.only or NONE))
        varied = chances(orders, self.keys[strata] ^ np.uint64(1)) < self._share
        chosen = hashed(orders, self.keys[strata] ^ np.uint64(2)) % np.uint64(len(self.wordings) - 1) + np.uint64(1)
        return np.where(varied, chosen, 0).astype(np.int64)

    def in_columns(self, due: Due) -> NDArray[np.bool_]:
        """Which cells can be made in columns: of one context, and varied in nothing but case and punctuation."""
        return self._bulk[due.strata] & self._in_columns[due.wordings]

    def luck(self, due: Due) -> NDArray[np.float64]:
        """From 0 up to 1: a cell has its turn where its values weigh more."""
        return chances(due.orders, self.keys[due.strata] ^ np.uint64(3))
