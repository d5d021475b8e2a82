"""How a question looks: case, punctuation, white space."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from random import Random

import polars as pl

_JOINING = re.compile(r"[-‐-―/]")
_GAP = re.compile(r"\{[^{}]*\}|(?<=\S)(?= \S)|(?<=[\w}])(?=[?!.](?:\s|$))")
"""A place between words or before a closing mark; what is between braces is passed over."""


class _WithoutPunctuation(dict[int, int | None]):
    """A table for `str.translate` that learns each character when it first comes up."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code)).startswith("P") else code
        return self[code]


_WITHOUT_PUNCTUATION = _WithoutPunctuation()


def no_question_mark(question: str) -> str:
    """Without question marks."""
    return question.replace("?", "").rstrip()


def no_punctuation(question: str) -> str:
    """Without any punctuation; words joined by a hyphen come apart.

    >>> no_punctuation("I'm vegan. Is Joe's any good - for me?")
    'Im vegan Is Joes any good for me'
    """
    return " ".join(_JOINING.sub(" ", question).translate(_WITHOUT_PUNCTUATION).split())


def lower_case(question: str) -> str:
    """All small letters."""
    return question.lower()


def upper_case(question: str) -> str:
    """All capitals."""
    return question.upper()


def white_space(question: str, chance: Random) -> str:
    """One or two blanks too many, between words or before the closing mark; never at the ends.

    >>> white_space("Dogs ok?", Random(1))
    'Dogs  ok?'
    """
    gaps = [match.start() for match in _GAP.finditer(question) if not match[0]]
    chosen = sorted(chance.sample(gaps, min(len(gaps), chance.randint(1, 2))), reverse=True)
    for gap in chosen:
        question = f"{question[:gap]} {question[gap:]}"
    return question


BULK: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "no_question_mark": lambda text: text.str.replace_all("?", "", literal=True).str.strip_chars_end(),
    "no_punctuation": lambda text: (
        text.str.replace_all(r"[-‐-―/]", " ")
        .str.replace_all(r"\p{P}", "")
        .str.replace_all(r"\s{2,}|[^\S ]", " ")  # single blanks, of which there are many, stay as they are
        .str.strip_chars()
    ),
    "lower_case": lambda text: text.str.to_lowercase(),
    "upper_case": lambda text: text.str.to_uppercase(),
}
"""The variations of case and punctuation, for a whole column."""
