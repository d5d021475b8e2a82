"""Cells as the numbers of the texts they are made of: all texts are listed once, before the first cell is numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from growloop.universe.cells import NONE, Stratum
from growloop.universe.columns import Cells, Places
from growloop.universe.facts import spoken
from growloop.universe.material import Kind, Material
from growloop.universe.patterns import Pattern
from growloop.universe.texts import TextNumbers, Texts
from growloop.universe.wording import placeholders

KNOWN = ("", "value", "template", "negative", "answer", "phrasing", "variation")
"""What is known of every row: nothing, what its answer says for `{value}`, its coordinates. Its slots come after."""


def column_of(kind: Kind) -> dict[str, int]:
    """Where in `Rows.known` each thing stands that is known of the rows of a template."""
    return {name: column for column, name in enumerate((*KNOWN, *kind.slots))}


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

    @classmethod
    def in_turn(cls, parts: Sequence[Rows]) -> Rows:
        """The rows of all parts by their turns; where these are the same, in the order of the parts."""
        whole = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)}
        order = np.argsort(whole["turns"], kind="stable")
        return cls(**{name: column[order] for name, column in whole.items()})


class Numbering:
    """Numbers the cells of some strata."""

    def __init__(self, strata: Sequence[Stratum], material: Material, wordings: Sequence[str]) -> None:
        self.texts = texts = Texts()
        self.strata, self._material = strata, material
        self._first = {slot: texts.add(list(values.names)) for slot, values in material.slots.items() if values.listed}
        if material.entity_slot:
            self._first[material.entity_slot] = texts.add(list(material.entities.names))
        self._own_name = texts.add([context.entity for context in material.contexts])
        self._entity_of = np.array(material.entity_of, dtype=np.int64)
        self._said = [texts.add(said) if said else 0 for said in map(self._all_said, strata)]
        self._shared = [texts.add(_shared(stratum)) for stratum in strata]
        asked = [len(material.templates[kind.number].ask) for kind in material.kinds]
        self._first_phrasing = np.cumsum([0, *asked])
        self._phrasing = texts.add([str(number) for number in range(max(asked))])
        self.wording = texts.add(wordings)
        """The number of the first wording; the others follow."""
        self._width = len(KNOWN) + max(len(kind.slots) for kind in material.kinds)

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

    def rows(self, stratum: int, cells: Cells, wordings: Places, turns: NDArray[np.float64], made: list[str]) -> Rows:
        """Cells of a stratum as rows; texts that only they are made of are added to those `made` for its neighbours."""
        common = self.strata[stratum].common
        column = column_of(common.kind)
        known = np.zeros((len(turns), self._width), dtype=np.uint32)
        known[:, column["template"] : column["phrasing"]] = np.arange(3) + self._shared[stratum]
        known[:, column["phrasing"]] = self._phrasing + cells.phrasings
        known[:, column["variation"]] = self.wording + wordings
        for slot in common.kind.slots:
            known[:, column[slot]] = self._values(slot, self.strata[stratum], cells, made)
        if self._said[stratum]:
            known[:, column["value"]] = self._said[stratum] + cells.entries
        elif common.kind.closed and common.kind.fact.slot:
            known[:, column["value"]] = known[:, column[common.kind.fact.slot]]
        return Rows(
            strata=np.full(len(turns), stratum),
            contexts=cells.contexts,
            phrasings=self._first_phrasing[common.kind.number] + cells.phrasings,
            wordings=wordings,
            turns=turns,
            known=known,
        )

    def _values(self, slot: str, stratum: Stratum, cells: Cells, made: list[str]) -> Places:
        numbers, names = cells.values[slot], self._material.slots[slot].names
        if slot == stratum.entity_slot:
            own = numbers == self._entity_of[cells.contexts]
            return np.where(own, self._own_name + cells.contexts, self._first[slot] + numbers)
        if isinstance(names, Pattern):
            made += [names[number] for number in numbers.tolist()]
            return np.arange(len(numbers)) + len(self.texts) + len(made) - len(numbers)
        return np.where(numbers >= 0, self._first[slot] + numbers, 0)


def answer_of(stratum: Stratum) -> str:
    """The answer of a stratum with its slots; empty for negatives."""
    return stratum.template.answer[stratum.common.answer] if stratum.common.negative == NONE else ""


def _shared(stratum: Stratum) -> list[str]:
    """The coordinates that all cells of a stratum share."""
    return [stratum.template.name, stratum.common.negative, stratum.common.answer]
