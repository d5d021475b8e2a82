"""Which values of a slot are easily taken for each other."""

from __future__ import annotations

from collections.abc import Mapping

from growloop.universe.slots import Values
from growloop.universe.wording import words_of_name

SHORTEST = 3
"""Letters: shorter words (`of`, `on`) bring nothing near."""


def near_values(values: Values, groups: Mapping[str, tuple[str, ...]]) -> list[tuple[int, ...]]:
    """For each value the numbers of those of its group, or where it has none, of those that share a word with it.

    >>> near_values(Values.of(["miso soup", "leek soup", "udon", "ramen"]), {"noodles": ("udon", "ramen")})
    [(1,), (0,), (3,), (2,)]
    """
    grouped = [[values.numbers[words_of_name(name)] for name in names] for names in groups.values()]
    in_group = {number for numbers in grouped for number in numbers}
    by_word: dict[str, list[int]] = {}
    for number, name in enumerate(values.names):
        for word in words_of_name(name).split():
            if len(word) >= SHORTEST and number not in in_group:
                by_word.setdefault(word, []).append(number)
    near: list[set[int]] = [set() for _ in values.names]
    for numbers in (*grouped, *by_word.values()):
        for number in numbers:
            near[number].update(numbers)
    return [tuple(sorted(found - {number})) for number, found in enumerate(near)]
