"""Variations that change the answer: the smallest edit of a question after which another answer is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from growloop.universe.cells import NONE, Cell, holds, varied
from growloop.universe.facts import spoken
from growloop.universe.material import Material
from growloop.universe.sides import number_of
from growloop.universe.variations.negation import negation
from growloop.universe.wording import filled


def negated(cell: Cell, material: Material) -> Cell | None:
    """The question turned round, with what its template answers then; None where it cannot be, or says nothing."""
    text = cell.template.negated.get(cell.answer)
    asked = negation(cell.asked)
    if text is None or asked == cell.asked:
        return None
    value = spoken(_value(cell, material), "" if cell.closed else material.contexts[cell.context].text)
    template = cell.template.model_copy(update={"ask": _with(cell.template.ask, cell.phrasing, asked)})
    return replace(cell, template=template, answers=(filled(text, {**cell.filling, "value": value}),))


def _with(ask: tuple[str, ...], place: int, text: str) -> tuple[str, ...]:
    return (*ask[:place], text, *ask[place + 1 :])


def _value(cell: Cell, material: Material) -> str | tuple[str, ...] | None:
    kind = material.kinds_by_name[cell.template.name]
    if cell.closed:
        return cell.filling.get(kind.fact.slot or "")
    slot = kind.fact.slot
    looked_up = material.slots[slot].number(cell.filling[slot]) if slot else None
    return material.value_of(kind, cell.context, looked_up)


def of_other_value(cell: Cell, material: Material) -> Cell | None:
    """The same about another value, of which the context tells otherwise; None where there is none."""
    kind = material.kinds_by_name[cell.template.name]
    slot = kind.fact.slot
    if slot is None or kind.closed or kind.beside:
        return None
    names, on_side = material.slots[slot].names, material.numbers[slot][cell.side]
    options = []
    for number, answer in kind.told[cell.context].items():
        if answer and number is not None and holds(on_side, number) and names[number] != cell.filling[slot]:
            filling = {**cell.filling, slot: names[number]}
            value = spoken(material.value_of(kind, cell.context, number), material.contexts[cell.context].text)
            answers = (filled(cell.template.answer[answer], {**filling, "value": value}),)
            if answer != cell.answer or "list" in (answer, cell.answer) or answer == "text":
                options.append(replace(cell, filling=filling, answer=answer, answers=answers))
    chance = number_of(cell.seed, "other_value", cell.plain_question, cell.context)
    return options[chance % len(options)] if options else None


CHANGES: dict[str, Callable[[Cell, Material], Cell | None]] = {"negation": negated, "other_value": of_other_value}
"""All variations that change the answer, by name."""


def changed(cell: Cell, names: Iterable[str], material: Material) -> dict[str, Cell]:
    """By name the variations of a positive that another answer is right for."""
    if cell.negative != NONE or cell.is_undecided:
        return {}
    made = {name: CHANGES[name](cell, material) for name in names if name in CHANGES}
    return {name: replace(other, variation=name, changes=cell) for name, other in made.items() if other is not None}


def in_wording(cell: Cell, name: str, material: Material) -> Cell:
    """A cell in the wording of a variation; plain where a change of the answer cannot be made."""
    if name not in CHANGES:
        return varied(cell, name)
    return changed(cell, [name], material).get(name, cell)
