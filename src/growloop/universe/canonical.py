"""Questions as bare words in which the same thing said in common ways reads the same.

Case, accents, punctuation, white space, plural s, contractions, British and American spelling, turns of phrase that
stand for each other, greetings and thanks make no difference: what `variations` puts in, this takes out. Words have a
space on either side of their own, so that neighbouring ones can be replaced at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import polars as pl

from growloop.universe.variations.word_lists import entries, pairs

_APOSTROPHE = r"(\w)['’`´](\w)"


def canonical(questions: pl.Series) -> pl.Series:
    """The words that are left of each question, two spaces between them and one at either end; null stays null.

    >>> canonical(pl.Series(["Hi, what's PERMITTED at Joe’s?"])).to_list()
    [' what  allowed  at  joe ']
    """
    said = pl.DataFrame({"text": questions.cast(pl.String)}).select(_without_manners(_bare(pl.col("text"))))
    return said.select(_in_same_words(_contracted(pl.col("text")))).to_series()


def bare(texts: Iterable[str]) -> list[str]:
    """Texts without case, accents, punctuation and plural s, spaced like canonical ones."""
    return (
        pl.DataFrame({"text": pl.Series(list(texts), dtype=pl.String)})
        .select(_bare(pl.col("text")))
        .to_series()
        .to_list()
    )


def idle_words() -> frozenset[str]:
    """Words that tell nothing of what a question is about, as they are among canonical ones."""
    contracted = frozenset(short.strip() for short in _contractions().values())
    return _stripped("function_words", "auxiliaries", "openers", "idle_words") | contracted


def small_words() -> frozenset[str]:
    """Words that people in a hurry leave out."""
    return _stripped("function_words", "auxiliaries")


@cache
def _stripped(*names: str) -> frozenset[str]:
    return frozenset(word.strip() for word in bare(word for name in names for word in entries(name)))


def _bare(text: pl.Expr) -> pl.Expr:
    """Letters and digits alone. An apostrophe within a word vanishes, as it does when people are in a hurry."""
    plain = text.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    joined = plain.str.replace_all(_APOSTROPHE, "$1$2")
    spaced = joined.str.replace_all(r"[\W_]+", " ").str.strip_chars(" ")
    singular = spaced.str.replace_all(r"\b(\w{2,}[^\Ws])s\b", "$1")
    return pl.concat_str(pl.lit(" "), singular.str.replace_all(" ", "  ", literal=True), pl.lit(" ")).alias("text")


def _without_manners(text: pl.Expr) -> pl.Expr:
    front, behind = _manners()
    return text.str.replace(rf"^(?:{front})+", "").str.replace(rf"(?:{behind})+$", "")


@cache
def _manners() -> tuple[str, str]:
    """Patterns of what is put in front of a question, and behind it, for politeness' sake."""
    told = pairs("politeness")
    sides = ([words for place, words in told if place == side] for side in ("before", "behind"))
    front, behind = ("|".join(sorted(map(re.escape, bare(side)), key=len, reverse=True)) for side in sides)
    return front, behind


def _contracted(text: pl.Expr) -> pl.Expr:
    """Hurried people write "theres" and "ive", hardly ever "there is": what can be contracted is."""
    return text.str.replace_many(_contractions(), leftmost=True)


@cache
def _contractions() -> dict[str, str]:
    words = bare(phrase for pair in pairs("contractions") for phrase in pair)
    return dict(zip(words[::2], words[1::2], strict=True))


def _in_same_words(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(_same_things(), leftmost=True)


@cache
def _same_things() -> dict[str, str]:
    """Phrases, longest first, and the shortest of those that mean the same as each."""
    lists = [*pairs("spellings"), *((one, other) for one, others in pairs("synonyms") for other in others.split(" = "))]
    words = pl.Series([phrase for pair in lists for phrase in pair], dtype=pl.String)
    plain = pl.DataFrame({"text": words}).select(_contracted(_bare(pl.col("text")))).to_series().to_list()
    alike: dict[str, set[str]] = {}
    for one, other in zip(plain[::2], plain[1::2], strict=True):
        together = alike.get(one, {one}) | alike.get(other, {other})
        alike |= dict.fromkeys(together, together)
    shortest = {phrase: min(together, key=lambda other: (len(other), other)) for phrase, together in alike.items()}
    return dict(sorted(shortest.items(), key=lambda pair: -len(pair[0])))
