"""Questions about two entities: the texts of both are shown, and the answer follows from what both tell.

Its cells in one context are

    what is asked × the second context × values of free slots × phrasings

where the second is a text of another entity on the same side. A negative lacks something about one of the two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate

from growloop.universe.cells import NONE, Cell, Stratum, Without, allows
from growloop.universe.facts import spoken
from growloop.universe.material import OTHER_VALUE
from growloop.universe.wording import filled

KINDS = ("wrong_entity", "wrong_topic", "no_context")
"""The kinds of negatives that there are of such questions: the text of the second is not shown, or is silent on the
subject (or that of the first is); nothing is shown."""


class Partners(Sequence[tuple[int | None, int]]):
    """What is asked and of whom besides, for one context: counted and indexed without being listed."""

    def __init__(self, parts: Iterable[tuple[int | None, Sequence[int]]]) -> None:
        self._parts = [(value, numbers) for value, numbers in parts if len(numbers)]
        self._ends = list(accumulate(len(numbers) for _, numbers in self._parts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: int) -> tuple[int | None, int]:  # type: ignore[override]
        if not 0 <= index < len(self):
            raise IndexError(index)
        place = bisect_right(self._ends, index)
        value, numbers = self._parts[place]
        return value, numbers[index - self._ends[place] + len(numbers)]


class PairStratum(Stratum):
    """The cells of a template about two entities with the same side, kind of negative and answer."""

    @cached_property
    def _beside(self) -> str:
        return self.common.kind.beside or ""

    def _size_in(self, context: int) -> int:
        if not self.entities_in(context):
            return 0
        return len(self._partners(context)) * self._free * len(self.phrasings)

    def cell_in(self, context: int, number: int) -> Cell:
        """A cell of one context, by its number below `sizes[context]`."""
        number, phrasing = divmod(number, len(self.phrasings))
        partners = self._partners(context)
        number, place = divmod(number, len(partners))
        looked_up, partner = partners[place]
        contexts, entities = self._material.contexts, self._material.entities
        filling = self._filling(number, looked_up)
        if self.entity_slot:
            filling[self.entity_slot] = contexts[context].entity
        second = partner if self._shows_both else None
        filling[self._beside] = entities.names[partner] if second is None else contexts[second].entity
        cell = replace(self._cell(context, phrasing, looked_up, filling), beside=second)
        return replace(cell, answers=self._answers_of_two(cell, looked_up)) if self.common.negative == NONE else cell

    @property
    def _shows_both(self) -> bool:
        return self.common.negative in (NONE, "wrong_topic")

    def entities_in(self, context: int) -> Sequence[int]:
        """The context's own entity, where it is let in."""
        slot, about = self._material.entity_slot, self._material.contexts[context]
        return [self._material.entity_of[context]] if slot and allows(self._where, slot, about.entity) else []

    def _answers(self, context: int, looked_up: int | None, filling: object) -> tuple[str, ...]:
        return ()  # both contexts have to be known

    def _answers_of_two(self, cell: Cell, looked_up: int | None) -> tuple[str, ...]:
        kind, contexts = self.common.kind, self._material.contexts
        told = {
            name: spoken(self._material.value_of(kind, number, looked_up), contexts[number].text)
            for name, number in (("value", cell.context), (OTHER_VALUE, cell.beside or 0))
        }
        return (filled(self.template.answer[self.common.answer], {**cell.filling, **told}),)

    def _partners(self, context: int) -> Partners:
        """What can be asked in a context, each with the contexts or entities it can be asked of besides."""
        negative, told = self.common.negative, self.common.kind.told[context]
        asked = [value for value, answer in told.items() if answer and self._let_in_value(value)]
        if negative == NONE:
            first, _, second = self.common.answer.partition(", ")
            return self._paired(context, [v for v in asked if told[v] == first], lambda v: self._telling(v, second))
        if negative == "wrong_topic" and self.common.told:
            return self._paired(context, asked, self._silent)
        if negative == "wrong_topic":
            silent = not told and None not in told
            return self._paired(context, [None] if silent else [], lambda v: self._telling(v, None))
        own = self._material.entity_of[context]
        if negative == "no_context":
            slot = self.common.kind.fact.slot
            values: Sequence[int | None] = [None] if slot is None else self.numbers[slot]
            return Partners((value, Without(self.numbers[self._beside], [own])) for value in values)
        mentioned = self._material.mentioned[context][self._beside]
        return Partners((value, Without(self.numbers[self._beside], (own, *mentioned))) for value in asked)

    def _paired(
        self, context: int, asked: Iterable[int | None], seconds: Callable[[int | None], Sequence[int]]
    ) -> Partners:
        own = self._material.contexts_of[self._material.entity_of[context]]
        return Partners((value, Without(seconds(value), own)) for value in asked)

    def _let_in_value(self, value: int | None) -> bool:
        return value is None or self._has(value)

    def _telling(self, value: int | None, answer: str | None) -> Sequence[int]:
        """The contexts of this side that tell what is asked, with some answer."""
        return self._by_told.get((value, answer), [])

    @cached_property
    def _by_told(self) -> dict[tuple[int | None, str | None], list[int]]:
        """What is asked, and how it is answered (None: in any way) → the contexts that do."""
        found: dict[tuple[int | None, str | None], list[int]] = {}
        for context in self._seconds:
            for value, answer in self.common.kind.told[context].items():
                if answer:
                    found.setdefault((value, answer), []).append(context)
                    found.setdefault((value, None), []).append(context)
        return found

    @cached_property
    def _seconds(self) -> list[int]:
        """The contexts of this side that may be shown beside another."""
        contexts = self._material.contexts
        on = self._material.contexts_on[self.common.side]
        return [context for context in on if allows(self._where, self._beside, contexts[context].entity)]

    def _silent(self, value: int | None) -> Sequence[int]:
        """The contexts of this side that neither tell nor mention what is asked."""
        if value not in self._silent_on:
            slot, told = self.common.kind.fact.slot, self.common.kind.told
            mentioned = self._material.mentioned
            self._silent_on[value] = [
                context
                for context in self._seconds
                if value not in told[context] and (slot is None or value not in mentioned[context][slot])
            ]
        return self._silent_on[value]

    @cached_property
    def _silent_on(self) -> dict[int | None, list[int]]:
        return {}
