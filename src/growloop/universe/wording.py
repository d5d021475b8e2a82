"""Texts with placeholders, and texts as plain words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import polars as pl

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"\w+")


def placeholders(text: str) -> list[str]:
    """The names in braces, in order.

    >>> placeholders("Does {restaurant} offer {food}?")
    ['restaurant', 'food']
    """
    return _PLACEHOLDER.findall(text)


def has_stray_brace(text: str) -> bool:
    """True where a brace opens or closes no placeholder."""
    rest = _PLACEHOLDER.sub("", text)
    return "{" in rest or "}" in rest


def filled(text: str, filling: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; values are put in as they are, braces and all."""
    return _PLACEHOLDER.sub(lambda match: filling[match[1]], text)


def words(text: str) -> str:
    """The bare words of a text with a space around each, so that `words(a) in words(b)` finds whole words.

    Case, accents, punctuation and the plural s make no difference.

    >>> words("Crème brûlées!")
    ' creme brulee '
    """
    bare = text.casefold()
    if not bare.isascii():
        bare = "".join(char for char in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(char))
    return f" {' '.join(_singular(word) for word in _WORD.findall(bare))} "


def words_of(text: pl.Expr) -> pl.Expr:
    """`words` of a whole column."""
    bare = text.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    spaced = bare.str.replace_all(r"[^\w]+", " ").str.strip_chars(" ")
    singular = spaced.str.replace_all(r"\b(\w{2,}[^\Ws])s\b", "$1")
    return pl.concat_str(pl.lit(" "), singular, pl.lit(" "))


@lru_cache(maxsize=100_000)
def words_of_name(name: str) -> str:
    """The same, remembered: the names of values come up again and again."""
    return words(name)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def enumerated(items: tuple[str, ...]) -> str:
    """A list as one says it.

    >>> enumerated(("soup", "salad", "pie"))
    'soup, salad and pie'
    """
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)
