"""The cells of a universe: strata of like cells, each a product space that is counted but never listed.

A stratum holds the cells of one template, side, kind of negative and answer. Its cells in one context are

    values of the looked-up slot × entities asked about × values of free slots × phrasings

and a number below that product is decoded into a cell by division, so nothing is built that is not drawn.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import prod

from growloop.records.universe import Template
from growloop.universe.facts import spoken
from growloop.universe.material import Kind, Material
from growloop.universe.sides import Side, number_of
from growloop.universe.variations import OTHER, varied_question
from growloop.universe.wording import filled

NONE = "none"
"""The coordinate of a positive, and of a question whose wording is not varied."""
ABSTAIN = "abstain"
"""The `answer` coordinate of a negative."""
PARAPHRASE = "paraphrase"
"""The `variation` of a question in a teacher's words; no universe declares it."""
UNKNOWN = "unknown"
"""The `answer` coordinate of a question that no fact decides, where a universe says that such are to be answered."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of a universe: a question about a context, and what it should be answered with."""

    template: Template
    phrasing: int
    filling: dict[str, str]
    """Slot → value; the entity the question is about among them."""
    context: int
    """The number of the context."""
    side: Side
    negative: str
    answer: str
    """Which of the template's answers is right."""
    answers: tuple[str, ...]
    others: Mapping[str, str]
    """Wrong values of its slots, for somebody to take back."""
    seed: int
    """Of the variations."""
    variation: str = NONE
    closed: bool = False
    """It is asked without any context because it needs none."""
    beside: int | None = None
    """The number of the second context, which is shown as well."""
    changes: Cell | None = None
    """The plain cell that this one is a variation of with another answer."""

    @property
    def asked(self) -> str:
        """The phrasing it is asked in, slots and all."""
        return self.template.ask[self.phrasing]

    @property
    def plain_question(self) -> str:
        """The question before its wording is varied."""
        return filled(self.asked, self.filling)

    @property
    def question(self) -> str:
        """The question as it is put to the model."""
        if self.variation == NONE or self.changes is not None:
            return self.plain_question
        return varied_question(self.variation, self.asked, self.wording, seed=self.seed)

    @property
    def wording(self) -> dict[str, str]:
        """What a variation may put in: the values, and wrong ones to take back."""
        return {**self.others, **self.filling}

    @property
    def reads_context(self) -> bool:
        """False where the question is put without any context."""
        return self.negative != "no_context" and not self.closed

    @property
    def plain(self) -> Cell:
        """The cell in its plain wording."""
        return self.changes or replace(self, variation=NONE)

    @property
    def is_undecided(self) -> bool:
        """True where no fact says whether the context answers the question, nor how."""
        return self.negative == NONE and not self.answers

    @property
    def where(self) -> dict[str, str]:
        """Its coordinates."""
        own = {"template": self.template.name, "phrasing": str(self.phrasing), "negative": self.negative}
        return {**self.filling, **own, "variation": self.variation, "answer": self.answer}


class Without(Sequence[int]):
    """Sorted numbers without a few of them, counted and indexed without being listed.

    >>> list(Without([2, 4, 6, 8], {4, 5}))
    [2, 6, 8]
    """

    def __init__(self, numbers: Sequence[int], left_out: Iterable[int]) -> None:
        self.numbers = numbers
        self.gaps = sorted({bisect_left(numbers, number) for number in left_out if holds(numbers, number)})
        """The places that are passed over."""

    def __len__(self) -> int:
        return len(self.numbers) - len(self.gaps)

    def __getitem__(self, index: int) -> int:  # type: ignore[override]
        if not 0 <= index < len(self):
            raise IndexError(index)
        for gap in self.gaps:
            if index < gap:
                break
            index += 1
        return self.numbers[index]


def holds(numbers: Sequence[int], number: int) -> bool:
    """True where sorted numbers hold a number."""
    place = bisect_left(numbers, number)
    return place < len(numbers) and numbers[place] == number


@dataclass(frozen=True, slots=True)
class Coordinates:
    """What the cells of a stratum have in common."""

    kind: Kind
    side: Side
    negative: str
    answer: str
    told: bool
    """Whether the context answers the question, asked about its own entity."""

    @property
    def undecided(self) -> bool:
        """True where no fact says whether the context answers the question, nor how."""
        return self.negative == NONE and not self.told

    @property
    def reads_context(self) -> bool:
        """False where the question is put without any context."""
        return self.negative != "no_context" and not self.kind.closed


class Stratum:
    """The cells with the same template, side, kind of negative and answer, as far as `where` lets them in."""

    def __init__(self, material: Material, common: Coordinates, where: Mapping[str, str]) -> None:
        self.common = common
        self.template = material.templates[common.kind.number]
        self._material = material
        self._where = where
        kind, side = common.kind, common.side
        asked = (kind.naming_entity if common.negative == "wrong_entity" else kind.phrasings)[side]
        self.phrasings = [phrasing for phrasing in asked if allows(where, "phrasing", str(phrasing))]
        self.numbers = {slot: self._let_in(slot) for slot in kind.slots}
        sizes = {context: self._size_in(context) for context in self._askable()}
        self.sizes = {context: size for context, size in sizes.items() if size}
        """Context → number of its cells here, each in its plain wording."""
        self._contexts = list(self.sizes)
        self._ends = list(accumulate(self.sizes.values()))

    def _askable(self) -> Sequence[int]:
        """The contexts that may have cells here."""
        material, common = self._material, self.common
        if common.kind.closed:
            return [material.nowhere]
        contexts = material.first_contexts_on if common.negative == "no_context" else material.contexts_on
        return contexts[common.side]

    @property
    def size(self) -> int:
        """How many cells there are, each in its plain wording."""
        return self._ends[-1] if self._ends else 0

    def values_of(self, coordinate: str) -> list[str]:
        """What a coordinate can be here, but for the variation; empty where the stratum lacks it."""
        common, kind = self.common, self.common.kind
        fixed = {"template": self.template.name, "negative": common.negative, "answer": common.answer}
        if coordinate in fixed:
            return [fixed[coordinate]]
        if coordinate == "split":
            return [str(common.side)] if common.side else []
        if coordinate == "phrasing":
            return [str(phrasing) for phrasing in self.phrasings]
        if coordinate not in kind.slots:
            return []
        names = self._material.slots[coordinate].names
        return [names[number] for number in sorted(self._slot_numbers(coordinate))]

    def _slot_numbers(self, slot: str) -> set[int]:
        """The numbers of the values that a slot has in some cell."""
        kind = self.common.kind
        if slot in kind.free_slots:
            return set(self.numbers[slot])
        of = self.values_in if slot == kind.fact.slot else self.entities_in
        found: set[int] = set()
        for context in self._contexts:
            if len(found) == len(self.numbers[slot]):
                break
            found.update(number for number in of(context) if number is not None)
        return found

    def cell(self, index: int) -> Cell:
        """The cell with a number below `size`."""
        place = bisect_right(self._ends, index)
        context = self._contexts[place]
        return self.cell_in(context, index - self._ends[place] + self.sizes[context])

    def cell_in(self, context: int, number: int) -> Cell:
        """A cell of one context, by its number below `sizes[context]`."""
        number, phrasing = divmod(number, len(self.phrasings))
        values, entities = self.values_in(context), self.entities_in(context)
        number, value = divmod(number, len(values))
        number, entity = divmod(number, len(entities))
        filling = self._filling(number, values[value])
        if self.entity_slot:
            filling[self.entity_slot] = self._entity_name(context, entities[entity])
        return self._cell(context, phrasing, values[value], filling)

    @property
    def entity_slot(self) -> str | None:
        """The slot that is filled with an entity; None where the question is closed."""
        return None if self.common.kind.closed else self._material.entity_slot

    def let_in(self, slot: str | None) -> Sequence[int]:
        """The numbers of the values that a slot may have here; none where there is no slot."""
        return self.numbers[slot] if slot else ()

    def _filling(self, number: int, looked_up: int | None) -> dict[str, str]:
        """The values of the free slots, by a number, and of the one that is looked up."""
        kind, names = self.common.kind, self._material.slots
        filling: dict[str, str] = {}
        for slot in kind.free_slots:
            number, place = divmod(number, len(self.numbers[slot]))
            filling[slot] = names[slot].names[self.numbers[slot][place]]
        if kind.fact.slot is not None and looked_up is not None:
            filling[kind.fact.slot] = names[kind.fact.slot].names[looked_up]
        return filling

    def _cell(self, context: int, phrasing: int, looked_up: int | None, filling: dict[str, str]) -> Cell:
        return Cell(
            template=self.template,
            phrasing=self.phrasings[phrasing],
            filling=filling,
            context=context,
            side=self.common.side,
            negative=self.common.negative,
            answer=self.common.answer,
            answers=self._answers(context, looked_up, filling),
            others=self._others(context, filling),
            seed=self._material.universe.seed,
            closed=self.common.kind.closed,
        )

    def _others(self, context: int, filling: Mapping[str, str]) -> dict[str, str]:
        """For each slot another value of the same side, where the universe has people correct themselves."""
        if "self_correction" not in self._material.universe.variations:
            return {}
        found = {}
        for slot, value in filling.items():
            numbers, names = self._material.numbers[slot][self.common.side], self._material.slots[slot]
            own = bisect_left(numbers, names.number(value))
            if len(numbers) > 1:
                chance = number_of(self._material.universe.seed, slot, value, context)
                found[OTHER + slot] = names.names[numbers[(own + 1 + chance % (len(numbers) - 1)) % len(numbers)]]
        return found

    def _entity_name(self, context: int, entity: int) -> str:
        own = entity == self._material.entity_of[context]
        return self._material.contexts[context].entity if own else self._material.entities.names[entity]

    def _answers(self, context: int, looked_up: int | None, filling: Mapping[str, str]) -> tuple[str, ...]:
        if self.common.negative != NONE or self.common.undecided:
            return ()
        if self.common.kind.closed:
            by = filling.get(self.common.kind.fact.slot or "", "")
            return (filled(self.template.answer[self.common.answer], {**filling, "value": by}),)
        about = self._material.contexts[context]
        value = self._material.value_of(self.common.kind, context, looked_up)
        return (filled(self.template.answer[self.common.answer], {**filling, "value": spoken(value, about.text)}),)

    def _size_in(self, context: int) -> int:
        return len(self.values_in(context)) * len(self.entities_in(context)) * self._free * len(self.phrasings)

    @property
    def _free(self) -> int:
        """In how many ways the slots can be filled that neither context nor fact decides."""
        return prod(len(self.numbers[slot]) for slot in self.common.kind.free_slots)

    def values_in(self, context: int) -> Sequence[int | None]:
        """The values of the fact's slot that make a cell in this context; [None] for a plain fact."""
        if self.common.told:
            return self._told(context)
        if self.common.undecided:
            return self._undecided(context)
        if self.common.negative == "no_context":
            slot = self.common.kind.fact.slot
            return [None] if slot is None else self.numbers[slot]
        if self.common.negative == "near_miss":
            return self._near(context)
        if self.common.negative == "contradicted":
            return self._contradicted(context)
        return self._untold(context)

    def _told(self, context: int) -> Sequence[int | None]:
        told, slot = self.common.kind.told[context], self.common.kind.fact.slot
        wanted = [value for value, answer in told.items() if answer and self.common.answer in (answer, ABSTAIN)]
        return [value for value in wanted if value is None or slot is None or holds(self.numbers[slot], value)]

    def _untold(self, context: int) -> Sequence[int | None]:
        """What the context neither tells nor mentions."""
        told, slot = self.common.kind.told[context], self.common.kind.fact.slot
        if slot is None:
            return [] if told else [None]
        known = (value for value in told if value is not None)
        return Without(self.numbers[slot], (*known, *self._material.mentioned[context][slot]))

    def _undecided(self, context: int) -> Sequence[int | None]:
        """What the context mentions and no fact decides; where it mentions nothing, all that no fact decides."""
        told, slot = self.common.kind.told[context], self.common.kind.fact.slot
        if slot is None:
            return [] if told else [None]
        let_in = self.numbers[slot]
        mentioned = [value for value in sorted(self._material.mentioned[context][slot]) if holds(let_in, value)]
        known = [value for value in told if value is not None]
        return [value for value in mentioned if value not in told] or Without(let_in, known)

    def _near(self, context: int) -> Sequence[int | None]:
        """What is untold where something near it is told; without anything near, all that is untold."""
        kind, untold = self.common.kind, self._untold(context)
        if kind.fact.slot is None:
            return untold if self._material.touches(kind, context) else []
        near = self._material.near(kind, context)
        let_in = [value for value in near if holds(self.numbers[kind.fact.slot], value)]
        closest = [value for value in let_in if holds(untold, value)]  # type: ignore[arg-type]
        return closest or (untold if kind.told[context] else [])

    def _contradicted(self, context: int) -> Sequence[int | None]:
        """What is untold where the context says otherwise than the question presumes."""
        kind = self.common.kind
        denied = self._material.denied(kind, context)
        if kind.fact.slot is None:
            return [None] if denied and not kind.told[context] else []
        return [value for value in denied if value not in kind.told[context] and self._has(value)]

    def _has(self, value: int | None) -> bool:
        slot = self.common.kind.fact.slot
        return slot is not None and value is not None and holds(self.numbers[slot], value)

    def entities_in(self, context: int) -> Sequence[int]:
        """The entities that are asked about in this context: its own, or for wrong_entity all it does not name."""
        if self.common.kind.closed:
            return [-1]
        slot, own = self._material.entity_slot, self._material.entity_of[context]
        if self.common.negative == "wrong_entity" and slot is not None:
            return Without(self.numbers[slot], (own, *self._material.mentioned[context][slot]))
        let_in = slot is None or allows(self._where, slot, self._material.contexts[context].entity)
        return [own] if let_in else []

    def _let_in(self, slot: str) -> Sequence[int]:
        numbers, values = self._material.numbers[slot][self.common.side], self._material.slots[slot]
        if slot not in self._where:
            return numbers
        wanted = self._where[slot]
        number = values.number(wanted) if wanted in values.names else -1
        return [number] if holds(numbers, number) else []


def allows(where: Mapping[str, str], coordinate: str, value: str) -> bool:
    """True unless `where` asks for another value of a coordinate."""
    return where.get(coordinate, value) == value


def varied(cell: Cell, variation: str) -> Cell:
    """The same cell in another wording."""
    return replace(cell, variation=variation)
