"""What is wrong with a declared universe, all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from growloop.errors import BadData, BadDeclaration, GrowloopError, NotFound, did_you_mean
from growloop.records.declaration import Location, line_of, load_yaml
from growloop.records.universe import Negative, Template, Universe
from growloop.universe.contexts import Context, read_contexts
from growloop.universe.facts import FactName, Value, answer_key, fact_name
from growloop.universe.material import OTHER_VALUE, halved
from growloop.universe.sides import sides_of
from growloop.universe.slots import Values, read_slot
from growloop.universe.wording import filled, has_stray_brace, placeholders, words_of_name

FILE = "universe.yaml"
FEWEST_TO_HOLD_OUT = 3
COORDINATES = ("template", "phrasing", "negative", "variation", "answer", "split")
"""Those that every universe has, beside its slots."""


class Reader:
    """Reads slots and contexts of a universe, noting every problem on the way."""

    def __init__(self, universe: Universe, folder: Path) -> None:
        self._universe = self.universe = universe
        self._folder = folder
        self._lines: Any = None
        self.problems: list[GrowloopError] = []
        self.contexts: list[Context] = []
        self.slots: dict[str, Values] = {}
        self._note(self._of_contexts_declaration())
        if not self.problems:
            self._read_contexts()
        self._read_slots()
        self._note(self._of_templates())
        self._note(self._of_proposed())
        self._note(self._of_negatives())
        self._note(self._of_coverage())
        if not self.problems:
            self._note(self._of_facts())
            self._note(self._of_held_out())

    def _note(self, problems: Iterable[GrowloopError]) -> None:
        self.problems += problems

    def _wrong(self, message: str, *location: int | str) -> BadDeclaration:
        """A problem with its line."""
        line = self._line(*location)
        return BadDeclaration(f"{FILE}, line {line}: {message}" if line else f"{FILE}: {message}")

    def _line(self, *location: int | str) -> int | None:
        """The line of an item; the file is read again for it, since records do not carry lines."""
        if self._lines is None:
            try:
                self._lines = load_yaml(self._folder / FILE)
            except (NotFound, BadDeclaration):
                self._lines = {}
        return line_of(self._lines, location)

    def _read_contexts(self) -> None:
        declared = self._universe.contexts
        if declared is None:
            return
        named = {slot.fact for slot in self._universe.slots.values() if slot.fact}
        try:
            self.contexts, complaints = read_contexts(declared, self._folder, named)
        except BadData as problem:
            complaints = [problem]
        self.problems += complaints

    def _read_slots(self) -> None:
        for name, slot in self._universe.slots.items():
            try:
                self.slots[name] = read_slot(name, slot, self._folder, self.contexts)
            except BadDeclaration as problem:
                self.problems.append(self._wrong(str(problem), "slots", name))
            except BadData as problem:
                self.problems.append(problem)

    def _of_contexts_declaration(self) -> Iterator[GrowloopError]:
        contexts, slots = self._universe.contexts, self._universe.slots
        if contexts is None:
            yield from self._of_no_contexts()
            return
        for name in placeholders(contexts.show):
            if name not in ("entity", "text"):
                told = did_you_mean(name, ("entity", "text"))
                yield self._wrong(f"`show` asks for {{{name}}}. {told}", "contexts", "show")
        if "text" not in placeholders(contexts.show):
            yield self._wrong("`show` lacks {text}, so the model would not see the context.", "contexts", "show")
        for name, slot in slots.items():
            beside = any(template.beside == name for template in self._universe.templates)
            if slot.entities and name != contexts.entity_slot and not beside:
                message = (
                    f'slot "{name}" stands for the entities, so `contexts` needs  entity_slot: {name}, '
                    f"or a template  beside: {name}."
                )
                yield self._wrong(message, "slots", name)
        wanted = contexts.entity_slot
        if wanted is not None and wanted not in slots:
            yield self._wrong(f'there is no slot "{wanted}". {did_you_mean(wanted, slots)}', "contexts", "entity_slot")
        elif wanted is not None and not slots[wanted].entities:
            yield self._wrong(f'slot "{wanted}" is the entity slot, so it needs  entities: true.', "slots", wanted)

    def _of_no_contexts(self) -> Iterator[GrowloopError]:
        """Without contexts there are no facts and no entities."""
        for number, template in enumerate(self._universe.templates):
            if not template.closed:
                message = f'template "{template.name}" needs the fact of a context, and no `contexts` are declared.'
                yield self._wrong(message, "templates", number, "fact")
        for name, slot in self._universe.slots.items():
            if slot.entities or slot.fact:
                message = f'slot "{name}" takes its values from contexts, and no `contexts` are declared.'
                yield self._wrong(message, "slots", name)

    def _of_templates(self) -> Iterator[GrowloopError]:
        seen: set[str] = set()
        for number, template in enumerate(self._universe.templates):
            if template.name in seen:
                yield self._wrong(f'there are two templates "{template.name}".', "templates", number, "name")
            seen.add(template.name)
            yield from self._of_template(number, template)

        yield from self._of_collisions()

    def _of_proposed(self) -> Iterator[GrowloopError]:
        taken = {template.name for template in self._universe.templates}
        for number, proposed in enumerate(self._universe.proposed):
            here = f'proposed "{proposed.name}"'
            if proposed.name in taken:
                yield self._wrong(f'there is a template "{proposed.name}" already.', "proposed", number, "name")
            taken.add(proposed.name)
            for place, text in enumerate(proposed.ask):
                known = {*self._universe.slots, *proposed.slots}
                yield from self._of_text(here, text, known, ("proposed", number, "ask", place))

    def _of_collisions(self) -> Iterator[GrowloopError]:
        """Questions that two templates ask in the same words: they would have two answers."""
        first: dict[str, list[tuple[int, int]]] = {}
        for number, template in enumerate(self._universe.templates):
            for place, text in enumerate(template.ask):
                alike = first.setdefault(_skeleton(text), [])
                for other, before in alike:
                    if other != number and self._can_be_one(text, self._universe.templates[other].ask[before]):
                        yield self._collision((number, place), (other, before))
                        break
                alike.append((number, place))

    def _can_be_one(self, text: str, other: str) -> bool:
        """True where two phrasings with the same words between their slots can be filled to the same question."""
        return all(
            one == two or self._overlap(one, two)
            for one, two in zip(placeholders(text), placeholders(other), strict=True)
        )

    def _overlap(self, one: str, two: str) -> bool:
        """True where two slots share a value; of a pattern that is not listed, where it is the same pattern."""
        if one not in self.slots or two not in self.slots:
            return False
        values, others = self.slots[one], self.slots[two]
        if values.listed and others.listed:
            return not values.numbers.keys().isdisjoint(others.numbers)
        if values.listed or others.listed:
            few, many = (values, others) if values.listed else (others, values)
            return any(name in many.names for name in few.names)
        return values.names[0] in others.names or others.names[0] in values.names

    def _collision(self, here: tuple[int, int], there: tuple[int, int]) -> BadDeclaration:
        (number, place), (other, before) = here, there
        templates = self._universe.templates
        text, same = templates[number].ask[place], templates[other].ask[before]
        line = self._line("templates", other, "ask", before)
        whose = f'template "{templates[other].name}"' + (f" on line {line}" if line else "")
        also = "" if text.casefold().strip() == same.casefold().strip() else f', which asks "{same}" of the same values'
        message = (
            f'template "{templates[number].name}" asks "{text}", and so does {whose}{also}. Leave it to one of them.'
        )
        return self._wrong(message, "templates", number, "ask", place)

    def _of_template(self, number: int, template: Template) -> Iterator[GrowloopError]:
        slots = self._universe.slots
        fact = FactName("", template.by) if template.fact is None else fact_name(template.fact)
        here = f'template "{template.name}"'
        if template.fact is None:
            yield from self._of_closed(number, template)
        elif template.by is not None:
            yield self._wrong(f"{here} has a fact, and `by` is for those without.", "templates", number, "by")
        if template.beside is not None:
            yield from self._of_two(number, template)
        if fact is None:
            message = f'{here}: "{template.fact}" is no fact. Write a name, as dogs, or one looked up, as offers[food].'
            yield self._wrong(message, "templates", number, "fact")
        elif fact.slot is not None and fact.slot not in slots:
            message = f'{here} looks "{fact.name}" up by {fact.slot}, and there is no such slot. '
            yield self._wrong(message + did_you_mean(fact.slot, slots), "templates", number, "fact")
        elif fact.slot is not None and not template.closed and fact.slot == self._entity_slot:
            message = f"{here}: a fact cannot be looked up by the entity; the context's entity decides it already."
            yield self._wrong(message, "templates", number, "fact")
        if fact is not None and fact.slot in self.slots and not self.slots[fact.slot].listed:
            message = f"{here}: nothing can be looked up by a pattern of {len(self.slots[fact.slot].names):,} values."
            yield self._wrong(message, "templates", number, "fact" if template.fact else "by")
        for name in template.presumes:
            presumed = fact_name(name)
            if presumed is None or (presumed.slot and (fact is None or presumed.slot != fact.slot)):
                message = (
                    f'{here} presumes "{name}"; it can be a plain fact, or one looked up by the slot of its own fact.'
                )
                yield self._wrong(message, "templates", number, "presumes", name)
        told = {"value", OTHER_VALUE} if template.beside else {"value"}
        for key, text in template.answer.items():
            yield from self._of_text(here, text, {*slots, *told}, ("templates", number, "answer", key))
        for key, text in template.negated.items():
            yield from self._of_text(here, text, {*slots, *told}, ("templates", number, "negated", key))
            if key not in template.answer:
                message = f'{here}: `negated` answers "{key}". {did_you_mean(key, template.answer)}'
                yield self._wrong(message, "templates", number, "negated", key)
        for place, text in enumerate(template.ask):
            yield from self._of_text(here, text, set(slots), ("templates", number, "ask", place))
            if fact and fact.slot in slots and fact.slot not in placeholders(text):
                message = f'{here}: "{text}" does not ask about a {{{fact.slot}}}, so it has no answer.'
                yield self._wrong(message, "templates", number, "ask", place)

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
            yield self._wrong(message, "templates", number, "answer")
        for key in ("beside", "presumes", "near"):
            if getattr(template, key):
                yield self._wrong(f"{here} has no `fact`, and `{key}` needs one.", "templates", number, key)
        values = self.slots.get(template.by or "")
        for key in keys if values is not None and values.listed else ():
            if key != "text" and words_of_name(key) not in values.numbers:  # type: ignore[union-attr]
                message = f'{here} answers for "{key}", and the slot "{template.by}" has no such value.'
                yield self._wrong(message, "templates", number, "answer", key)

    def _of_two(self, number: int, template: Template) -> Iterator[GrowloopError]:
        """A template about two entities."""
        here, slot = f'template "{template.name}"', self._universe.slots.get(template.beside or "")
        if slot is None or not slot.entities or template.beside == self._entity_slot or self._entity_slot is None:
            message = (
                f"{here} asks about two, so `beside` names a second slot with  entities: true  beside the "
                f'entity slot{f" {self._entity_slot}" if self._entity_slot else ""}; "{template.beside}" is none.'
            )
            yield self._wrong(message, "templates", number, "beside")
        if sides_of(self._universe.held_out) == (None,):
            message = (
                f"{here} shows two contexts at once. So that none is on two sides, the universe has to say what is "
                "held out:  held_out: {validation: 0.1, test: 0.2}."
            )
            yield self._wrong(message, "templates", number, "beside")
        for key in template.answer:
            if len(key.split(", ")) != 2:
                message = f'{here} answers for "{key}"; of two it takes pairs, e.g. "yes, no".'
                yield self._wrong(message, "templates", number, "answer", key)
        for place, text in enumerate(template.ask):
            for name in (self._entity_slot, template.beside):
                if name and name not in placeholders(text):
                    message = f'{here}: "{text}" does not name {{{name}}}.'
                    yield self._wrong(message, "templates", number, "ask", place)

    def _of_text(self, here: str, text: str, known: set[str], location: Location) -> Iterator[GrowloopError]:
        if not text.strip():
            yield self._wrong(f"{here} has an empty text.", *location)
        if has_stray_brace(text):
            yield self._wrong(f'{here}: a brace in "{text}" opens or closes nothing.', *location)
        for name in placeholders(text):
            if name not in known:
                message = f"{here} asks for {{{name}}}, and there is no such slot. {did_you_mean(name, known)}"
                yield self._wrong(message, *location)

    def _of_negatives(self) -> Iterator[GrowloopError]:
        negatives = self._universe.negatives
        total = sum(negative.share for negative in negatives)
        if total >= 1:
            message = f"the shares of the negatives add up to {total:g} and leave nothing for answerable questions."
            yield self._wrong(message, "negatives")
        kinds = [negative.kind for negative in negatives]
        if len(set(kinds)) < len(kinds):
            yield self._wrong("a kind of negative is declared twice.", "negatives")
        for number, negative in enumerate(negatives):
            missing = self._missing_for(negative)
            if missing:
                yield self._wrong(f"{negative.kind} needs {missing}", "negatives", number)
            for place, text in enumerate(negative.ask):
                yield from self._of_text(
                    "out_of_scope", text, set(self._universe.slots), ("negatives", number, "ask", place)
                )

    def _missing_for(self, negative: Negative) -> str:
        """What the rest of the universe lacks for a kind of negative; empty where it lacks nothing."""
        templates = self._universe.templates
        looked_up = any((fact := fact_name(template.fact or "")) and fact.slot for template in templates)
        if self._universe.contexts is None and negative.kind != "out_of_scope":
            return "contexts, and there are none: every question is closed."
        if negative.kind == "wrong_entity" and self._entity_slot is None:
            return "to know whom a context is about: say  entity_slot:  under `contexts`."
        if negative.kind == "near_miss" and not looked_up and not any(template.near for template in templates):
            return "a fact that is looked up by a slot, or a template that says which facts come  near:  its own."
        if negative.kind == "contradicted" and not any(template.presumes for template in templates):
            return 'a template that says what its questions take for granted, e.g.  presumes: {dogs: "yes"}.'
        if negative.kind == "out_of_scope" and not negative.ask:
            return "the questions that are out of scope: list them under  ask:."
        if negative.kind != "out_of_scope" and negative.ask:
            return "no `ask`: its questions are those of the templates."
        return ""

    def _of_coverage(self) -> Iterator[GrowloopError]:
        coverage = self._universe.coverage
        if coverage is None:
            return
        known = {*COORDINATES, *self._universe.slots}
        for place, name in enumerate(coverage.over):
            if name in self.slots and not self.slots[name].listed:
                count = len(self.slots[name].names)
                message = f'the slot "{name}" has {count:,} values by a pattern, too many to be covered.'
                yield self._wrong(message, "coverage", "over", place)
            if name not in known:
                told = did_you_mean(name, known)
                yield self._wrong(f'there is no coordinate "{name}". {told}', "coverage", "over", place)
        if coverage.strength > len(coverage.over):
            message = f"strength {coverage.strength} combines more coordinates than `over` names."
            yield self._wrong(message, "coverage", "strength")
        for place, target in enumerate(coverage.targets):
            for name in target.where:
                if name not in known:
                    told = did_you_mean(name, known)
                    location = ("coverage", "targets", place, "where", name)
                    yield self._wrong(f'there is no coordinate "{name}". {told}', *location)

    def _of_facts(self) -> Iterator[GrowloopError]:
        known = {name for context in self.contexts for name in context.facts}
        for number, template in enumerate(self._universe.templates):
            fact = fact_name(template.fact or "")
            if fact is None:
                continue
            given = [context.facts[fact.name] for context in self.contexts if fact.name in context.facts]
            here = f'template "{template.name}" needs the fact "{fact.name}"'
            location: Location = ("templates", number, "fact")
            if not given and self._universe.unknown == "draft":
                continue
            if not given:
                yield self._wrong(f"{here}, and no context has it. {did_you_mean(fact.name, known)}", *location)
                continue
            looked_up = sum(isinstance(value, dict) for value in given)
            if fact.slot is None and looked_up == len(given):
                yield self._wrong(f"{here}, which is looked up: write  fact: {fact.name}[SLOT].", *location)
            elif fact.slot is not None and not looked_up:
                yield self._wrong(f"{here} looked up by {fact.slot}, and the contexts have it plain.", *location)
            elif fact.slot is not None and not self._in_slot(given, fact.slot):
                message = f'{here}, and no value of the slot "{fact.slot}" is among what the contexts tell of it: '
                keys = {key.strip() for value in given if isinstance(value, dict) for key in value}
                told = ", ".join(sorted(keys)[:5])
                yield self._wrong(f"{message}{told}. Add them to the slot.", *location)
            elif not any(answer_key(halved(template), value) for value in _values(given)):
                found = ", ".join(sorted({str(value) for value in _values(given)})[:5])
                message = f"{here}, and none of its values has an answer. Values found: {found}. "
                yield self._wrong(
                    message + f"Answers here: {', '.join(template.answer)}.", "templates", number, "answer"
                )

    def of_answers(self, answered: Collection[str]) -> list[GrowloopError]:
        """The templates that are fine by themselves, and yield not one answerable question on any side."""
        message = 'template "{}" yields no answerable question: what its contexts tell, its phrasings and slot values '
        message += "never meet on one side, or its contexts contradict each other."
        return [
            self._wrong(message.format(template.name), "templates", number)
            for number, template in enumerate(self._universe.templates)
            if template.name not in answered and not template.presumes  # those may be there for what is denied
        ]

    def _in_slot(self, given: Iterable[Value | dict[str, Value]], slot: str) -> bool:
        """True where a slot has one of the values that a fact is told of."""
        known = self.slots[slot].numbers
        return any(key in known for value in given if isinstance(value, dict) for key in value)

    def _of_held_out(self) -> Iterator[GrowloopError]:
        held_out = self._universe.held_out
        if held_out.validation + held_out.test >= 1:
            yield self._wrong("held_out leaves nothing to train on.", "held_out")
            return
        for name, slot in self._universe.slots.items():
            if slot.held_out and not held_out.test:
                message = (
                    f'slot "{name}" holds out values for the test, and the test has no entities and phrasings to '
                    "itself: say  held_out: {test: 0.2}  for the universe as well."
                )
                yield self._wrong(message, "slots", name, "held_out")
        if not held_out.validation + held_out.test:
            return
        counts: list[tuple[str, int, Location]] = []
        for name, values in self.slots.items():
            counts.append((f'slot "{name}"', len(values.names), ("slots", name)))
        for number, template in enumerate(self._universe.templates):
            counts.append((f'template "{template.name}"', len(template.ask), ("templates", number)))
        for what, count, location in counts:
            if count < FEWEST_TO_HOLD_OUT:
                message = f"{what} has {count}; to hold some out, at least {FEWEST_TO_HOLD_OUT} are needed."
                yield self._wrong(message, *location)


def _skeleton(text: str) -> str:
    """The words of a phrasing between its slots."""
    return filled(text, dict.fromkeys(placeholders(text), "\0")).casefold().strip()


def _values(given: Iterable[Value | dict[str, Value]]) -> Iterator[Value]:
    for value in given:
        yield from value.values() if isinstance(value, dict) else [value]
