"""Questions in which somebody corrects himself; what counts is what he says last.

How often each turn is used was counted in the human-written self-corrections of Disfl-QA (Gupta et al. 2021).
"""

from __future__ import annotations

import re
from random import Random

from growloop.universe.variations.phrasing import lowered_first
from growloop.universe.variations.word_lists import entries, pairs

OTHER = "other "
"""`{other food}` stands for a value of the slot `food` that is not the one asked about."""
_SLOT = re.compile(r"\{([^{}]*)\}")
_START = re.compile(r"[\w'’]+(?: [\w'’]+)?")


def self_correction(question: str, chance: Random) -> str:
    """A wrong value of a slot, taken back; in a text without slots a false start.

    >>> self_correction("Does {restaurant} offer {food}?", Random(0))
    'Does {restaurant} offer {other food}, um {food}?'
    >>> self_correction("Is it open?", Random(2))
    'Would, no, wait, I mean, is it open?'
    """
    taken_back = _taken_back(chance)
    slots = list(_SLOT.finditer(question))
    if not slots:
        return _false_start(question, taken_back, chance)
    slot = chance.choice(slots)
    return f"{question[: slot.start()]}{{{OTHER}{slot[1]}}}, {taken_back} {slot[0]}{question[slot.end() :]}"


def _taken_back(chance: Random) -> str:
    often = {words: float(weight) for words, weight in pairs("corrections")}
    (words,) = chance.choices(list(often), list(often.values()))
    return words


def _false_start(question: str, taken_back: str, chance: Random) -> str:
    """Another question word first, or the first two words said twice."""
    start = _START.match(question)
    if start is None:
        return question
    opener = start[0].split(" ")[0].casefold()
    if opener in entries("openers"):
        false = chance.choice([word for word in entries("openers") if word not in (opener, "name", "give", "tell")])
    else:
        false = start[0]
    return f"{false[:1].upper()}{false[1:]}, {taken_back} {lowered_first(question)}"
