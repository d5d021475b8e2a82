"""Drawing cells: without repetition, balanced, and so that drawing more only adds to what was drawn before.

Every choice is taken in turns: first the side, then the kind of negative, the template, the answer. Each takes
its turn when it has fallen furthest behind its share, so the shares hold for every number drawn; one that has no
cells left drops out, and its turns go to its neighbours. Contexts are visited so that about five questions
are asked about each, of different kinds, before the next one is opened, as in data that people collect.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd, prod
from random import Random
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from growloop.records.universe import Universe
from growloop.universe.cells import NONE, Cell, Stratum, varied
from growloop.universe.changes import CHANGES, changed
from growloop.universe.material import OUT_OF_SCOPE, Material
from growloop.universe.retrieved import Retrieved
from growloop.universe.sides import Side, number_of
from growloop.universe.variations import wordings

QUESTIONS_PER_CONTEXT = 5
"""How many questions a context gets before another one is opened."""
QUESTIONS_AT_ONCE = 64
"""How many questions a retriever is asked at once; a fixed number, so that a larger draw begins with the smaller."""
MOST_QUIET_ROUNDS = 20
"""After so many rounds of questions without a new negative a retriever counts as exhausted."""
MOST_MISSES = 200
"""After so many cells in a row without a new wording a context counts as exhausted."""


Alike = tuple[str, str]
"""Template and kind of negative."""


class Source(Protocol):
    """Gives one cell after the other, then None."""

    def next(self) -> Cell | None: ...


class Turns:
    """Cells from several sources in turns, each as often as its weight says."""

    def __init__(self, sources: Iterable[tuple[float, Source]], chance: Random) -> None:
        self._heap = [(0.5 / weight, chance.random(), 1.5, weight, source) for weight, source in sources]
        heapq.heapify(self._heap)

    def next(self) -> Cell | None:
        """The next cell of whoever is furthest behind; None once all are exhausted."""
        while self._heap:
            _, tie, turn, weight, source = self._heap[0]
            cell = source.next()
            if cell is None:
                heapq.heappop(self._heap)
                continue
            heapq.heapreplace(self._heap, (turn / weight, tie, turn + 1, weight, source))
            return cell
        return None


class Visits:
    """Which context to ask about next: one that is open already, else a fresh one, else the least asked."""

    def __init__(self, contexts: int, chance: Random) -> None:
        order = list(range(contexts))
        chance.shuffle(order)
        self._rank = np.empty(contexts, dtype=np.int64)
        self._rank[order] = np.arange(contexts)
        self._counts = np.zeros(contexts, dtype=np.int64)
        self._urgency = self._rank + contexts  # open contexts come before fresh ones
        self._alike: dict[Alike, NDArray[np.int64]] = {}

    def choose(self, contexts: NDArray[np.int64], alike: Alike) -> int:
        """The place in `contexts` of the one to ask the next question about.

        Those with the fewest questions alike come first: five wordings of one fact teach little. A question and
        the same one about another entity are not alike: side by side they teach whom the context is about.
        """
        asked = self._asked(alike)[contexts]
        least = np.flatnonzero(asked == asked.min())
        return int(least[self._urgency[contexts[least]].argmin()])

    def note(self, context: int, alike: Alike) -> None:
        """Count a question."""
        self._asked(alike)[context] += 1
        self._counts[context] += 1
        count, contexts = int(self._counts[context]), len(self._counts)
        stage = 0 if count < QUESTIONS_PER_CONTEXT else count - QUESTIONS_PER_CONTEXT + 2
        self._urgency[context] = stage * contexts + self._rank[context]

    def _asked(self, alike: Alike) -> NDArray[np.int64]:
        return self._alike.setdefault(alike, np.zeros(len(self._counts), dtype=np.int64))


class Wording:
    """Decides how a cell is worded, and refuses a wording that was drawn before."""

    def __init__(self, material: Material, where: Mapping[str, str], seed: int) -> None:
        universe = material.universe
        self._material = material
        self.seed = seed
        self._first_with_text = material.first_with_text
        self._names = universe.variations
        self._changes = [name for name in universe.variations if name in CHANGES]
        self._weights = material.weights
        self.passes = 2 if self._weights else 1
        """Cells that are put off for the small weight of their values come up again in a second pass."""
        self._share = universe.variation_share if self._names else 0.0
        self._only = where.get("variation")
        self.rounds = 1 if self._only is not None else len(self._names) + 1
        """How often a cell comes up: once in each wording."""
        self._drawn: set[tuple[str, int, int | None]] = set()

    def choose(self, cell: Cell, round_number: int) -> Cell | None:
        """The cell in the wording of this round; None where it has none that is new."""
        plain = cell.plain_question
        chance = number_of(self.seed, "wording", plain, cell.context)
        is_varied = chance / 2**64 < self._share
        if self._only is None and round_number == 0 and not is_varied:
            return self._if_new(cell, NONE, plain)
        names = self._names if self._only is None else [name for name in self._names if name == self._only]
        kept = [name for name in names if name not in CHANGES]
        others = changed(cell, names, self._material) if self._changes else {}
        options = [(NONE, plain), *wordings(cell.asked, cell.wording, kept, seed=cell.seed)]
        options += [(name, other.question) for name, other in others.items()]
        if self._only is not None:
            options = [option for option in options if option[0] == self._only]
        if round_number >= len(options):
            return None
        first = 1 + chance % (len(options) - 1) if len(options) > 1 and is_varied else 0
        name, text = options[(first + round_number) % len(options)]
        return self._if_new(others.get(name, cell), name, text)

    def puts_off(self, cell: Cell) -> bool:
        """True where a cell's values have weights, and so small ones that others come first."""
        weighted = [slot for slot in self._weights if slot in cell.filling]
        if not weighted:
            return False
        weight = prod(self._weights[slot].get(cell.filling[slot], 1.0) for slot in weighted)
        return number_of(self.seed, "weight", cell.plain_question, cell.context) / 2**64 >= weight

    def plain(self, cell: Cell) -> Cell | None:
        """A cell's plain wording; None where that was drawn before."""
        return self._if_new(cell.plain, NONE, cell.plain.plain_question)

    def _if_new(self, cell: Cell, name: str, text: str) -> Cell | None:
        asked = (text, self._first_with_text[cell.context] if cell.reads_context else -1, cell.beside)
        if asked in self._drawn:
            return None
        self._drawn.add(asked)
        return cell if name == NONE or cell.changes else varied(cell, name)


class Deck:
    """The cells of a stratum in a shuffled order that is computed, not stored."""

    def __init__(self, stratum: Stratum, visits: Visits, wording: Wording) -> None:
        self._stratum = stratum
        self._visits = visits
        self._wording = wording
        self._contexts = np.array(list(stratum.sizes), dtype=np.int64)
        self._taken: dict[int, int] = {}

    def next(self) -> Cell | None:
        """The next cell that was not drawn yet; None once there are no more."""
        alike = self._stratum.template.name, self._stratum.common.negative
        while self._contexts.size:
            place = self._visits.choose(self._contexts, alike)
            context = int(self._contexts[place])
            cell = self._from(context)
            if cell is not None:
                self._visits.note(context, alike)
                return cell
            self._contexts = np.delete(self._contexts, place)
        return None

    def _from(self, context: int) -> Cell | None:
        """The next cell of one context; None once it has no more."""
        size, common = self._stratum.sizes[context], self._stratum.common
        taken, misses, once = self._taken.get(context, 0), 0, size * self._wording.rounds
        salt = number_of(self._wording.seed, common.kind.number, common.negative, common.answer, common.told, context)
        while misses < MOST_MISSES and taken < once * self._wording.passes:
            cell = self._stratum.cell_in(context, shuffled(taken % size, size, salt))
            round_number, first_pass = taken % once // size, taken < once
            taken += 1
            self._taken[context] = taken
            if first_pass and self._wording.puts_off(cell):
                continue
            if (worded := self._wording.choose(cell, round_number)) is not None:
                return worded
            misses += 1
        return None


def shuffled(number: int, size: int, salt: int) -> int:
    """Where a number below `size` goes in a shuffle of them all: every place is taken once.

    >>> sorted(shuffled(number, 10, salt=7) for number in range(10)) == list(range(10))
    True
    """
    step = salt % size or 1
    while gcd(step, size) != 1:
        step += 1
    return (number * step + (salt >> 32)) % size


class Finder:
    """The cells of a template whose context the task's retriever wrongly returned, best ranked first."""

    def __init__(self, retrieved: Retrieved, material: Material, wording: Wording) -> None:
        self._retrieved = retrieved
        self._wording = wording
        asking = Wording(material, {"variation": NONE}, wording.seed)
        visits = Visits(material.places, Random(number_of(wording.seed, retrieved.template.name)))
        decks = ((1.0, Deck(stratum, visits, asking)) for stratum in retrieved.positives)
        self._asked = Turns(decks, Random(number_of(wording.seed, "retrieved")))
        self._found: list[Cell] = []

    def next(self) -> Cell | None:
        """The next cell that was not drawn yet; None once there are no more, or too long nothing new."""
        for _ in range(MOST_QUIET_ROUNDS):
            while self._found:
                if (worded := self._wording.choose(self._found.pop(0), 0)) is not None:
                    return worded
            asked = [cell for _ in range(QUESTIONS_AT_ONCE) if (cell := self._asked.next()) is not None]
            self._found = self._retrieved.wrongly(asked) if asked else []
        return None


@dataclass(frozen=True)
class Proportions:
    """How often each side, kind of negative and template has its turn."""

    sides: Mapping[Side, float]
    negatives: Mapping[str, float]
    templates: Mapping[str, float]

    @classmethod
    def of(cls, universe: Universe, sides: Mapping[Side, float]) -> Proportions:
        """Those that a universe declares."""
        negatives: dict[str, float] = {negative.kind: negative.share for negative in universe.negatives}
        templates = {OUT_OF_SCOPE: 1.0, **{template.name: template.weight for template in universe.templates}}
        return cls(sides, {NONE: 1 - sum(negatives.values()), **negatives}, templates)

    def turns(
        self, strata: Sequence[Stratum | Retrieved], deck: Callable[[Stratum | Retrieved], Source], chance: Random
    ) -> Source:
        """The cells of all strata, one after the other, in these proportions; answers as evenly as can be."""
        levels: list[tuple[Callable[[Stratum | Retrieved], Hashable], Mapping[Any, float]]] = [
            (lambda stratum: stratum.common.side, self.sides),
            (lambda stratum: stratum.common.negative, self.negatives),
            (lambda stratum: stratum.template.name, self.templates),
        ]

        def source(within: Sequence[Stratum | Retrieved], depth: int) -> Source:
            if depth == len(levels):
                return Turns(((1.0, deck(stratum)) for stratum in within), chance)
            key, weights = levels[depth]
            parts: dict[Hashable, list[Stratum | Retrieved]] = {}
            for stratum in within:
                parts.setdefault(key(stratum), []).append(stratum)
            weighted = ((weights.get(name, 0.0), part) for name, part in parts.items())
            return Turns(((weight, source(part, depth + 1)) for weight, part in weighted if weight > 0), chance)

        return source(strata, 0)


def drawn(
    strata: Sequence[Stratum | Retrieved],
    material: Material,
    *,
    seed: int,
    where: Mapping[str, str],
    sides: Mapping[Side, float],
) -> Iterator[Cell]:
    """The cells of some strata in the order in which they are drawn, until there are no more."""
    chance = Random(seed)
    visits, wording = Visits(material.places, chance), Wording(material, where, seed)

    def deck(stratum: Stratum | Retrieved) -> Source:
        if isinstance(stratum, Retrieved):
            return Finder(stratum, material, wording)
        return Deck(stratum, visits, wording)

    source = Proportions.of(material.universe, sides).turns(strata, deck, chance)
    with_plain = "variation" not in where
    pairs = with_plain and material.universe.variation_pairs
    while (cell := source.next()) is not None:
        paired = pairs or (with_plain and cell.changes is not None)
        if paired and cell.variation != NONE and (plain := wording.plain(cell)) is not None:
            yield plain
        yield cell
