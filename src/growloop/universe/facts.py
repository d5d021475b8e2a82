"""Facts that follow from a context, and the answers that follow from facts.

    {"dogs": "no", "offers": {"ramen": "yes"}, "vegetarian_options": ["tofu curry", "salad"]}

A fact is plain (`dogs`) or looked up by a slot (`offers[food]`). Its value is a word or a list. Absent: the
context does not say. None: its texts contradict each other, so neither an answer nor "not said" would be right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from growloop.records.universe import Template
from growloop.universe.wording import enumerated, words, words_of_name

Value = str | tuple[str, ...] | None
Facts = dict[str, Value | dict[str, Value]]

_FACT = re.compile(r"\s*([^\[\]\s]+)\s*(?:\[\s*([^\[\]\s]+)\s*\])?\s*")
YES_NO = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class FactName:
    """`offers[food]`: the fact's name and the slot it is looked up by."""

    name: str
    slot: str | None = None

    def among(self, facts: Facts, key: str | None) -> tuple[bool, Value]:
        """Whether the facts speak of it, and its value; `key` holds the words of the slot's value."""
        value = facts.get(self.name)
        if self.slot is None:
            return self.name in facts, None if isinstance(value, dict) else value
        if not isinstance(value, dict) or key is None:
            return False, None
        return key in value, value.get(key)


def fact_name(text: str) -> FactName | None:
    """The fact a template names; None where it is written in no known way.

    >>> fact_name("offers[food]")
    FactName(name='offers', slot='food')
    """
    match = _FACT.fullmatch(text)
    return FactName(match[1], match[2]) if match else None


def fact_of(template: Template) -> FactName:
    """The fact that a template's answer follows from; for a closed one the slot that decides, if any does."""
    if template.fact is None:
        return FactName("", template.by)
    return fact_name(template.fact) or FactName(template.fact)


def read_facts(given: Mapping[str, object]) -> Facts:
    """The facts of one text as JSON holds them. Raises ValueError naming the fact that cannot be read."""
    facts: Facts = {}
    for name, value in given.items():
        if isinstance(value, Mapping):
            facts[name] = {
                words_of_name(str(key)): _value(f"{name}[{key}]", looked_up) for key, looked_up in value.items()
            }
        elif value is not None:
            facts[name] = _value(name, value)
    return facts


def _value(name: str, value: object) -> Value:
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, str | int | float):
        return str(value).strip()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(dict.fromkeys(value))
    raise ValueError(f'the fact "{name}" is {value!r}; it can be a word, a list of words, or words by slot value')


def joined(one: Facts, other: Facts) -> Facts:
    """The facts of two texts read together: lists are united, contradictions become None.

    >>> joined({"dogs": "yes", "menu": ("soup",)}, {"dogs": "no", "menu": ("pie",)})
    {'dogs': None, 'menu': ('soup', 'pie')}
    """
    together = dict(one)
    for name, value in other.items():
        here = together.get(name)
        if isinstance(here, dict) and isinstance(value, dict):
            looked_up = {key: _both(here[key], value[key]) if key in here else value[key] for key in value}
            together[name] = {**here, **looked_up}
        elif name in together:
            together[name] = None if isinstance(here, dict) or isinstance(value, dict) else _both(here, value)
        else:
            together[name] = value
    return together


def _both(one: Value, other: Value) -> Value:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return tuple(dict.fromkeys(one + other))
    return one if one == other else None


def answer_key(template: Template, value: Value) -> str | None:
    """Which of the template's answers a fact's value calls for; None where there is none.

    >>> answer_key(Template(name="t", ask=("Dogs?",), fact="dogs", answer={"no": "No."}), "No")
    'no'
    """
    if not value:
        return None
    if isinstance(value, tuple):
        return "list" if "list" in template.answer else None
    if value in template.answer:
        return value
    if value.casefold() in template.answer:
        return value.casefold()
    return "text" if "text" in template.answer else None


def spoken(value: Value, text: str) -> str:
    """A fact's value as it stands in an answer; lists in the order in which the text mentions them."""
    if not isinstance(value, tuple):
        return value or ""
    bare = words(text)
    places = {item: bare.find(words_of_name(item)) for item in value}
    last = len(bare)
    return enumerated(tuple(sorted(value, key=lambda item: places[item] if places[item] >= 0 else last)))
