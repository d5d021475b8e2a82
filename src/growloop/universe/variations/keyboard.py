"""Mistakes of fingers on a keyboard, in the kinds and at the rates in which people make them.

Kinds and rates were measured on questions that people typed again in a hurry (NoiseQA, natural keyboard noise):
`python benchmarks/typos.py` prints them beside what this module does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from growloop.universe.variations.word_lists import pairs

Slip = Callable[[str, int, Random], str]
"""Makes one mistake at the letter in a place of a text."""

ERRORS_IN_A_QUESTION = {1: 0.58, 2: 0.23, 3: 0.12, 4: 0.07}
"""How many typos a question has that has any."""

_LETTER = re.compile(r"\{[^{}]*\}|[^\W\d_]")
_SPACE = re.compile(r"\{[^{}]*\}|(?<=\w) (?=\w)")
_NEIGHBOURS = {letter: near.split() for letter, near in pairs("keyboard")}
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def neighbours(letter: str) -> list[str]:
    """The letters whose keys touch that of a letter on a QWERTY keyboard, in small; none for anything else.

    >>> neighbours("A")
    ['q', 's', 'w', 'z']
    """
    return _NEIGHBOURS.get(letter.lower(), [])


def typos(question: str, chance: Random) -> str:
    """With one to four slips of the finger; digits and `{placeholders}` are left as they are.

    >>> typos("Are dogs allowed at {restaurant}?", Random(3))
    'Are dogs allosed at {restaurant}?'
    """
    (count,) = chance.choices(list(ERRORS_IN_A_QUESTION), list(ERRORS_IN_A_QUESTION.values()))
    for _ in range(count):
        question = _slipped(question, chance)
    return question


def _slipped(question: str, chance: Random) -> str:
    (slip,) = chance.choices(list(SLIPS), list(SLIPS.values()))
    if slip is space_left_out and (gaps := _places(_SPACE, question)):
        return slip(question, chance.choice(gaps), chance)
    letters = _places(_LETTER, question)
    return slip(question, chance.choice(letters), chance) if letters else question


def _places(pattern: re.Pattern[str], question: str) -> list[int]:
    """Where a pattern is found outside of placeholders."""
    return [match.start() for match in pattern.finditer(question) if match[0][0] != "{"]


def letter_left_out(text: str, place: int, chance: Random) -> str:
    """ramen → rmen."""
    return text[:place] + text[place + 1 :]


def another_letter_added(text: str, place: int, chance: Random) -> str:
    """ramen → ramven."""
    return text[: place + 1] + chance.choice(_ALPHABET) + text[place + 1 :]


def neighbouring_key(text: str, place: int, chance: Random) -> str:
    """ramen → ranen."""
    near = neighbours(text[place]) or list(_ALPHABET)
    return text[:place] + _in_the_case_of(text[place], chance.choice(near)) + text[place + 1 :]


def neighbour_added(text: str, place: int, chance: Random) -> str:
    """ramen → ramnen."""
    near = chance.choice(neighbours(text[place]) or list(_ALPHABET))
    place += chance.randint(0, 1)
    return text[:place] + near + text[place:]


def another_letter(text: str, place: int, chance: Random) -> str:
    """ramen → rawen."""
    others = _ALPHABET.replace(text[place].lower(), "")
    return text[:place] + _in_the_case_of(text[place], chance.choice(others)) + text[place + 1 :]


def space_added(text: str, place: int, chance: Random) -> str:
    """ramen → ra men."""
    return f"{text[:place]} {text[place:]}" if text[:place].strip() else text[:1] + " " + text[1:]


def transposition(text: str, place: int, chance: Random) -> str:
    """ramen → raemn; at the end of a word, or between two letters of a kind, one letter is left out."""
    two = text[place : place + 2]
    if len(two) < 2 or not two.isalpha() or two[0] == two[1]:
        return letter_left_out(text, place, chance)
    return text[:place] + two[::-1] + text[place + 2 :]


def letter_doubled(text: str, place: int, chance: Random) -> str:
    """ramen → rammen."""
    return text[:place] + text[place].lower() + text[place:] if place else text[0] + text[0].lower() + text[1:]


def space_left_out(text: str, place: int, chance: Random) -> str:
    """the ramen → theramen; in a text without a space between words, one letter is left out."""
    return letter_left_out(text, place, chance)


def _in_the_case_of(letter: str, typed: str) -> str:
    return typed.upper() if letter.isupper() else typed


SLIPS: dict[Slip, float] = {
    letter_left_out: 0.43,
    another_letter_added: 0.10,
    neighbouring_key: 0.13,
    neighbour_added: 0.04,
    another_letter: 0.10,
    space_added: 0.03,
    transposition: 0.08,
    letter_doubled: 0.05,
    space_left_out: 0.04,
}
"""How often each kind of slip is made."""
