"""Cells by the million: from columns of numbers to columns of contexts, phrasings and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from growloop.universe.beside import PairStratum
from growloop.universe.cells import Stratum, Without
from growloop.universe.material import Material
from growloop.universe.permutation import LARGEST, Numbers
from growloop.universe.wording import placeholders

Places = NDArray[np.int64]


class Choices:
    """What can be chosen at each of many places: numbers of their own, or what many share but for a few gaps."""

    def __init__(self, choices: Iterable[tuple[Sequence[int | None], Sequence[int]]]) -> None:
        """The numbers to choose from at each place, and those that may be shared."""
        counts, starts, gaps, listed, shared = [], [], list[list[int]](), list[int](), dict[int, int]()
        for chosen, common in choices:
            counts.append(len(chosen))
            gaps.append(chosen.gaps if isinstance(chosen, Without) else [])
            if isinstance(chosen, Without) or chosen is common:
                if id(common) not in shared:
                    shared[id(common)] = len(listed)
                    listed += common
                starts.append(shared[id(common)])
            else:
                starts.append(len(listed))
                listed += [-1 if number is None else number for number in chosen]
        self.counts, self.starts, self._listed = _column(counts), _column(starts), _column(listed)
        self._gap_counts = _column([len(each) for each in gaps])
        self._gap_starts = np.cumsum(self._gap_counts) - self._gap_counts
        self._gaps = _column([gap for each in gaps for gap in each])

    def chosen(self, places: Places, numbers: Places) -> Places:
        """The choice with a number at each of some places; -1 for none."""
        rows, numbers = np.arange(len(places)), numbers.copy()
        for nth in range(self._gap_counts.max(initial=0)):
            rows = rows[self._gap_counts[places[rows]] > nth]
            numbers[rows] += self._gaps[self._gap_starts[places[rows]] + nth] <= numbers[rows]
        return self._listed[self.starts[places] + numbers]


def _column(numbers: Sequence[int]) -> Places:
    return np.array(numbers, dtype=np.int64)


@dataclass(frozen=True)
class Cells:
    """Cells of several strata, a row each; those of one stratum behind those of the one before."""

    strata: Places
    contexts: Places
    phrasings: Places
    looked_up: Places
    """The number of the value that the fact is looked up by; -1 for none."""
    entries: Places
    """Where that value stands among those that the contexts of its stratum list, where they do."""
    entities: Places
    """The number of the entity that is asked about; -1 for none."""
    free: Places
    """A row each: the numbers of the values of its free slots."""

    def at(self, kept: NDArray[np.bool_]) -> Cells:
        """Some of the cells."""
        return Cells(*(column[kept] for column in vars(self).values()))

    def values(self, stratum: Stratum, slot: str) -> Places:
        """The numbers of the values of a slot, right where the cells are those of a stratum."""
        kind = stratum.common.kind
        if slot == stratum.entity_slot:
            return self.entities
        return self.looked_up if slot == kind.fact.slot else self.free[:, kind.free_slots.index(slot)]


def of_strata(strata: Places) -> Iterator[tuple[int, slice]]:
    """Each stratum of a sorted column with the rows that are its own."""
    starts = np.flatnonzero(np.diff(strata, prepend=-1))
    ends = [*starts[1:].tolist(), len(strata)]
    for stratum, start, end in zip(strata[starts].tolist(), starts.tolist(), ends, strict=False):
        yield stratum, slice(start, end)


def in_bulk(stratum: Stratum) -> bool:
    """Whether the cells of a stratum can be decoded by the million: they have one context, and can be counted."""
    return stratum.size < LARGEST and not isinstance(stratum, PairStratum)


class Columns:
    """Decodes numbers of cells of those strata that are `in_bulk`."""

    def __init__(self, strata: Sequence[Stratum], material: Material) -> None:
        self._strata, self._material = strata, material
        sizes = [stratum.sizes if in_bulk(stratum) else {} for stratum in strata]
        every = [(of, context) for of, counted in zip(strata, sizes, strict=True) for context in counted]
        self._contexts = _column([context for _, context in every])
        self._first_place = np.cumsum([0, *map(len, sizes)])
        self._ends = [np.cumsum(_column(list(counted.values()))) for counted in sizes]
        self._starts = _column([start for ends in self._ends for start in [0, *ends.tolist()][:-1]])
        self._looked_up = Choices((of.values_in(context), of.let_in(of.common.kind.fact.slot)) for of, context in every)
        self._entities = Choices((of.entities_in(context), of.let_in(of.entity_slot)) for of, context in every)
        self._asked = _column([len(stratum.phrasings) for stratum in strata])
        self._first_asked = np.cumsum(self._asked) - self._asked
        self._phrasings = _column([phrasing for stratum in strata for phrasing in stratum.phrasings])
        self._most_free = max((len(stratum.common.kind.free_slots) for stratum in strata), default=0)
        self._reads = np.array([stratum.common.reads_context for stratum in strata], dtype=np.bool_)

    def cells(self, strata: Places, numbers: Numbers) -> Cells:
        """The cells of some strata, given in order, with numbers below their sizes."""
        rest = numbers.astype(np.int64)
        places = np.empty(len(strata), dtype=np.int64)
        for stratum, rows in of_strata(strata):
            places[rows] = self._first_place[stratum] + np.searchsorted(self._ends[stratum], rest[rows], side="right")
        rest, phrasings = np.divmod(rest - self._starts[places], self._asked[strata])
        rest, looked_up = np.divmod(rest, self._looked_up.counts[places])
        rest, entities = np.divmod(rest, self._entities.counts[places])
        return Cells(
            strata=strata,
            contexts=self._contexts[places],
            phrasings=self._phrasings[self._first_asked[strata] + phrasings],
            looked_up=self._looked_up.chosen(places, looked_up),
            entries=self._looked_up.starts[places] - self._looked_up.starts[self._first_place[strata]] + looked_up,
            entities=self._entities.chosen(places, entities),
            free=self._free(strata, rest),
        )

    def _free(self, strata: Places, rest: Places) -> Places:
        """The numbers of the values of free slots, from what is left of the numbers of cells."""
        found = np.zeros((len(strata), self._most_free), dtype=np.int64)
        for stratum, rows in of_strata(strata) if self._most_free else ():
            left, of = rest[rows], self._strata[stratum]
            for column, slot in enumerate(of.common.kind.free_slots):
                left, at = np.divmod(left, len(of.numbers[slot]))
                found[rows, column] = values_at(of.numbers[slot], at)
        return found

    def kept(self, cells: Cells, luck: Callable[[], NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Which cells have their turn: no earlier context reads the same, and their values weigh enough."""
        kept = ~(self._material.repeats[cells.contexts] & self._reads[cells.strata])
        if self._most_free:
            kept &= self._first_of_unsaid(cells)
        if self._material.weights:
            kept &= luck() < self._weights(cells)
        return kept

    def _first_of_unsaid(self, cells: Cells) -> NDArray[np.bool_]:
        """Of cells that read the same because their phrasing lacks a slot, those that have its first value."""
        kept = np.ones(len(cells.strata), dtype=np.bool_)
        for stratum, rows in of_strata(cells.strata):
            of = self._strata[stratum]
            for column, slot in enumerate(of.common.kind.free_slots):
                said = np.array([slot in placeholders(phrasing) for phrasing in of.template.ask], dtype=np.bool_)
                kept[rows] &= said[cells.phrasings[rows]] | (cells.free[rows, column] == of.numbers[slot][0])
        return kept

    def _weights(self, cells: Cells) -> NDArray[np.float64]:
        weights = np.ones(len(cells.strata))
        for stratum, rows in of_strata(cells.strata):
            of = self._strata[stratum]
            for slot, weighed in self._material.weights.items():
                if slot in of.common.kind.slots:
                    weights[rows] *= np.array(list(weighed.values()))[cells.values(of, slot)[rows]]
        return weights


def values_at(numbers: Sequence[int], places: Places) -> Places:
    """The numbers at some places of a sequence, which may be too long to be listed."""
    if isinstance(numbers, list | tuple):
        return np.array(numbers, dtype=np.int64)[places]
    return np.array([numbers[place] for place in places.tolist()], dtype=np.int64)
