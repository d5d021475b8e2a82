"""What is wrong with a declared universe, all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from growloop.errors import BadData, BadDeclaration, GrowloopError, did_you_mean
from growloop.records.declaration import Location
from growloop.records.universe import Negative, Universe
from growloop.universe.collisions import Collisions
from growloop.universe.contexts import Context, read_contexts
from growloop.universe.facts import Value, answer_key, fact_name
from growloop.universe.lines import Lines
from growloop.universe.material import halved
from growloop.universe.slots import Values, read_slot
from growloop.universe.template_problems import TemplateProblems, of_text
from growloop.universe.wording import placeholders

FEWEST_TO_HOLD_OUT = 3
COORDINATES = ("template", "phrasing", "negative", "variation", "answer", "split")
"""Those that every universe has, beside its slots."""


class Reader:
    """Reads slots and contexts of a universe, noting every problem on the way."""

    def __init__(self, universe: Universe, folder: Path, text: str | None = None) -> None:
        self._universe = self.universe = universe
        self._folder = folder
        self._lines = Lines(folder, text)
        self.problems: list[GrowloopError] = []
        self.contexts: list[Context] = []
        self.slots: dict[str, Values] = {}
        self._note(self._of_contexts_declaration())
        if not self.problems:
            self._read_contexts()
        self._read_slots()
        self._note(TemplateProblems(universe, self.slots, self._lines).problems())
        self._note(Collisions(universe, self.slots, self._lines).problems())
        self._note(self._of_negatives())
        self._note(self._of_coverage())
        if not self.problems:
            self._note(self._of_facts())
            self._note(self._of_held_out())

    def _note(self, problems: Iterable[GrowloopError]) -> None:
        self.problems += problems

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
                self.problems.append(self._lines.wrong(str(problem), "slots", name))
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
                yield self._lines.wrong(f"`show` asks for {{{name}}}. {told}", "contexts", "show")
        if "text" not in placeholders(contexts.show):
            yield self._lines.wrong("`show` lacks {text}, so the model would not see the context.", "contexts", "show")
        for name, slot in slots.items():
            beside = any(template.beside == name for template in self._universe.templates)
            if slot.entities and name != contexts.entity_slot and not beside:
                message = (
                    f'slot "{name}" stands for the entities, so `contexts` needs  entity_slot: {name}, '
                    f"or a template  beside: {name}."
                )
                yield self._lines.wrong(message, "slots", name)
        wanted = contexts.entity_slot
        if wanted is not None and wanted not in slots:
            yield self._lines.wrong(
                f'there is no slot "{wanted}". {did_you_mean(wanted, slots)}', "contexts", "entity_slot"
            )
        elif wanted is not None and not slots[wanted].entities:
            yield self._lines.wrong(
                f'slot "{wanted}" is the entity slot, so it needs  entities: true.', "slots", wanted
            )

    def _of_no_contexts(self) -> Iterator[GrowloopError]:
        """Without contexts there are no facts and no entities."""
        for number, template in enumerate(self._universe.templates):
            if not template.closed:
                message = f'template "{template.name}" needs the fact of a context, and no `contexts` are declared.'
                yield self._lines.wrong(message, "templates", number, "fact")
        for name, slot in self._universe.slots.items():
            if slot.entities or slot.fact:
                message = f'slot "{name}" takes its values from contexts, and no `contexts` are declared.'
                yield self._lines.wrong(message, "slots", name)

    def _of_negatives(self) -> Iterator[GrowloopError]:
        negatives = self._universe.negatives
        total = sum(negative.share for negative in negatives)
        if total >= 1:
            message = f"the shares of the negatives add up to {total:g} and leave nothing for answerable questions."
            yield self._lines.wrong(message, "negatives")
        kinds = [negative.kind for negative in negatives]
        if len(set(kinds)) < len(kinds):
            yield self._lines.wrong("a kind of negative is declared twice.", "negatives")
        for number, negative in enumerate(negatives):
            missing = self._missing_for(negative)
            if missing:
                yield self._lines.wrong(f"{negative.kind} needs {missing}", "negatives", number)
            for place, text in enumerate(negative.ask):
                yield from of_text(
                    self._lines, "out_of_scope", text, set(self._universe.slots), ("negatives", number, "ask", place)
                )

    def _missing_for(self, negative: Negative) -> str:
        """What the rest of the universe lacks for a kind of negative; empty where it lacks nothing."""
        templates = self._universe.templates
        looked_up = any((fact := fact_name(template.fact or "")) and fact.slot for template in templates)
        contexts = self._universe.contexts
        if contexts is None and negative.kind != "out_of_scope":
            return "contexts, and there are none: every question is closed."
        if negative.kind == "wrong_entity" and (
            self._universe.contexts is None or self._universe.contexts.entity_slot is None
        ):
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
                yield self._lines.wrong(message, "coverage", "over", place)
            if name not in known:
                told = did_you_mean(name, known)
                yield self._lines.wrong(f'there is no coordinate "{name}". {told}', "coverage", "over", place)
        if coverage.strength > len(coverage.over):
            message = f"strength {coverage.strength} combines more coordinates than `over` names."
            yield self._lines.wrong(message, "coverage", "strength")
        for place, target in enumerate(coverage.targets):
            for name in target.where:
                if name not in known:
                    told = did_you_mean(name, known)
                    location = ("coverage", "targets", place, "where", name)
                    yield self._lines.wrong(f'there is no coordinate "{name}". {told}', *location)

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
                yield self._lines.wrong(f"{here}, and no context has it. {did_you_mean(fact.name, known)}", *location)
                continue
            looked_up = sum(isinstance(value, dict) for value in given)
            if fact.slot is None and looked_up == len(given):
                yield self._lines.wrong(f"{here}, which is looked up: write  fact: {fact.name}[SLOT].", *location)
            elif fact.slot is not None and not looked_up:
                yield self._lines.wrong(f"{here} looked up by {fact.slot}, and the contexts have it plain.", *location)
            elif fact.slot is not None and not self._in_slot(given, fact.slot):
                message = f'{here}, and no value of the slot "{fact.slot}" is among what the contexts tell of it: '
                keys = {key.strip() for value in given if isinstance(value, dict) for key in value}
                told = ", ".join(sorted(keys)[:5])
                yield self._lines.wrong(f"{message}{told}. Add them to the slot.", *location)
            elif not any(answer_key(halved(template), value) for value in _values(given)):
                found = ", ".join(sorted({str(value) for value in _values(given)})[:5])
                message = f"{here}, and none of its values has an answer. Values found: {found}. "
                yield self._lines.wrong(
                    message + f"Answers here: {', '.join(template.answer)}.", "templates", number, "answer"
                )

    def of_answers(self, answered: Collection[str]) -> list[GrowloopError]:
        """The templates that are fine by themselves, and yield not one answerable question on any side."""
        message = 'template "{}" yields no answerable question: what its contexts tell, its phrasings and slot values '
        message += "never meet on one side, or its contexts contradict each other."
        return [
            self._lines.wrong(message.format(template.name), "templates", number)
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
            yield self._lines.wrong("held_out leaves nothing to train on.", "held_out")
            return
        for name, slot in self._universe.slots.items():
            if slot.held_out and not held_out.test:
                message = (
                    f'slot "{name}" holds out values for the test, and the test has no entities and phrasings to '
                    "itself: say  held_out: {test: 0.2}  for the universe as well."
                )
                yield self._lines.wrong(message, "slots", name, "held_out")
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
                yield self._lines.wrong(message, *location)


def _values(given: Iterable[Value | dict[str, Value]]) -> Iterator[Value]:
    for value in given:
        yield from value.values() if isinstance(value, dict) else [value]
