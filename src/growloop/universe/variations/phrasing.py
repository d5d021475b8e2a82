"""How a question is put: contracted or in full, hurried or polite, in British or American, in other words.

Each takes a question with or without `{placeholders}`, which it never touches, and gives it back unchanged where it
has nothing to work on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from random import Random

from growloop.universe.variations.word_lists import entries, pairs

_WORD = re.compile(r"\{[^{}]*\}|[\w'’]+")
_FIRST = re.compile(r"[\w'’]+")
DROPPED_SHARE = 0.7
"""How many of the words that can be left out are."""


def contractions(question: str, chance: Random) -> str:
    """do not → don't; where nothing can be contracted, don't → do not.

    >>> contractions("Is it true that dogs are not allowed?", Random(0))
    "Is it true that dogs aren't allowed?"
    """
    short = dict(pairs("contractions"))
    contracted = _replaced(question, short)
    return contracted if contracted != question else _replaced(question, {to: of for of, to in short.items()})


def spelling(question: str, chance: Random) -> str:
    """British as American; where nothing is British, American as British.

    >>> spelling("Which flavours are favorites?", Random(0))
    'Which flavors are favorites?'
    """
    both = dict(pairs("spellings"))
    american = _replaced(question, both | dict(pairs("spellings", ">")))
    return american if american != question else _replaced(question, {to: of for of, to in both.items()})


def synonyms(question: str, chance: Random) -> str:
    """With one turn of phrase in other words.

    >>> synonyms("Are dogs allowed at {restaurant}?", Random(0))
    'Are dogs permitted at {restaurant}?'
    """
    known = {of: others.split(" = ") for of, others in pairs("synonyms")}
    lowered = question.casefold()
    fitting = [phrase for phrase in known if phrase.casefold() in lowered]
    chance.shuffle(fitting)
    options = (_replaced(question, {phrase: chance.choice(known[phrase])}) for phrase in fitting)
    return next((option for option in options if option != question), question)


def no_function_words(question: str, chance: Random) -> str:
    """As people in a hurry put it: without most articles, short prepositions and auxiliaries.

    >>> no_function_words("Is there any parking at {hotel}?", Random(1))
    'There any parking at {hotel}?'
    """
    words = [match.span() for match in _WORD.finditer(question)]
    droppable = [span for number, span in enumerate(words) if _can_go(question, words, number)]
    if not droppable or len(droppable) == len(words):
        return question
    dropped = [span for span in droppable if chance.random() < DROPPED_SHARE] or [chance.choice(droppable)]
    for start, end in reversed(dropped):
        question = question[:start] + question[end:].lstrip(" ")
    return _capitalised(question.strip(" ,"))


def _can_go(question: str, words: list[tuple[int, int]], number: int) -> bool:
    said = [question[start:end].casefold() for start, end in words[: number + 1]]
    if said[-1] in entries("auxiliaries"):
        return number == 0 or (number == 1 and said[0] in ("what", "which", "where", "when", "how", "why", "who"))
    return said[-1] in entries("function_words")


def politeness(question: str, chance: Random) -> str:
    """With a greeting before or thanks behind it.

    >>> politeness("Are dogs allowed?", Random(0))
    'Quick question: are dogs allowed?'
    """
    place, words = chance.choice(pairs("politeness"))
    return f"{question} {words}" if place == "behind" else f"{words} {lowered_first(question)}"


def lowered_first(question: str) -> str:
    """Its first word in small letters, unless it may be a name.

    >>> lowered_first("Is it?"), lowered_first("I'm vegan."), lowered_first("Kumo House?")
    ('is it?', "I'm vegan.", 'Kumo House?')
    """
    first = _FIRST.match(question)
    known = first is not None and first[0].casefold() in (*entries("openers"), *entries("auxiliaries"))
    return question[:1].lower() + question[1:] if known else question


def _capitalised(question: str) -> str:
    return question[:1].upper() + question[1:]


def _replaced(question: str, by: Mapping[str, str]) -> str:
    """All phrases of a mapping replaced, whole words only, in the case they stand in."""
    folded = {_plain(phrase): other for phrase, other in by.items()}
    return _any_of(tuple(by)).sub(lambda match: _like(match[0], folded[_plain(match[0])]), question)


def _plain(phrase: str) -> str:
    return phrase.casefold().replace("’", "'")


@cache
def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of some phrases, the longest first; `{placeholders}` are no words."""
    longest = sorted(phrases, key=len, reverse=True)
    written = (re.escape(phrase).replace("'", "['’]") for phrase in longest)
    return re.compile(rf"(?<![\w'’{{])(?:{'|'.join(written)})(?![\w'’}}])", re.IGNORECASE)


def _like(stood: str, word: str) -> str:
    """A word in the case in which another one stood."""
    if len(stood) > 1 and stood.isupper():
        return word.upper()
    return _capitalised(word) if stood[0].isupper() else word
