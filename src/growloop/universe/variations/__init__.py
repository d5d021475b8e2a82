"""Ways in which people put the same question differently; the answer stays the same.

Each is a pure function of the question and of chance, which is seeded by the question itself: the same question is
always varied the same way under the same seed, alone or in a column of a million.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import BadData, did_you_mean
from growloop.universe.sides import number_of
from growloop.universe.variations.corrections import OTHER, self_correction
from growloop.universe.variations.keyboard import typos
from growloop.universe.variations.phrasing import contractions, no_function_words, politeness, spelling, synonyms
from growloop.universe.variations.surface import (
    BULK,
    lower_case,
    no_punctuation,
    no_question_mark,
    upper_case,
    white_space,
)
from growloop.universe.wording import filled, placeholders

_BRACES = str.maketrans("{}", "\ue000\ue001")
_AND_BACK = str.maketrans("\ue000\ue001", "{}")
"""Braces of a finished question are no placeholders."""


@dataclass(frozen=True, slots=True)
class Variation:
    """One way of putting a question differently."""

    change: Callable[[str, Random], str]
    whole: bool = False
    """Changes the finished question, slot values and all; the others leave slot values as they are."""


def _surface(change: Callable[[str], str]) -> Variation:
    return Variation(lambda question, _: change(question), whole=True)


VARIATIONS: dict[str, Variation] = {
    "no_question_mark": _surface(no_question_mark),
    "no_punctuation": _surface(no_punctuation),
    "lower_case": _surface(lower_case),
    "upper_case": _surface(upper_case),
    "white_space": Variation(white_space),
    "contractions": Variation(contractions),
    "typos": Variation(typos),
    "no_function_words": Variation(no_function_words),
    "politeness": Variation(politeness),
    "self_correction": Variation(self_correction),
    "spelling": Variation(spelling),
    "synonyms": Variation(synonyms),
}
"""All variations by name."""
SURFACE = frozenset(name for name, variation in VARIATIONS.items() if variation.whole)
"""Those that change nothing but case and punctuation."""


def varied_question(name: str, phrasing: str, filling: Mapping[str, str], *, seed: int) -> str:
    """A phrasing with its slots filled, put differently.

    `filling` may hold `other SLOT`, a wrong value for somebody to take back; without it nothing is taken back.

    >>> varied_question("lower_case", "Dogs at {place}?", {"place": "Kumo"}, seed=0)
    'dogs at kumo?'
    """
    variation, plain = VARIATIONS[name], filled(phrasing, filling)
    chance = Random(number_of(seed, name, plain))
    if variation.whole:
        return variation.change(plain, chance)
    different = variation.change(phrasing, chance)
    return filled(different, filling) if set(placeholders(different)) <= filling.keys() else plain


def vary(questions: pl.Series, name: str, *, seed: int = 0) -> pl.Series:
    """A column of finished questions, each put differently where the variation has anything to work on.

    Raises BadData on an unknown variation.

    >>> vary(pl.Series(["Is it open?", "OK"]), "lower_case").to_list()
    ['is it open?', 'ok']
    """
    if name not in VARIATIONS:
        raise BadData(f'There is no variation "{name}". {did_you_mean(name, VARIATIONS)}')
    change = VARIATIONS[name].change
    different = questions.unique(maintain_order=True).drop_nulls()
    chances = (Random(number_of(seed, name, text)) for text in different)
    asked = zip(different.to_list(), chances, strict=True)
    texts = [change(text.translate(_BRACES), chance).translate(_AND_BACK) for text, chance in asked]
    return questions.replace_strict(different, pl.Series(texts, dtype=pl.String), default=None, return_dtype=pl.String)


def wordings(phrasing: str, filling: Mapping[str, str], names: Iterable[str], *, seed: int) -> list[tuple[str, str]]:
    """Name and text of each of the variations that change the question.

    >>> wordings("dogs?", {}, ["lower_case", "upper_case", "no_question_mark"], seed=0)
    [('upper_case', 'DOGS?'), ('no_question_mark', 'dogs')]
    """
    plain = filled(phrasing, filling)
    varied = ((name, varied_question(name, phrasing, filling, seed=seed)) for name in names)
    return [(name, text) for name, text in varied if text not in ("", plain)]


def in_bulk(questions: pl.Series, names: pl.Series) -> tuple[pl.Series, NDArray[np.bool_]]:
    """A column of finished questions, each in the surface variation named beside it, and whether that changed it.

    The texts are those of `varied_question`; a question stays plain where nothing would change, or nothing be left.
    """
    texts, place, changed = [questions], np.arange(len(questions)), np.zeros(len(questions), dtype=np.bool_)
    for name, change in BULK.items():
        rows = (names == name).arg_true().to_numpy()
        plain = questions.gather(rows).alias("plain")
        varied = plain.to_frame().select(change(pl.col("plain"))).to_series()
        changed[rows] = ((varied != plain) & (varied != "")).to_numpy()
        place[rows] = np.where(changed[rows], np.arange(len(rows)) + sum(map(len, texts)), rows)
        texts.append(varied)
    return pl.concat(texts, rechunk=True).gather(place), changed


__all__ = ["OTHER", "SURFACE", "VARIATIONS", "Variation", "in_bulk", "varied_question", "vary", "wordings"]
