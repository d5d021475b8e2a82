"""The values that can be put in a slot, and finding those that a text mentions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from growloop.errors import BadData, BadDeclaration, did_you_mean
from growloop.records.universe import Slot
from growloop.universe.wording import words, words_of_name


@dataclass(frozen=True)
class Values:
    """The values of one slot, each once, and their numbers by their bare words."""

    names: tuple[str, ...]
    numbers: Mapping[str, int]

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

    def names_of(self, number: int) -> list[str]:
        """The words by which a value is known: its own, then its aliases'."""
        return [key for key, known in self.numbers.items() if known == number]


def read_slot(name: str, slot: Slot, folder: Path, entities: Iterable[str]) -> Values:
    """The values of a declared slot. Raises BadDeclaration, or BadData where its file cannot be read."""
    sources = [bool(slot.values), slot.file is not None, slot.entities]
    if sum(sources) != 1:
        found = "none" if not any(sources) else "more than one"
        raise BadDeclaration(f'slot "{name}" needs exactly one of `values`, `file`, `entities`; it has {found}.')
    values = Values.of(entities if slot.entities else _written(name, slot, folder))
    if not values.names and slot.file is not None:
        raise BadData(f'{slot.file}: slot "{name}" is empty. Write one value a line.')
    if not values.names and not slot.entities:
        raise BadDeclaration(f'slot "{name}" has no value that is not empty.')
    _refuse_unknown(name, slot, values)
    return Values.of(values.names, slot.aliases)


def _written(name: str, slot: Slot, folder: Path) -> list[str]:
    """The values as they are listed in place or in a file, comments and empty ones left out."""
    if slot.file is None:
        return [value.strip() for value in slot.values if value.strip()]
    lines = map(str.strip, read_lines(folder, slot.file, f'slot "{name}"'))
    return [line for line in lines if line and not line.startswith("#")]


def _refuse_unknown(name: str, slot: Slot, values: Values) -> None:
    for where, named in (("aliases", slot.aliases), ("groups", [v for group in slot.groups.values() for v in group])):
        for value in named:
            if words_of_name(value) not in values.numbers:
                near = did_you_mean(value, values.names).split("   ")[-1] if len(values.names) > 20 else ""
                told = near or did_you_mean(value, values.names)
                raise BadDeclaration(f'slot "{name}" has no value "{value}", and `{where}` names it. {told}')


def read_lines(folder: Path, file: str, user: str) -> list[str]:
    """The lines of a text file of the project. Raises BadData where it is missing, outside, or not UTF-8."""
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadData(f"{file} leads out of the project folder, and {user} reads it. Copy the file into the project.")
    try:
        return path.read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadData(f"{file}, line {line}: not UTF-8 text. Save the file as UTF-8.") from None
    except OSError:
        beside = sorted(other.name for other in path.parent.glob("*")) if path.parent.is_dir() else []
        there = f" In {Path(file).parent} there are: {', '.join(beside[:10])}." if beside else ""
        raise BadData(f"{file} does not exist, and {user} reads it.{there}") from None


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
        self._lengths = sorted({key.count(" ") + 1 for key in self._known})

    def found_in(self, text: str) -> dict[str, frozenset[int]]:
        """Slot → numbers of the values mentioned."""
        tokens = words(text).split()
        found: dict[str, set[int]] = {slot: set() for slot in self._slots}
        for length in self._lengths:
            for start in range(len(tokens) - length + 1):
                for slot, number in self._known.get(" ".join(tokens[start : start + length]), ()):
                    found[slot].add(number)
        return {slot: frozenset(numbers) for slot, numbers in found.items()}
