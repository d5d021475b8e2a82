"""Cells rendered by the million: every text that can stand in a question or answer is listed once, and gathered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.records.universe import Template
from growloop.universe.cells import NONE, Stratum
from growloop.universe.columns import Cells, Places
from growloop.universe.facts import spoken
from growloop.universe.material import Material
from growloop.universe.patterns import Pattern
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
    """The cells of a template's strata as columns of texts; made before the first is rendered, since it lists them."""

    def __init__(self, strata: Sequence[Stratum], material: Material, texts: Texts, first: Mapping[str, int]) -> None:
        self.kind = strata[0].common.kind
        template = self._template = strata[0].template
        self.entity_slot = strata[0].entity_slot
        self._material, self.texts, self._first = material, texts, first
        self._entity_of = np.array(material.entity_of, dtype=np.int64)
        self._ask = Phrases(template.ask, self.kind.slots, texts)
        answers = [template.answer[key] for key in template.answer]
        self._answers = Phrases(answers, (*self.kind.slots, "value"), texts)
        self._answer_of = np.array([_place(template, stratum) for stratum in strata], dtype=np.int64)
        self._spoken = np.array([self._all_spoken(stratum) for stratum in strata], dtype=np.int64)
        columns = zip(*(self._coordinates(stratum) for stratum in strata), strict=True)
        self.coordinates = dict(zip(COORDINATES, (np.array(column) for column in columns), strict=True))
        """Coordinate → for each stratum the number of its text."""
        self._phrasings = texts.add([str(number) for number in range(len(template.ask))])

    def _all_spoken(self, stratum: Stratum) -> int:
        """Lists how the values of a stratum's entries are said, where its answer says them; the number of the first."""
        common, contexts = stratum.common, self._material.contexts
        if common.negative != NONE or common.kind.closed:
            return 0
        if "value" not in placeholders(stratum.template.answer[common.answer]):
            return 0
        return self.texts.add(
            [
                spoken(self._material.value_of(common.kind, context, looked_up), contexts[context].text)
                for context in stratum.sizes
                for looked_up in stratum.values_in(context)
            ]
        )

    def _coordinates(self, stratum: Stratum) -> list[int]:
        common = stratum.common
        return [self.texts.add([text]) for text in (stratum.template.name, common.negative, common.answer)]

    def numbers(self, slot: str, cells: Cells) -> Places:
        """The numbers of the values of a slot."""
        if slot == self.entity_slot:
            return cells.entities
        return cells.values if slot == self.kind.fact.slot else cells.free[slot]

    def filling(self, cells: Cells) -> tuple[list[Places], pl.Series | None]:
        """For each slot the numbers of the texts that fill it; and texts that were made for these cells alone."""
        made, filled = list[str](), list[Places]()
        for slot in self.kind.slots:
            numbers, names = self.numbers(slot, cells), self._material.slots[slot].names
            if slot == self.entity_slot:
                own = numbers == self._entity_of[cells.contexts]
                filled.append(np.where(own, self._first[OWN] + cells.contexts, self._first[slot] + numbers))
            elif isinstance(names, Pattern):
                filled.append(np.arange(len(numbers)) + len(self.texts) + len(made))
                made += [names[number] for number in numbers.tolist()]
            else:
                filled.append(np.where(numbers >= 0, self._first[slot] + numbers, 0))
        return filled, pl.Series(made, dtype=pl.String) if made else None

    def questions(self, cells: Cells, filling: Sequence[Places], made: pl.Series | None) -> pl.Series:
        """The questions in their plain wording."""
        return self._ask.rendered(cells.phrasings, filling, self.texts, made)

    def answers(self, cells: Cells, of: Places, filling: Sequence[Places], made: pl.Series | None) -> pl.Series:
        """The answers of some cells, given the places of their strata; for negatives a text that means nothing."""
        slot = self.kind.fact.slot
        if self.kind.closed and slot:
            value = filling[self.kind.slots.index(slot)]
        else:
            value = np.where(self._spoken[of] > 0, self._spoken[of] + cells.entries, 0)
        return self._answers.rendered(self._answer_of[of], [*filling, value], self.texts, made)

    def says(self, slot: str) -> NDArray[np.bool_]:
        """For each phrasing whether a slot stands in it; cells that differ in others alone read the same."""
        return np.array([slot in placeholders(phrasing) for phrasing in self._template.ask], dtype=np.bool_)

    def phrasings(self, cells: Cells) -> Places:
        """The numbers of the texts that say which phrasing it is."""
        return self._phrasings + cells.phrasings


COORDINATES = ("template", "negative", "answer")
"""Those that all cells of a stratum share."""


def _place(template: Template, stratum: Stratum) -> int:
    """Which of its template's answers a stratum has; the first for negatives."""
    return list(template.answer).index(stratum.common.answer) if stratum.common.negative == NONE else 0


OWN = "\0own"
"""The names of entities as the contexts write them."""


def listed(material: Material, texts: Texts) -> dict[str, int]:
    """Every value of every slot among the texts: where those of each slot begin."""
    first = {slot: texts.add(list(values.names)) for slot, values in material.slots.items() if values.listed}
    if material.entity_slot:
        first[material.entity_slot] = texts.add(list(material.entities.names))
    first[OWN] = texts.add([context.entity for context in material.contexts])
    return first
