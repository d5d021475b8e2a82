"""Everything a universe is made of, read from the project folder and dealt to sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from growloop.records.universe import Template, Universe
from growloop.universe.contexts import Context
from growloop.universe.facts import FactName, Value, answer_key, fact_name, fact_of
from growloop.universe.near import near_values
from growloop.universe.sides import Side, deal, deal_counted, number_of, sides_of
from growloop.universe.slots import Mentions, Values
from growloop.universe.wording import placeholders, words_of_name

Told = dict[int, dict[int | None, str | None]]
"""Context → number of the slot's value (None for a plain fact) → which answer, None where the fact has none."""


@dataclass(frozen=True)
class Kind:
    """A template made ready: its fact, the slots its questions need, and the sides of its phrasings."""

    number: int
    fact: FactName
    slots: tuple[str, ...]
    """All slots its questions are made with."""
    free_slots: tuple[str, ...]
    """Those that neither the context nor the fact decides."""
    phrasings: dict[Side, list[int]]
    naming_entity: dict[Side, list[int]]
    """The phrasings that name the entity; only they make sense about another entity's context."""
    told: Told
    closed: bool = False
    """It is asked without any context."""
    beside: str | None = None
    """The slot of the second entity it asks about."""


@dataclass(frozen=True)
class Material:
    """The contexts, slot values and phrasings of a universe, each on its side."""

    universe: Universe
    contexts: list[Context]
    slots: dict[str, Values]
    sides: tuple[Side, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sides", sides_of(self.universe.held_out))

    @property
    def entity_slot(self) -> str | None:
        """The slot that stands for the entity of a context."""
        return self.universe.contexts.entity_slot if self.universe.contexts else None

    @property
    def nowhere(self) -> int:
        """The number that stands for the context of a closed question, which has none."""
        return len(self.contexts)

    @cached_property
    def places(self) -> int:
        """How many contexts questions are asked about, nowhere among them where a template is closed."""
        return len(self.contexts) + any(kind.closed for kind in self.kinds)

    @cached_property
    def beside_slots(self) -> frozenset[str]:
        """The slots that stand for a second entity."""
        return frozenset(template.beside for template in self.universe.templates if template.beside)

    @cached_property
    def entities(self) -> Values:
        """All entities that contexts are about, in the order in which they come up."""
        return Values.of(context.entity for context in self.contexts if context.entity)

    @cached_property
    def entity_of(self) -> list[int]:
        """The number of each context's entity; -1 where it has none."""
        numbers = self.entities.numbers
        return [numbers[words_of_name(context.entity)] if context.entity else -1 for context in self.contexts]

    @cached_property
    def numbers(self) -> dict[str, dict[Side, Sequence[int]]]:
        """Slot → side → numbers of the values that belong to it."""
        return {slot: self._values_dealt(slot, values) for slot, values in self.slots.items()}

    def _values_dealt(self, slot: str, values: Values) -> dict[Side, Sequence[int]]:
        """An entity is on one side, whichever slot it stands in."""
        salt = f"slot {self.entity_slot if slot in self.beside_slots else slot}"
        if not values.listed:
            universe = self.universe
            return deal_counted(len(values.names), universe.held_out, seed=universe.seed, salt=salt)
        return {**self._dealt(values.names, salt, self._for_test(slot))}

    def _for_test(self, slot: str | None) -> frozenset[int]:
        """The numbers of a slot's values that are declared to be the test's."""
        slot = self.entity_slot if slot in self.beside_slots else slot
        declared = self.universe.slots[slot].held_out if slot in self.universe.slots else ()
        return frozenset(self.slots[slot].number(value) for value in declared) if slot else frozenset()

    @cached_property
    def weights(self) -> dict[str, dict[str, float]]:
        """Slot → value → how often it is drawn, 1 for the most frequent; only slots that declare weights."""
        found = {}
        for name, slot in self.universe.slots.items():
            values = self.slots[name]
            given = {values.names[values.number(value)]: weight for value, weight in slot.weights.items()}
            most = max((*given.values(), *((1.0,) if len(given) < len(values.names) else ())), default=1.0)
            if given:
                found[name] = {value: given.get(value, 1.0) / most for value in values.names}
        return found

    @cached_property
    def contexts_on(self) -> dict[Side, list[int]]:
        """Side → contexts whose entity belongs to it; those of no entity are dealt one by one."""
        of_entity = self._sides(self.entities.names, f"slot {self.entity_slot}", self._for_test(self.entity_slot))
        alone = self._sides(tuple(context.id for context in self.contexts), "contexts")
        found: dict[Side, list[int]] = {side: [] for side in self.sides}
        for context, entity in enumerate(self.entity_of):
            found[of_entity[entity] if entity >= 0 else alone[context]].append(context)
        return found

    def shown(self, context: int, beside: int | None = None) -> str:
        """A context as it is put to the model, or two in an order that tells nothing."""
        text = self.contexts[context].shown
        if beside is None:
            return text
        both = text, self.contexts[beside].shown
        return "\n\n".join(both if number_of(self.universe.seed, context, beside) % 2 else both[::-1])

    @cached_property
    def contexts_of(self) -> dict[int, list[int]]:
        """Entity → its contexts."""
        found: dict[int, list[int]] = {}
        for context, entity in enumerate(self.entity_of):
            found.setdefault(entity, []).append(context)
        return found

    @cached_property
    def context_numbers(self) -> dict[str, int]:
        """Id → number of each context."""
        return {context.id: number for number, context in enumerate(self.contexts)}

    def is_on(self, context: int, side: Side) -> bool:
        """True where a context belongs to a side."""
        return context in self._on[side]

    @cached_property
    def _on(self) -> dict[Side, frozenset[int]]:
        return {side: frozenset(numbers) for side, numbers in self.contexts_on.items()}

    @cached_property
    def first_with_text(self) -> list[int]:
        """For each context the first one that reads the same; a question about both is one question."""
        first: dict[str, int] = {}
        return [first.setdefault(context.shown, number) for number, context in enumerate(self.contexts)]

    @cached_property
    def repeats(self) -> NDArray[np.bool_]:
        """For each context, and nowhere behind them, whether an earlier one reads the same."""
        first = np.array([*self.first_with_text, self.nowhere], dtype=np.int64)
        return np.not_equal(first, np.arange(len(first)))

    @cached_property
    def mentioned(self) -> list[dict[str, frozenset[int]]]:
        """For each context, slot → numbers of the values it mentions."""
        mentions = Mentions(self.slots)
        return [mentions.found_in(context.shown) for context in self.contexts]

    @cached_property
    def first_contexts_on(self) -> dict[Side, list[int]]:
        """Side → the first context of each entity, and of all that have none."""
        first: dict[int, int] = {}
        for context, entity in enumerate(self.entity_of):
            first.setdefault(entity, context)
        chosen = set(first.values())
        return {side: [context for context in on if context in chosen] for side, on in self.contexts_on.items()}

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """The templates, and behind them what is asked out of scope."""
        return (*self.universe.templates, *map(_out_of_scope, out_of_scope_questions(self.universe)))

    def is_out_of_scope(self, kind: Kind) -> bool:
        """True where nothing about a kind of question can be answered."""
        return kind.number >= len(self.universe.templates)

    @cached_property
    def kinds(self) -> list[Kind]:
        """The templates made ready, in their order."""
        return [self._kind(number) for number in range(len(self.templates))]

    @cached_property
    def kinds_by_name(self) -> dict[str, Kind]:
        """The templates made ready, by name."""
        return {self.templates[kind.number].name: kind for kind in self.kinds}

    @cached_property
    def _near(self) -> dict[str, list[tuple[int, ...]]]:
        """Slot → for each value the numbers of those that are easily taken for it."""
        groups = {name: slot.groups for name, slot in self.universe.slots.items()}
        listed = {name: values for name, values in self.slots.items() if values.listed}
        return {name: near_values(values, groups.get(name, {})) for name, values in listed.items()}

    def near(self, kind: Kind, context: int) -> list[int]:
        """The values of the fact's slot that are easily taken for one that the context tells of, in order."""
        near = self._near[kind.fact.slot] if kind.fact.slot else []
        return sorted({other for value in kind.told[context] if value is not None for other in near[value]})

    def touches(self, kind: Kind, context: int) -> bool:
        """True where a context tells a fact that comes near the subject of a template."""
        return any(name in self.contexts[context].facts for name in self.templates[kind.number].near)

    def denied(self, kind: Kind, context: int) -> list[int | None]:
        """What the context says otherwise than a template presumes: values of its fact's slot, None for a plain one."""
        facts = self.contexts[context].facts
        found: set[int | None] = set()
        for text, presumed in self.templates[kind.number].presumes.items():
            fact = fact_name(text) or FactName(text)
            if fact.slot is None:
                denied = [None] if _otherwise(fact.among(facts, None)[1], presumed) else []
                found.update(denied if kind.fact.slot is None else ())
            else:
                numbers, told = self.slots[fact.slot].numbers, facts.get(fact.name)
                values = told.items() if isinstance(told, dict) else ()
                found.update(numbers[key] for key, value in values if key in numbers and _otherwise(value, presumed))
        return sorted(found, key=lambda value: -1 if value is None else value)

    def _kind(self, number: int) -> Kind:
        template = self.templates[number]
        fact = fact_of(template)
        used = [name for text in (*template.ask, *template.answer.values()) for name in placeholders(text)]
        closed = template.closed or self.universe.contexts is None
        entity_slot = None if closed else self.entity_slot
        decided = [name for name in (entity_slot, fact.slot, template.beside) if name]
        free = tuple(dict.fromkeys(name for name in used if name not in (*decided, "value", OTHER_VALUE)))
        entity = "{" + (self.entity_slot or "") + "}"
        naming = [phrasing for phrasing, text in enumerate(template.ask) if entity in text]
        others = [phrasing for phrasing, text in enumerate(template.ask) if entity not in text]
        named = self._phrasings_dealt(template.ask, naming, template.name)
        nameless = self._phrasings_dealt(template.ask, others, template.name)
        return Kind(
            number=number,
            fact=fact,
            slots=(*decided, *free),
            free_slots=free,
            phrasings={side: sorted(named[side] + nameless[side]) for side in self.sides},
            naming_entity=named,
            told=self._told_nowhere(template) if closed else self._told(number, fact),
            closed=closed,
            beside=template.beside,
        )

    def value_of(self, kind: Kind, context: int, looked_up: int | None) -> Value:
        """The value of a template's fact in a context, for one value of the slot it is looked up by."""
        slot = kind.fact.slot
        key = None if slot is None or looked_up is None else words_of_name(self.slots[slot].names[looked_up])
        return kind.fact.among(self.contexts[context].facts, key)[1]

    def _phrasings_dealt(self, ask: tuple[str, ...], chosen: list[int], template: str) -> dict[Side, list[int]]:
        dealt = self._dealt(tuple(ask[phrasing] for phrasing in chosen), f"template {template}")
        return {side: [chosen[number] for number in numbers] for side, numbers in dealt.items()}

    def _dealt(self, names: Sequence[str], salt: str, for_test: frozenset[int] = frozenset()) -> dict[Side, list[int]]:
        sides = self._sides(names, salt, for_test)
        return {side: [number for number, at in enumerate(sides) if at == side] for side in self.sides}

    def _sides(self, names: Sequence[str], salt: str, for_test: frozenset[int] = frozenset()) -> list[Side]:
        return deal(names, self.universe.held_out, seed=self.universe.seed, salt=salt, for_test=for_test)

    def _told_nowhere(self, template: Template) -> Told:
        """Which answer a closed question has, for each value of the slot that decides."""
        if template.by is None:
            return {self.nowhere: {None: next(iter(template.answer))} if template.closed else {}}
        values = self.slots[template.by]
        by_number = {values.numbers.get(words_of_name(key)): key for key in template.answer}
        otherwise = "text" if "text" in template.answer else None
        return {self.nowhere: {number: by_number.get(number, otherwise) for number in range(len(values.names))}}

    def _told(self, number: int, fact: FactName) -> Told:
        template = halved(self.templates[number])
        known = self.slots[fact.slot].numbers if fact.slot else {}
        told: Told = {}
        for context, facts in enumerate(context.facts for context in self.contexts):
            value = facts.get(fact.name)
            if fact.slot is None:
                told[context] = {None: answer_key(template, fact.among(facts, None)[1])} if fact.name in facts else {}
            else:
                looked_up = value.items() if isinstance(value, dict) else ()
                told[context] = {known[key]: answer_key(template, found) for key, found in looked_up if key in known}
        return told


OTHER_VALUE = "other_value"
"""`{other_value}` stands for what the second context tells."""


def halved(template: Template) -> Template:
    """A template about two entities with the keys of one: `yes, no` is a yes and a no."""
    if template.beside is None:
        return template
    keys = dict.fromkeys(half for key in template.answer for half in key.split(", "))
    return template.model_copy(update={"answer": dict.fromkeys(keys, "")})


OUT_OF_SCOPE = "out_of_scope"
"""The `template` coordinate of questions that are out of scope."""


def out_of_scope_questions(universe: Universe) -> list[tuple[str, ...]]:
    """What is asked out of scope, where a universe declares it."""
    return [negative.ask for negative in universe.negatives if negative.kind == "out_of_scope"]


def _out_of_scope(ask: tuple[str, ...]) -> Template:
    """The questions out of scope as a template whose fact no context has."""
    return Template(name=OUT_OF_SCOPE, ask=ask, fact="\0", answer={"text": "{value}"})


def _otherwise(value: Value, presumed: str) -> bool:
    """True where a fact has a value, and another one than presumed."""
    return isinstance(value, str) and value.casefold() != presumed.casefold()
