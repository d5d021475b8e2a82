"""What is wrong with declared templates, each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from growloop.errors import GrowloopError, did_you_mean
from growloop.records.declaration import Location
from growloop.records.universe import Template, Universe
from growloop.universe.facts import FactName, fact_name
from growloop.universe.lines import Lines
from growloop.universe.material import OTHER_VALUE
from growloop.universe.sides import sides_of
from growloop.universe.slots import Values
from growloop.universe.wording import has_stray_brace, placeholders, words_of_name


class TemplateProblems:
    """Looks at the templates of a universe whose slots were read."""

    def __init__(self, universe: Universe, slots: Mapping[str, Values], lines: Lines) -> None:
        self._universe, self._slots, self._lines = universe, slots, lines

    def problems(self) -> Iterator[GrowloopError]:
        seen: set[str] = set()
        for number, template in enumerate(self._universe.templates):
            if template.name in seen:
                yield self._lines.wrong(f'there are two templates "{template.name}".', "templates", number, "name")
            seen.add(template.name)
            yield from self._of_template(number, template)
        yield from self._of_proposed()

    def _of_proposed(self) -> Iterator[GrowloopError]:
        taken = {template.name for template in self._universe.templates}
        for number, proposed in enumerate(self._universe.proposed):
            here = f'proposed "{proposed.name}"'
            if proposed.name in taken:
                yield self._lines.wrong(f'there is a template "{proposed.name}" already.', "proposed", number, "name")
            taken.add(proposed.name)
            for place, text in enumerate(proposed.ask):
                known = {*self._universe.slots, *proposed.slots}
                yield from of_text(self._lines, here, text, known, ("proposed", number, "ask", place))

    def _of_template(self, number: int, template: Template) -> Iterator[GrowloopError]:
        slots = self._universe.slots
        fact = FactName("", template.by) if template.fact is None else fact_name(template.fact)
        here = f'template "{template.name}"'
        if template.fact is None:
            yield from self._of_closed(number, template)
        elif template.by is not None:
            yield self._lines.wrong(f"{here} has a fact, and `by` is for those without.", "templates", number, "by")
        if template.beside is not None:
            yield from self._of_two(number, template)
        if fact is None:
            message = f'{here}: "{template.fact}" is no fact. Write a name, as dogs, or one looked up, as offers[food].'
            yield self._lines.wrong(message, "templates", number, "fact")
        elif fact.slot is not None and fact.slot not in slots:
            message = f'{here} looks "{fact.name}" up by {fact.slot}, and there is no such slot. '
            yield self._lines.wrong(message + did_you_mean(fact.slot, slots), "templates", number, "fact")
        elif fact.slot is not None and not template.closed and fact.slot == self._entity_slot:
            message = f"{here}: a fact cannot be looked up by the entity; the context's entity decides it already."
            yield self._lines.wrong(message, "templates", number, "fact")
        values = self._slots.get(fact.slot) if fact and fact.slot else None
        if values and not values.listed:
            message = f"{here}: nothing can be looked up by a pattern of {len(values.names):,} values."
            yield self._lines.wrong(message, "templates", number, "fact" if template.fact else "by")
        for name in template.presumes:
            presumed = fact_name(name)
            if presumed is None or (presumed.slot and (fact is None or presumed.slot != fact.slot)):
                message = (
                    f'{here} presumes "{name}"; it can be a plain fact, or one looked up by the slot of its own fact.'
                )
                yield self._lines.wrong(message, "templates", number, "presumes", name)
        told = {"value", OTHER_VALUE} if template.beside else {"value"}
        for key, text in template.answer.items():
            yield from of_text(self._lines, here, text, {*slots, *told}, ("templates", number, "answer", key))
        for key, text in template.negated.items():
            yield from of_text(self._lines, here, text, {*slots, *told}, ("templates", number, "negated", key))
            if key not in template.answer:
                message = f'{here}: `negated` answers "{key}". {did_you_mean(key, template.answer)}'
                yield self._lines.wrong(message, "templates", number, "negated", key)
        for place, text in enumerate(template.ask):
            yield from of_text(self._lines, here, text, set(slots), ("templates", number, "ask", place))
            if fact and fact.slot in slots and fact.slot not in placeholders(text):
                message = f'{here}: "{text}" does not ask about a {{{fact.slot}}}, so it has no answer.'
                yield self._lines.wrong(message, "templates", number, "ask", place)

    @property
    def _entity_slot(self) -> str | None:
        return self._universe.contexts.entity_slot if self._universe.contexts else None

    def _of_closed(self, number: int, template: Template) -> Iterator[GrowloopError]:
        """A template without a fact: it has one answer, or one by the value of a slot."""
        here, keys = f'template "{template.name}"', tuple(template.answer)
        if template.by is None and keys != ("text",):
            message = (
                f"{here} has no `fact`, so it is asked without a context and has one answer:  answer: TEXT. "
                f"Its answers here: {', '.join(keys)}. Write the  fact:  they follow from, or  by:  and a slot."
            )
            yield self._lines.wrong(message, "templates", number, "answer")
        for key in ("beside", "presumes", "near"):
            if getattr(template, key):
                yield self._lines.wrong(f"{here} has no `fact`, and `{key}` needs one.", "templates", number, key)
        values = self._slots.get(template.by or "")
        for key in keys if values is not None and values.listed else ():
            if key != "text" and words_of_name(key) not in values.numbers:  # type: ignore[union-attr]
                message = f'{here} answers for "{key}", and the slot "{template.by}" has no such value.'
                yield self._lines.wrong(message, "templates", number, "answer", key)

    def _of_two(self, number: int, template: Template) -> Iterator[GrowloopError]:
        """A template about two entities."""
        here, slot = f'template "{template.name}"', self._universe.slots.get(template.beside or "")
        if slot is None or not slot.entities or template.beside == self._entity_slot or self._entity_slot is None:
            message = (
                f"{here} asks about two, so `beside` names a second slot with  entities: true  beside the "
                f'entity slot{f" {self._entity_slot}" if self._entity_slot else ""}; "{template.beside}" is none.'
            )
            yield self._lines.wrong(message, "templates", number, "beside")
        if sides_of(self._universe.held_out) == (None,):
            message = (
                f"{here} shows two contexts at once. So that none is on two sides, the universe has to say what is "
                "held out:  held_out: {validation: 0.1, test: 0.2}."
            )
            yield self._lines.wrong(message, "templates", number, "beside")
        for key in template.answer:
            if len(key.split(", ")) != 2:
                message = f'{here} answers for "{key}"; of two it takes pairs, e.g. "yes, no".'
                yield self._lines.wrong(message, "templates", number, "answer", key)
        for place, text in enumerate(template.ask):
            for name in (self._entity_slot, template.beside):
                if name and name not in placeholders(text):
                    message = f'{here}: "{text}" does not name {{{name}}}.'
                    yield self._lines.wrong(message, "templates", number, "ask", place)


def of_text(lines: Lines, here: str, text: str, known: set[str], location: Location) -> Iterator[GrowloopError]:
    if not text.strip():
        yield lines.wrong(f"{here} has an empty text.", *location)
    if has_stray_brace(text):
        yield lines.wrong(f'{here}: a brace in "{text}" opens or closes nothing.', *location)
    for name in placeholders(text):
        if name not in known:
            message = f"{here} asks for {{{name}}}, and there is no such slot. {did_you_mean(name, known)}"
            yield lines.wrong(message, *location)
