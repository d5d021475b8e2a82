"""Everything a universe is made of, read from the project folder and dealt to sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from growloop.records.universe import Universe
from growloop.universe.contexts import Context
from growloop.universe.facts import FactName, Value, answer_key, fact_name
from growloop.universe.sides import Side, deal, sides_of
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
        return self.universe.contexts.entity_slot

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
    def numbers(self) -> dict[str, dict[Side, list[int]]]:
        """Slot → side → numbers of the values that belong to it."""
        return {slot: self._dealt(values.names, f"slot {slot}") for slot, values in self.slots.items()}

    @cached_property
    def contexts_on(self) -> dict[Side, list[int]]:
        """Side → contexts whose entity belongs to it; those of no entity are dealt one by one."""
        of_entity = self._sides(self.entities.names, f"slot {self.entity_slot}")
        alone = self._sides(tuple(context.id for context in self.contexts), "contexts")
        found: dict[Side, list[int]] = {side: [] for side in self.sides}
        for context, entity in enumerate(self.entity_of):
            found[of_entity[entity] if entity >= 0 else alone[context]].append(context)
        return found

    @cached_property
    def first_with_text(self) -> list[int]:
        """For each context the first one that reads the same; a question about both is one question."""
        first: dict[str, int] = {}
        return [first.setdefault(context.shown, number) for number, context in enumerate(self.contexts)]

    @cached_property
    def mentioned(self) -> list[dict[str, frozenset[int]]]:
        """For each context, slot → numbers of the values it mentions."""
        mentions = Mentions(self.slots)
        return [mentions.found_in(context.shown) for context in self.contexts]

    @cached_property
    def kinds(self) -> list[Kind]:
        """The templates made ready, in their order."""
        return [self._kind(number) for number in range(len(self.universe.templates))]

    def _kind(self, number: int) -> Kind:
        template = self.universe.templates[number]
        fact = fact_name(template.fact) or FactName(template.fact)
        used = [name for text in (*template.ask, *template.answer.values()) for name in placeholders(text)]
        decided = [name for name in (self.entity_slot, fact.slot) if name]
        free = tuple(dict.fromkeys(name for name in used if name not in (*decided, "value")))
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
            told=self._told(number, fact),
        )

    def value_of(self, kind: Kind, context: int, looked_up: int | None) -> Value:
        """The value of a template's fact in a context, for one value of the slot it is looked up by."""
        slot = kind.fact.slot
        key = None if slot is None or looked_up is None else words_of_name(self.slots[slot].names[looked_up])
        return kind.fact.among(self.contexts[context].facts, key)[1]

    def _phrasings_dealt(self, ask: tuple[str, ...], chosen: list[int], template: str) -> dict[Side, list[int]]:
        dealt = self._dealt(tuple(ask[phrasing] for phrasing in chosen), f"template {template}")
        return {side: [chosen[number] for number in numbers] for side, numbers in dealt.items()}

    def _dealt(self, names: tuple[str, ...], salt: str) -> dict[Side, list[int]]:
        sides = self._sides(names, salt)
        return {side: [number for number, at in enumerate(sides) if at == side] for side in self.sides}

    def _sides(self, names: tuple[str, ...], salt: str) -> list[Side]:
        return deal(names, self.universe.held_out, seed=self.universe.seed, salt=salt)

    def _told(self, number: int, fact: FactName) -> Told:
        template = self.universe.templates[number]
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
