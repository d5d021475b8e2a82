"""What of a stratum has its turn in a stream: which places of its shuffle, in which wording, and when."""

from __future__ import annotations

from math import prod

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.universe.beside import PairStratum
from growloop.universe.cells import NONE, Cell, Stratum
from growloop.universe.changes import in_wording
from growloop.universe.columns import Cells, Columns, Places
from growloop.universe.draw import shuffled
from growloop.universe.examples import examples_of
from growloop.universe.material import Material
from growloop.universe.permutation import LARGEST, Numbers, chances, hashed, permuted
from growloop.universe.sides import number_of
from growloop.universe.variations import SURFACE
from growloop.universe.wording import placeholders


class Lane:
    """What of a stratum has its turn: which places of its shuffle, in which variation, and when."""

    def __init__(self, stratum: Stratum, material: Material, seed: int, only: str | None) -> None:
        common = stratum.common
        self.stratum = stratum
        self.only = only
        self._material = material
        self._reads = not common.kind.closed and common.negative != "no_context"
        self.in_bulk = not isinstance(stratum, PairStratum) and stratum.size < LARGEST
        self.columns = Columns(stratum) if self.in_bulk else None
        self.key = number_of(seed, common.kind.number, common.side, common.negative, common.answer, common.told)
        self.order: Numbers = np.arange(0, dtype=np.uint64)
        self.turns: NDArray[np.float64] = np.zeros(0)
        self.wordings = (NONE, *material.universe.variations)
        self.variations: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """Which of the wordings each of the next cells has."""
        quick = [self.in_bulk and name in (NONE, *SURFACE) for name in self.wordings]
        self._quick_wordings = np.array(quick, dtype=np.bool_)
        self.quick: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        """Which of the next cells can be made in columns."""
        asked = [placeholders(phrasing) for phrasing in stratum.template.ask]
        self._said = {slot: np.array([slot in each for each in asked]) for slot in common.kind.free_slots}
        self._weights = {
            slot: np.array(list(weights.values()))
            for slot, weights in material.weights.items()
            if slot in common.kind.slots
        }

    def turn_to(self, begin: int, end: int, turns: float) -> None:
        """Have the cells from one place in the shuffle up to another next."""
        self.order = np.arange(begin, end, dtype=np.uint64)
        self.turns = (np.arange(end - begin, dtype=np.float64) + self.key % 997 / 997) / max(turns, end - begin)
        self.variations = self._variations()
        self.quick = self._quick_wordings[self.variations]

    def _variations(self) -> NDArray[np.int64]:
        if self.only is not None or len(self.wordings) == 1:
            return np.full(len(self.order), self.wordings.index(self.only or NONE))
        varied = chances(self.order, self.key ^ 1) < self._material.universe.variation_share
        chosen = hashed(self.order, self.key ^ 2) % np.uint64(len(self.wordings) - 1) + np.uint64(1)
        return np.where(varied, chosen, 0).astype(np.int64)

    def in_columns(self, numbers: Numbers) -> tuple[Cells, Places, NDArray[np.float64]]:
        """The quick ones of the next cells, given their numbers, with their variations and turns."""
        assert self.columns
        cells = self.columns.cells(numbers)
        kept = self._kept(cells)
        return cells.at(kept), self.variations[self.quick][kept], self.turns[self.quick][kept]

    def _kept(self, cells: Cells) -> NDArray[np.bool_]:
        """Which of the quick cells have their turn: as `_keeps` says."""
        kept = ~(self._material.repeats[cells.contexts] & self._reads)
        for slot, said in self._said.items():
            kept &= said[cells.phrasings] | (cells.values[slot] == self.stratum.numbers[slot][0])
        if self._weights:
            weights = [weights[cells.values[slot]] for slot, weights in self._weights.items()]
            kept &= self._chances(self.quick) < np.prod(weights, axis=0)
        return kept

    def _chances(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """By which some of the next cells are put off for the weights of their values."""
        return chances(self.order[chosen], self.key ^ 3)

    def one_by_one(self) -> pl.DataFrame:
        """Cells that are made as a draw makes them: of two contexts, or varied in more than case and punctuation."""
        slow, size = ~self.quick, self.stratum.size
        if size < LARGEST:
            numbers = permuted([self.order[slow]], [size], [self.key]).tolist()
        else:
            numbers = [shuffled(place, size, self.key) for place in self.order[slow].tolist()]
        cells = [
            self._worded(number, self.wordings[variation])
            for number, variation in zip(numbers, self.variations[slow].tolist(), strict=True)
        ]
        lucky = self._chances(slow)
        kept = [place for place, cell in enumerate(cells) if cell is not None and self._keeps(cell, lucky[place])]
        frame = examples_of([cell for cell in (cells[place] for place in kept) if cell is not None], self._material)
        kind = pl.lit(self.stratum.common.kind.number, dtype=pl.Int64).alias("kind")
        return frame.drop("id").with_columns(pl.Series("turn", self.turns[slow][kept]), kind)

    def _worded(self, number: int, name: str) -> Cell | None:
        """A cell in the wording of a variation; plain where that changes nothing, None where it alone is wanted."""
        cell = self.stratum.cell(number)
        worded = in_wording(cell, name, self._material) if name != NONE else cell
        changed = worded.variation != NONE and worded.question not in ("", cell.plain_question)
        return worded if changed or name == NONE else None if self.only else cell

    def _keeps(self, cell: Cell, chance: float) -> bool:
        """Whether a cell has its turn: its context reads like no earlier one, and its values weigh enough."""
        if cell.reads_context and self._material.repeats[cell.context]:
            return False
        if any(cell.filling[slot] != first for slot, first in self._unsaid(cell.phrasing).items()):
            return False
        weights = self._material.weights
        return chance < prod(weights[slot].get(value, 1.0) for slot, value in cell.filling.items() if slot in weights)

    def _unsaid(self, phrasing: int) -> dict[str, str]:
        """The free slots that a phrasing lacks: of cells that read the same, those with the first value are kept."""
        said, stratum = placeholders(self.stratum.template.ask[phrasing]), self.stratum
        unsaid = [slot for slot in stratum.common.kind.free_slots if slot not in said]
        return {slot: self._material.slots[slot].names[stratum.numbers[slot][0]] for slot in unsaid}
