"""Cells as the numbers of the texts they are made of: all texts are listed once, before the first cell is numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from growloop.universe.cells import NONE, Stratum
from growloop.universe.columns import Cells, Places, of_strata
from growloop.universe.facts import spoken
from growloop.universe.material import Kind, Material
from growloop.universe.patterns import Pattern
from growloop.universe.texts import TextNumbers, Texts
from growloop.universe.wording import placeholders

SHARED = ("template", "negative", "answer")
KNOWN = ("", "value", *SHARED, "phrasing", "variation")
"""What is known of every row: nothing, what its answer says for `{value}`, its coordinates."""
ENTITY, LOOKED_UP, FREE = len(KNOWN), len(KNOWN) + 1, len(KNOWN) + 2
"""Where the slots stand behind that: that of the entity, that the fact is looked up by, and from where on the others."""


def column_of(kind: Kind, entity_slot: str | None) -> dict[str, int]:
    """Where in `Rows.known` everything stands that is known of the rows of a template."""
    decided = ((kind.fact.slot, LOOKED_UP), (None if kind.closed else entity_slot, ENTITY))
    return {
        **{name: column for column, name in enumerate(KNOWN)},
        **{slot: column for column, slot in enumerate(kind.free_slots, start=FREE)},
        **{slot: column for slot, column in decided if slot},
    }


@dataclass(frozen=True)
class Rows:
    """Cells of several strata, a row each."""

    strata: Places
    contexts: Places
    phrasings: Places
    """Counted over all templates."""
    wordings: Places
    turns: NDArray[np.float64]
    known: TextNumbers
    """A row each: the numbers of the texts in its columns."""

    def in_turn(self) -> Rows:
        """The rows by their turns; where these are the same, as they were."""
        order = np.argsort(self.turns, kind="stable")
        return Rows(*(column[order] for column in vars(self).values()))


class Numbering:
    """Numbers the cells of some strata."""

    def __init__(self, strata: Sequence[Stratum], material: Material, wordings: Sequence[str]) -> None:
        self.texts = texts = Texts()
        self.strata, self._material = strata, material
        self._first = {slot: texts.add(list(values.names)) for slot, values in material.slots.items() if values.listed}
        if material.entity_slot:
            self._first[material.entity_slot] = texts.add(list(material.entities.names))
        self._own_name = texts.add([context.entity for context in material.contexts])
        self._entity_of = np.array([*material.entity_of, -1], dtype=np.int64)
        self._said = _column([texts.add(said) if said else 0 for said in map(self._all_said, strata)])
        self._shared = _column([texts.add(_shared(stratum)) for stratum in strata])
        asked = [len(material.templates[kind.number].ask) for kind in material.kinds]
        first_asked = np.cumsum([0, *asked])
        self._first_phrasing = first_asked[[stratum.common.kind.number for stratum in strata]]
        self._phrasing = texts.add([str(number) for number in range(max(asked))])
        self.wording = texts.add(wordings)
        """The number of the first wording; the others follow."""
        looked_up = [stratum.common.kind.fact.slot for stratum in strata]
        self._first_looked_up = _column([self._first[slot] if slot else 0 for slot in looked_up])
        self._says_looked_up = np.array([bool(of.common.kind.closed and of.common.kind.fact.slot) for of in strata])
        self._has_entity = np.array([stratum.entity_slot is not None for stratum in strata])
        self._width = FREE + max(len(kind.free_slots) for kind in material.kinds)

    def _all_said(self, stratum: Stratum) -> list[str]:
        """How the values of a stratum's entries are said, where its answer says them."""
        common, material = stratum.common, self._material
        if common.kind.closed or "value" not in placeholders(answer_of(stratum)):
            return []
        return [
            spoken(material.value_of(common.kind, context, looked_up), material.contexts[context].text)
            for context in stratum.sizes
            for looked_up in stratum.values_in(context)
        ]

    def rows(self, cells: Cells, wordings: Places, turns: NDArray[np.float64], made: list[str]) -> Rows:
        """Cells as rows; texts that come up in these alone are added to those `made`."""
        of = cells.strata
        known = np.zeros((len(of), self._width), dtype=np.uint32)
        shared = [KNOWN.index(name) for name in SHARED]
        known[:, shared] = self._shared[of, None] + np.arange(len(SHARED))
        known[:, KNOWN.index("phrasing")] = self._phrasing + cells.phrasings
        known[:, KNOWN.index("variation")] = self.wording + wordings
        known[:, LOOKED_UP] = np.where(cells.looked_up >= 0, self._first_looked_up[of] + cells.looked_up, 0)
        known[:, ENTITY] = np.where(self._has_entity[of], self._entities(cells), 0)
        for stratum, rows in of_strata(of) if self._width > FREE else ():
            for number, slot in enumerate(self.strata[stratum].common.kind.free_slots):
                known[rows, FREE + number] = self._values(slot, cells.free[rows, number], made)
        said = np.where(self._says_looked_up[of], known[:, LOOKED_UP], 0)
        known[:, KNOWN.index("value")] = np.where(self._said[of] > 0, self._said[of] + cells.entries, said)
        return Rows(of, cells.contexts, self._first_phrasing[of] + cells.phrasings, wordings, turns, known)

    def _entities(self, cells: Cells) -> Places:
        """The names of entities, that of a context's own as the context writes it."""
        own = cells.entities == self._entity_of[cells.contexts]
        first = self._first.get(self._material.entity_slot or "", 0)
        return np.where(own, self._own_name + cells.contexts, first + cells.entities)

    def _values(self, slot: str, numbers: Places, made: list[str]) -> Places:
        names = self._material.slots[slot].names
        if not isinstance(names, Pattern):
            return self._first[slot] + numbers
        made += [names[number] for number in numbers.tolist()]
        return np.arange(len(numbers)) + len(self.texts) + len(made) - len(numbers)


def answer_of(stratum: Stratum) -> str:
    """The answer of a stratum with its slots; empty for negatives."""
    return stratum.template.answer[stratum.common.answer] if stratum.common.negative == NONE else ""


def _shared(stratum: Stratum) -> list[str]:
    """The coordinates that all cells of a stratum share, those called SHARED."""
    return [stratum.template.name, stratum.common.negative, stratum.common.answer]


def _column(numbers: Sequence[int]) -> Places:
    return np.array(numbers, dtype=np.int64)
