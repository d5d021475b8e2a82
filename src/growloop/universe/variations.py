"""Ways in which people type a question less carefully; the answer stays the same (expect: "same")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_JOINING = re.compile(r"[-‐-―/]")


def no_question_mark(question: str) -> str:
    """Without question marks."""
    return question.replace("?", "").rstrip()


def no_punctuation(question: str) -> str:
    """Without any punctuation; words joined by a hyphen come apart.

    >>> no_punctuation("I'm vegan. Is Joe's any good - for me?")
    'Im vegan Is Joes any good for me'
    """
    apart = _JOINING.sub(" ", question)
    bare = "".join(char for char in apart if not unicodedata.category(char).startswith("P"))
    return " ".join(bare.split())


def lower_case(question: str) -> str:
    """All small letters."""
    return question.lower()


def upper_case(question: str) -> str:
    """All capitals."""
    return question.upper()


VARIATIONS: dict[str, Callable[[str], str]] = {
    "no_question_mark": no_question_mark,
    "no_punctuation": no_punctuation,
    "lower_case": lower_case,
    "upper_case": upper_case,
}


def wordings(question: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """Name and text of each of the variations that change the question.

    >>> wordings("dogs?", ["lower_case", "upper_case", "no_question_mark"])
    [('upper_case', 'DOGS?'), ('no_question_mark', 'dogs')]
    """
    varied = ((name, VARIATIONS[name](question)) for name in names)
    return [(name, text) for name, text in varied if text not in ("", question)]
