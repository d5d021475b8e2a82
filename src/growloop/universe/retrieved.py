"""Negatives that the task's own retriever makes: what it finds for a question, and does not answer it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from growloop.records.universe import Template
from growloop.universe.cells import ABSTAIN, NONE, Cell, Coordinates, Stratum
from growloop.universe.changes import CHANGES
from growloop.universe.material import Kind, Material
from growloop.universe.sides import Side
from growloop.universe.strata import strata
from growloop.universe.wording import words_of_name

RETRIEVED = "retrieved"
DEPTH = 20
"""How far down a ranking a wrong context is looked for."""
Retrieve = Callable[[Sequence[str], int], list[list[str]]]
"""Questions and a depth → for each the ids of the contexts found, best first."""


@dataclass(frozen=True)
class Retrieved:
    """The answerable questions of a template on one side, to be asked of a retriever."""

    common: Coordinates
    template: Template
    positives: list[Stratum]
    material: Material
    retrieve: Retrieve

    @property
    def where(self) -> dict[str, str]:
        """The coordinates that its negatives have in common."""
        return {"template": self.template.name, "negative": RETRIEVED, "answer": ABSTAIN}

    def wrongly(self, asked: Sequence[Cell]) -> list[Cell]:
        """Each question in the best ranked context that does not answer it; none where all of them may."""
        found = self.retrieve([cell.question for cell in asked], DEPTH)
        both = ((cell, self._first_wrong(cell, ids)) for cell, ids in zip(asked, found, strict=True))
        return [
            replace(cell, context=context, negative=RETRIEVED, answer=ABSTAIN, answers=())
            for cell, context in both
            if context is not None
        ]

    def _first_wrong(self, cell: Cell, ids: Sequence[str]) -> int | None:
        numbers = (self.material.context_numbers[id] for id in ids if id in self.material.context_numbers)
        return next((number for number in numbers if self._is_wrong(cell, number)), None)

    def _is_wrong(self, cell: Cell, context: int) -> bool:
        """True where a context stands on the cell's side and neither tells nor mentions what it asks."""
        if not self.material.is_on(context, self.common.side):
            return False
        return not answers(self.material, self.common.kind, cell.filling, context)


def answers(material: Material, kind: Kind, filling: Mapping[str, str], context: int) -> bool:
    """True unless it is sure from facts and mentions that a context does not answer a question.

    A context about another entity answers nothing where it does not name the one asked about; one about the same
    entity where it neither tells the fact nor mentions the value.
    """
    slot, entity = kind.fact.slot, material.entity_slot
    mentioned = material.mentioned[context]
    if entity is not None:
        about = material.slots[entity].numbers[words_of_name(filling[entity])]
        if about != material.entity_of[context]:
            return about in mentioned[entity]
    told = kind.told[context]
    if slot is None:
        return bool(told)
    value = material.slots[slot].numbers[words_of_name(filling[slot])]
    return value in told or value in mentioned[slot]


def retrieved(material: Material, where: Mapping[str, str], retrieve: Retrieve) -> Iterator[Retrieved]:
    """What can be asked of a retriever at some coordinates, by template and side."""
    if where.get("negative", RETRIEVED) != RETRIEVED or where.get("answer", ABSTAIN) != ABSTAIN:
        return
    if where.get("variation") in CHANGES:
        return  # what changes the answer is made of positives alone
    asked = {**{name: value for name, value in where.items() if name != "answer"}, "negative": NONE}
    parts: dict[tuple[int, Side], list[Stratum]] = {}
    for stratum in strata(material, asked):
        if stratum.common.kind.closed or stratum.common.kind.beside:
            continue  # the one is asked of no context, the other of two
        if stratum.common.undecided:
            continue  # whether its own context answers it is not known either
        parts.setdefault((stratum.common.kind.number, stratum.common.side), []).append(stratum)
    for (_, side), positives in parts.items():
        common = Coordinates(positives[0].common.kind, side, RETRIEVED, ABSTAIN, told=False)
        yield Retrieved(common, positives[0].template, positives, material, retrieve)
