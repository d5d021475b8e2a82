"""Cells rendered by the million: every text that can stand in a question or answer is listed once, and gathered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from growloop.universe.cells import NONE, Stratum
from growloop.universe.columns import Cells, Columns, Places
from growloop.universe.facts import spoken
from growloop.universe.material import Material
from growloop.universe.patterns import Pattern
from growloop.universe.permutation import Numbers
from growloop.universe.wording import placeholders

_PARTS = re.compile(r"\{([^{}]*)\}")


class Texts:
    """A growing list of texts, each with a number."""

    def __init__(self) -> None:
        self._texts: list[str] = [""]
        self._made: pl.Series | None = None

    def add(self, texts: Sequence[str]) -> int:
        """List some texts; the number of the first."""
        self._made = None
        self._texts += texts
        return len(self._texts) - len(texts)

    def at(self, numbers: Places, more: pl.Series | None = None) -> pl.Series:
        """The texts with some numbers; those behind the end are in `more`."""
        if self._made is None:
            self._made = pl.Series(self._texts, dtype=pl.String)
        texts = self._made if more is None else pl.concat([self._made, more])
        return texts.gather(pl.Series(numbers.astype(np.uint32)))

    def __len__(self) -> int:
        return len(self._texts)


class Phrases:
    """Phrasings or answers with slots, cut into the pieces between and the slots themselves."""

    def __init__(self, phrases: Sequence[str], slots: Sequence[str], texts: Texts) -> None:
        cut = [_PARTS.split(phrase) for phrase in phrases]
        pieces = max(len(parts) for parts in cut)
        padded = [parts + [""] * (pieces - len(parts)) for parts in cut]
        self._literals = [
            np.array([texts.add([parts[place]]) for parts in padded], dtype=np.int64) for place in range(0, pieces, 2)
        ]
        known = {slot: number for number, slot in enumerate(slots)}
        self._slots = [
            np.array([known.get(parts[place], -1) for parts in padded], dtype=np.int64) for place in range(1, pieces, 2)
        ]

    def rendered(self, numbers: Places, filling: Sequence[Places], texts: Texts, more: pl.Series | None) -> pl.Series:
        """The phrases with some numbers, filled: `filling` has the numbers of the texts, slot by slot."""
        values = np.stack([*filling, np.zeros(len(numbers), dtype=np.int64)])  # the last is the empty text
        rows = np.arange(len(numbers))
        columns = [texts.at(self._literals[0][numbers])]
        for literal, slot in zip(self._literals[1:], self._slots, strict=True):
            columns += [texts.at(values[slot[numbers], rows], more), texts.at(literal[numbers])]
        named = [column.alias(str(place)) for place, column in enumerate(columns)]
        return pl.select(pl.concat_str(named)).to_series()


class Rendered:
    """The cells of a stratum as columns of texts; made before the first is rendered, since it lists what it needs."""

    def __init__(self, stratum: Stratum, material: Material, texts: Texts, slots: Mapping[str, int]) -> None:
        kind, common = stratum.common.kind, stratum.common
        self.stratum = stratum
        self.slots = kind.slots
        self._material, self._texts, self._first = material, texts, slots
        self._columns = Columns(stratum)
        self._entity_of = np.array(material.entity_of, dtype=np.int64)
        self._ask = Phrases(stratum.template.ask, kind.slots, texts)
        self._answer: Phrases | None = None
        self._spoken = -1
        if common.negative == NONE:
            text = stratum.template.answer[common.answer]
            self._answer = Phrases([text], (*kind.slots, "value"), texts)
            if "value" in placeholders(text) and not kind.closed:
                self._spoken = texts.add(self._all_spoken())

    def _all_spoken(self) -> list[str]:
        """How the value of each entry is said, in the order of the entries."""
        kind, contexts = self.stratum.common.kind, self._material.contexts
        return [
            spoken(self._material.value_of(kind, context, looked_up), contexts[context].text)
            for context in self.stratum.sizes
            for looked_up in self.stratum.values_in(context)
        ]

    def cells(self, numbers: Numbers) -> Cells:
        """The cells with some numbers."""
        return self._columns.cells(numbers)

    def filling(self, cells: Cells) -> tuple[list[Places], pl.Series | None]:
        """For each slot the numbers of the texts that fill it; and texts that were made for these cells alone."""
        stratum, made, filled = self.stratum, list[str](), list[Places]()
        for slot in self.slots:
            if slot == stratum.entity_slot:
                own = cells.entities == self._entity_of[cells.contexts]
                filled.append(np.where(own, self._first[OWN] + cells.contexts, self._first[slot] + cells.entities))
                continue
            numbers = self.numbers(slot, cells)
            names = self._material.slots[slot].names
            if isinstance(names, Pattern):
                filled.append(np.arange(len(numbers)) + len(self._texts) + len(made))
                made += [names[number] for number in numbers.tolist()]
            else:
                filled.append(np.where(numbers >= 0, self._first[slot] + numbers, 0))
        return filled, pl.Series(made, dtype=pl.String) if made else None

    def numbers(self, slot: str, cells: Cells) -> Places:
        """The numbers of the values of a slot."""
        if slot == self.stratum.entity_slot:
            return cells.entities
        return cells.values if slot == self.stratum.common.kind.fact.slot else cells.free[slot]

    def named(self, numbers: Places, made: pl.Series | None) -> pl.Series:
        """The texts with some numbers."""
        return self._texts.at(numbers, made)

    def questions(self, cells: Cells, filling: Sequence[Places], made: pl.Series | None) -> pl.Series:
        """The questions in their plain wording."""
        return self._ask.rendered(cells.phrasings, filling, self._texts, made)

    def answers(self, cells: Cells, filling: Sequence[Places], made: pl.Series | None) -> pl.Series:
        """The answers; null for negatives."""
        count = len(cells.contexts)
        if self._answer is None:
            return pl.Series([None] * count, dtype=pl.String)
        value = np.zeros(count, dtype=np.int64)
        slot = self.stratum.common.kind.fact.slot
        if self._spoken >= 0:
            value = self._spoken + cells.entries
        elif self.stratum.common.kind.closed and slot:
            value = filling[self.slots.index(slot)]
        return self._answer.rendered(np.zeros(count, dtype=np.int64), [*filling, value], self._texts, made)


OWN = "\0own"
"""The names of entities as the contexts write them."""


def listed(material: Material, texts: Texts) -> dict[str, int]:
    """Every value of every slot among the texts: where those of each slot begin."""
    first = {slot: texts.add(list(values.names)) for slot, values in material.slots.items() if values.listed}
    if material.entity_slot:
        first[material.entity_slot] = texts.add(list(material.entities.names))
    first[OWN] = texts.add([context.entity for context in material.contexts])
    return first
