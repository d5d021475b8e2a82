"""The values that can be put in a slot, and finding those that a text mentions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from growloop.errors import BadData, BadDeclaration, did_you_mean
from growloop.records.universe import Slot
from growloop.universe.contexts import Context
from growloop.universe.patterns import Pattern
from growloop.universe.project_files import read_lines
from growloop.universe.tables import column_of
from growloop.universe.wording import words, words_of_name

SOURCES = ("values", "file", "entities", "fact", "pattern")
MOST_LISTED = 10_000
"""A pattern of more values is never listed; nothing can be looked up by it."""


@dataclass(frozen=True)
class Values:
    """The values of one slot, each once, and their numbers by their bare words."""

    names: Sequence[str]
    numbers: Mapping[str, int]
    """Empty where a pattern has too many values to list."""

    @classmethod
    def of(cls, names: Iterable[str], aliases: Mapping[str, tuple[str, ...]] | None = None) -> Values:
        """The values in the order given; one that differs only in case or plural is left out.

        An alias has the number of its value, so that texts and facts may use either.
        """
        first: dict[str, str] = {}
        for name in names:
            first.setdefault(words_of_name(name), name)
        numbers = {key: number for number, key in enumerate(first)}
        for value, others in (aliases or {}).items():
            for other in others:
                numbers.setdefault(words_of_name(other), numbers[words_of_name(value)])
        return cls(tuple(first.values()), numbers)

    @property
    def listed(self) -> bool:
        """False where a pattern has so many values that they are only counted."""
        return not isinstance(self.names, Pattern)

    def number(self, value: str) -> int:
        """The number of a value or alias."""
        return self.numbers[words_of_name(value)] if self.listed else self.names.index(value)

    def names_of(self, number: int) -> list[str]:
        """The words by which a value is known: its own, then its aliases'."""
        return [key for key, known in self.numbers.items() if known == number]


def read_slot(name: str, slot: Slot, folder: Path, contexts: Sequence[Context]) -> Values:
    """The values of a declared slot. Raises BadDeclaration, or BadData where its file cannot be read."""
    sources = [source for source in SOURCES if getattr(slot, source)]
    if len(sources) != 1:
        found = "none" if not sources else "more than one"
        known = ", ".join(f"`{source}`" for source in SOURCES)
        raise BadDeclaration(f'slot "{name}" needs exactly one of {known}; it has {found}.')
    if slot.column and not slot.file:
        raise BadDeclaration(f'slot "{name}" names a column and no table: say  file:  as well.')
    if slot.pattern:
        pattern = _pattern(name, slot.pattern)
        if len(pattern) > MOST_LISTED:
            return _counted(name, slot, pattern)
        values = Values.of(pattern)
    else:
        values = Values.of(_listed(name, slot, folder, contexts))
    if not values.names and not slot.entities:
        raise _empty(name, slot)
    _refuse_unknown(name, slot, values)
    return Values.of(values.names, slot.aliases)


def _pattern(name: str, text: str) -> Pattern:
    try:
        pattern = Pattern(text)
    except ValueError as problem:
        raise BadDeclaration(f'slot "{name}": the pattern {text} {problem}.') from None
    if not pattern[0].strip():
        raise BadDeclaration(f'slot "{name}": the pattern {text} matches an empty text.')
    return pattern


def _counted(name: str, slot: Slot, pattern: Pattern) -> Values:
    for key in ("aliases", "groups", "weights", "held_out"):
        if getattr(slot, key):
            raise BadDeclaration(
                f'slot "{name}" has {len(pattern):,} values, too many for `{key}`: at most {MOST_LISTED:,}.'
            )
    return Values(pattern, {})


def _listed(name: str, slot: Slot, folder: Path, contexts: Sequence[Context]) -> Iterable[str]:
    """The values as they are listed in place, in a file or table, or by the contexts."""
    if slot.entities:
        return [context.entity for context in contexts if context.entity]
    if slot.fact is not None:
        return [value for context in contexts for value in context.named.get(slot.fact, ())]
    if slot.file is None:
        return [value.strip() for value in slot.values if value.strip()]
    if slot.column is not None:
        return column_of(folder, slot.file, slot.column, f'slot "{name}"')
    lines = map(str.strip, read_lines(folder, slot.file, f'slot "{name}"'))
    return [line for line in lines if line and not line.startswith("#")]


def _empty(name: str, slot: Slot) -> BadData | BadDeclaration:
    if slot.fact is not None:
        return BadDeclaration(f'slot "{name}" takes its values from the fact "{slot.fact}", which no context tells.')
    if slot.column is not None:
        return BadData(f'{slot.file}: slot "{name}" is empty. The column "{slot.column}" has no value.')
    if slot.file is not None:
        return BadData(f'{slot.file}: slot "{name}" is empty. Write one value a line.')
    return BadDeclaration(f'slot "{name}" has no value that is not empty.')


def _refuse_unknown(name: str, slot: Slot, values: Values) -> None:
    grouped = [value for group in slot.groups.values() for value in group]
    named = {"aliases": slot.aliases, "groups": grouped, "weights": slot.weights, "held_out": slot.held_out}
    for where, some in named.items():
        for value in some:
            if words_of_name(value) not in values.numbers:
                near = did_you_mean(value, values.names).split("   ")[-1] if len(values.names) > 20 else ""
                told = near or did_you_mean(value, values.names)
                raise BadDeclaration(f'slot "{name}" has no value "{value}", and `{where}` names it. {told}')


class Mentions:
    """Finds which values of which slots a text mentions, whole words only.

    >>> Mentions({"food": Values.of(["soup", "miso soup", "pie"])}).found_in("Their miso soup!")
    {'food': frozenset({0, 1})}
    """

    def __init__(self, slots: Mapping[str, Values]) -> None:
        self._slots = list(slots)
        self._known: dict[str, list[tuple[str, int]]] = {}
        for slot, values in slots.items():
            for key, number in values.numbers.items():
                self._known.setdefault(key.strip(), []).append((slot, number))
        lengths: dict[str, set[int]] = {}
        for key in self._known:
            lengths.setdefault(key.split(" ", 1)[0], set()).add(key.count(" ") + 1)
        self._lengths_from = {first: sorted(some) for first, some in lengths.items()}

    def found_in(self, text: str) -> dict[str, frozenset[int]]:
        """Slot → numbers of the values mentioned."""
        tokens = words(text).split()
        found: dict[str, set[int]] = {slot: set() for slot in self._slots}
        for start, first in enumerate(tokens):
            for length in self._lengths_from.get(first, ()):
                for slot, number in self._known.get(" ".join(tokens[start : start + length]), ()):
                    found[slot].add(number)
        return {slot: frozenset(numbers) for slot, numbers in found.items()}
