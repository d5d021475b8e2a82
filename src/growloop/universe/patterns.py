r"""Values given by a pattern: all texts that a regular expression matches, counted and numbered without being listed.

The pattern becomes a graph in which each text has one way through (subset construction), so that the texts from any
point on are counted once, and the text with a number is found by walking. Letters, `[a-z0-9]`, `\d`, `(one|two)`,
`?` and `{2,4}` are understood; what repeats without end is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from string import digits
from typing import Any

MOST_VALUES = sys.maxsize
"""Python counts no further in a sequence."""
MOST_POINTS = 20_000
"""So many points a graph may have; more would take long to build."""
_SPECIAL = frozenset("()[]{}|?*+.^$\\")

MOST_TIMES = 100
"""How often a part may be repeated."""


@dataclass(frozen=True)
class Choice:
    """One of several parts."""

    options: tuple[Any, ...]


Node = tuple[Any, ...] | frozenset[str] | Choice
"""A part of a pattern: parts in a row, one of some letters, or a choice of parts."""


class Pattern(Sequence[str]):
    r"""The texts that a pattern matches, in order.

    Raises ValueError on what is no pattern, or one without an end.

    >>> amounts = Pattern("[1-9][0-9]? euros?")
    >>> len(amounts), amounts[0], amounts.index("17 euros")
    (198, '1 euro', 17)
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._graph = _Graph.of(_Parser(text).parsed())
        if self._graph.count > MOST_VALUES:
            raise ValueError(f"matches more than {MOST_VALUES:,} texts; make it shorter")

    def __len__(self) -> int:
        return self._graph.count

    def __getitem__(self, number: int) -> str:  # type: ignore[override]
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._graph.text(number)

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self._graph.number(text) is not None

    def index(self, text: str, start: int = 0, stop: int | None = None) -> int:
        """The number of a text; ValueError where it does not match."""
        number = self._graph.number(text)
        if number is None:
            raise ValueError(f'"{text}" does not match {self.text}')
        return number


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def parsed(self) -> Node:
        node = self._choice()
        if self._at < len(self._text):
            raise ValueError(f'"{self._text[self._at]}" at character {self._at + 1} closes nothing')
        return node

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._next()
        if not char:
            raise ValueError("ends in the middle")
        self._at += 1
        return char

    def _choice(self) -> Node:
        options = [self._sequence()]
        while self._next() == "|":
            self._at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        return tuple(parts)

    def _atom(self) -> Node:
        char = self._take()
        if char == "(":
            inner = self._choice()
            if self._take() != ")":
                raise ValueError("a ( is not closed")
            return inner
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escaped()
        if char in _SPECIAL:
            raise ValueError(f'"{char}" at character {self._at} stands for nothing here; write \\{char} for the sign')
        return frozenset(char)

    def _escaped(self) -> frozenset[str]:
        char = self._take()
        if char == "d":
            return frozenset(digits)
        if char.isalnum():
            raise ValueError(f"\\{char} is not known; only \\d is")
        return frozenset(char)

    def _class(self) -> frozenset[str]:
        found: set[str] = set()
        while self._next() != "]":
            char = self._take()
            if char == "^" and not found:
                raise ValueError("[^…] would match nearly everything; list what it should match")
            first = self._escaped() if char == "\\" else frozenset(char)
            if self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                (start,), end = first, self._take()
                found.update(map(chr, range(ord(start), ord(end) + 1)))
            found |= first
        self._at += 1
        return frozenset(found)

    def _repeated(self, node: Node) -> Node:
        sign = self._next()
        if sign in ("*", "+") and sign:
            raise ValueError(f'"{sign}" repeats without end; write how often at most, e.g. {{1,4}}')
        if sign == "?":
            self._at += 1
            return _times(node, 0, 1)
        if sign == "{":
            self._at += 1
            return _times(node, *self._limits())
        return node

    def _limits(self) -> tuple[int, int]:
        end = self._text.find("}", self._at)
        least, comma, most = self._text[self._at : max(end, self._at)].partition(",")
        self._at = end + 1
        if not (least.isdecimal() and (most.isdecimal() or not comma)):
            raise ValueError("after { a number is needed, or two, e.g. {1,4}")
        return int(least), int(most) if comma else int(least)


def _times(node: Node, least: int, most: int) -> Node:
    if most < least or most > MOST_TIMES:
        raise ValueError(f"{{{least},{most}}} is no repetition: at most {MOST_TIMES} times, the smaller number first")
    maybe: Node = ()
    for _ in range(most - least):
        maybe = Choice(((), (node, maybe)))
    return (*(node for _ in range(least)), maybe)


Ahead = tuple[Node, ...]
"""What is still to be matched, the next part first."""


@dataclass
class _Graph:
    """Points (sets of what may still be matched), the letters that lead on, and how many texts each point has."""

    start: frozenset[Ahead]
    _steps: dict[frozenset[Ahead], dict[str, frozenset[Ahead]]] = field(default_factory=dict)
    _counts: dict[frozenset[Ahead], int] = field(default_factory=dict)

    @classmethod
    def of(cls, node: Node) -> _Graph:
        return cls(_opened((node,)))

    @cached_property
    def count(self) -> int:
        """How many texts there are. Raises ValueError where there are too many points."""
        waiting = [self.start]
        while waiting:
            point = waiting[-1]
            steps = self._steps_from(point)
            unknown = [after for after in set(steps.values()) if after not in self._counts]
            if unknown:
                waiting += unknown
                continue
            self._counts[point] = (() in point) + sum(self._counts[after] for after in steps.values())
            waiting.pop()
        return self._counts[self.start]

    def _steps_from(self, point: frozenset[Ahead]) -> dict[str, frozenset[Ahead]]:
        if point not in self._steps:
            if len(self._steps) >= MOST_POINTS:
                raise ValueError("has too many parts; make it shorter")
            after: dict[str, set[Ahead]] = {}
            for ahead in point:
                letters = ahead[0] if ahead else ()
                for letter in letters if isinstance(letters, frozenset) else ():
                    after.setdefault(letter, set()).update(_opened(ahead[1:]))
            self._steps[point] = {letter: frozenset(after[letter]) for letter in sorted(after)}
        return self._steps[point]

    def text(self, number: int) -> str:
        """The text with a number below `count`."""
        point, text = self.start, list[str]()
        while True:
            if () in point:
                if number == 0:
                    return "".join(text)
                number -= 1
            for letter, after in self._steps[point].items():
                if number < self._counts[after]:
                    text.append(letter)
                    point = after
                    break
                number -= self._counts[after]

    def number(self, text: str) -> int | None:
        """The number of a text; None where it does not match."""
        point, number = self.start, 0
        for letter in text:
            steps = self._steps[point]
            if letter not in steps:
                return None
            number += () in point
            number += sum(self._counts[after] for other, after in steps.items() if other < letter)
            point = steps[letter]
        return number if () in point else None


def _opened(ahead: Ahead) -> frozenset[Ahead]:
    """What may be matched, unpacked until each begins with letters; () is the end."""
    found: set[Ahead] = set()
    waiting, seen = [ahead], {ahead}
    while waiting:
        parts = waiting.pop()
        if not parts or isinstance(parts[0], frozenset):
            found.add(parts)
            continue
        first, rest = parts[0], parts[1:]
        options = first.options if isinstance(first, Choice) else (first,)
        for option in options:
            unpacked = (*option, *rest) if isinstance(option, tuple) else (option, *rest)
            if unpacked not in seen:
                seen.add(unpacked)
                waiting.append(unpacked)
    return frozenset(found)
