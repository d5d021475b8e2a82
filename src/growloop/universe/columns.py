"""The cells of a stratum by the million: from columns of numbers to columns of contexts, phrasings and values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from growloop.universe.cells import Stratum, Without
from growloop.universe.permutation import Numbers

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Choices:
    """What can be chosen in each context: a list of its own, or the values of all without a few."""

    counts: Places
    starts: Places
    """Where the list of a context begins in `listed`; -1: it has all of `common` but its gaps."""
    listed: Places
    common: Sequence[int]
    gaps: Places
    """A row a context: the places passed over, in order, then places that are never reached."""

    @classmethod
    def of(
        cls, contexts: Sequence[int], choices: Callable[[int], Sequence[int | None]], common: Sequence[int]
    ) -> Choices:
        """Those of some contexts."""
        counts, starts, gaps = [], [], list[list[int]]()
        listed: list[int] = []
        for context in contexts:
            chosen = choices(context)
            counts.append(len(chosen))
            shared = chosen is common or isinstance(chosen, Without)
            starts.append(-1 if shared else len(listed))
            gaps.append(chosen.gaps if isinstance(chosen, Without) else [])
            listed += [] if shared else [-1 if number is None else number for number in chosen]
        widest = max(map(len, gaps), default=0)
        never = np.iinfo(np.int64).max
        padded = np.array([gap + [never] * (widest - len(gap)) for gap in gaps], dtype=np.int64)
        return cls(
            np.array(counts, dtype=np.int64),
            np.array(starts, dtype=np.int64),
            np.array(listed, dtype=np.int64),
            common,
            padded.reshape(len(gaps), widest),
        )

    def chosen(self, places: Places, numbers: Places) -> Places:
        """The choice with a number in each of some contexts, given by their places; -1 for none."""
        starts = self.starts[places]
        found = np.empty(len(places), dtype=np.int64)
        own = starts >= 0
        found[own] = self.listed[starts[own] + numbers[own]]
        if not own.all():
            found[~own] = values_at(self.common, self._passed(places[~own], numbers[~own]))
        return found

    def _passed(self, places: Places, numbers: Places) -> Places:
        for gap in range(self.gaps.shape[1]):
            numbers = numbers + (self.gaps[places, gap] <= numbers)
        return numbers


def values_at(numbers: Sequence[int], places: Places) -> Places:
    """The numbers at some places of a sequence, which may be too long to be listed."""
    if isinstance(numbers, list | tuple):
        return np.array(numbers, dtype=np.int64)[places]
    return np.array([numbers[place] for place in places.tolist()], dtype=np.int64)


@dataclass(frozen=True)
class Cells:
    """Cells of one stratum, a column each."""

    contexts: Places
    phrasings: Places
    entries: Places
    """Where the value that is looked up stands among what the stratum's contexts list; -1 where they list nothing."""
    values: dict[str, Places]
    """Slot → number of its value; -1 for none."""

    def at(self, kept: NDArray[np.bool_]) -> Cells:
        """Some of the cells."""
        values = {slot: numbers[kept] for slot, numbers in self.values.items()}
        return Cells(self.contexts[kept], self.phrasings[kept], self.entries[kept], values)


class Columns:
    """Decodes numbers of cells of a stratum."""

    def __init__(self, stratum: Stratum) -> None:
        kind, contexts = stratum.common.kind, list(stratum.sizes)
        self._stratum = stratum
        self._phrasings = np.array(stratum.phrasings, dtype=np.int64)
        self._contexts = np.array(contexts, dtype=np.int64)
        self._ends = np.cumsum(np.array(list(stratum.sizes.values()), dtype=np.int64))
        self._starts = self._ends - np.array(list(stratum.sizes.values()), dtype=np.int64)
        self.looked_up = Choices.of(contexts, stratum.values_in, stratum.numbers.get(kind.fact.slot or "", ()))
        entity_numbers = stratum.numbers.get(stratum.entity_slot or "", ())
        self.entities = Choices.of(contexts, stratum.entities_in, entity_numbers)

    def cells(self, numbers: Numbers) -> Cells:
        """The cells with some numbers below the stratum's size."""
        rest = numbers.astype(np.int64)
        places = np.searchsorted(self._ends, rest, side="right")
        rest, phrasings = np.divmod(rest - self._starts[places], len(self._phrasings))
        rest, looked_up = np.divmod(rest, self.looked_up.counts[places])
        rest, entities = np.divmod(rest, self.entities.counts[places])
        values = {}
        for slot in self._stratum.common.kind.free_slots:
            known = self._stratum.numbers[slot]
            rest, at = np.divmod(rest, len(known))
            values[slot] = values_at(known, at)
        if fact_slot := self._stratum.common.kind.fact.slot:
            values[fact_slot] = self.looked_up.chosen(places, looked_up)
        if self._stratum.entity_slot:
            values[self._stratum.entity_slot] = self.entities.chosen(places, entities)
        starts = self.looked_up.starts[places]
        return Cells(
            contexts=self._contexts[places],
            phrasings=self._phrasings[phrasings],
            entries=np.where(starts >= 0, starts + looked_up, -1),
            values=values,
        )
