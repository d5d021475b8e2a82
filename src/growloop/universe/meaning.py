"""Which template a question means, where it fits the words of none.

A template is the mean direction of its phrasings, with what all templates have in common taken off: in a universe of
restaurants every question is near every other, and only the rest tells them apart. How near is near enough is learnt
from the phrasings themselves, each left out once: see `nearness`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import MissingExtra
from growloop.records.universe import Proposed, Template
from growloop.universe.clusters import Vectors, unit
from growloop.universe.frames import Token, known_words, tokens_of
from growloop.universe.mapping import MAPPED, Mapper
from growloop.universe.slots import Values
from growloop.universe.wording import placeholders, words_of_name

Encode = Callable[[Sequence[str]], Vectors]
"""Texts → unit vectors, one a row."""

FEWEST_TEMPLATES, FEWEST_PHRASINGS = 3, 2
"""With fewer templates, or fewer phrasings of each, nothing tells how near is near enough."""
LEAST = 0.3
"""The cosine below which nothing is near, whatever the phrasings say."""
MOST_READ = 5_000
"""Different questions whose meaning is looked at: a model reads some hundreds a second."""
_SLOT = re.compile(r"\{(?:[^{}]*\.)?([^{}]*)\}")


class KnownSlots:
    """The values of slots, found in questions as people write them."""

    def __init__(self, slots: Mapping[str, Values]) -> None:
        self.slots = slots
        self._known = known_words(slots)
        self._longest = max(map(len, self._known), default=1)

    def tokens(self, question: str) -> list[Token]:
        """The words of a question, values in one piece."""
        return tokens_of(question, self._known, self._longest)

    def named(self, question: str) -> str:
        """A question with the name of its slot in the place of each value, as `phrasing_named` has it."""
        for token in reversed(self.tokens(question)):
            if token.key.startswith("{"):
                question = f"{question[: token.start]}{phrasing_named(token.key)}{question[token.end :]}"
        return question

    def filling(self, question: str, wanted: set[str]) -> list[dict[str, str]]:
        """Slot and value as key and value, of those slots wanted that have one value in the question."""
        found: dict[str, set[str]] = {}
        for token in self.tokens(question):
            slot = token.key[1:-1]
            if token.key.startswith("{") and slot in wanted:
                values = self.slots[slot]
                number = values.numbers[words_of_name(question[token.start : token.end])]
                found.setdefault(slot, set()).add(values.names[number])
        return [{"key": slot, "value": next(iter(names))} for slot, names in sorted(found.items()) if len(names) == 1]


def phrasing_named(phrasing: str) -> str:
    """A phrasing with the names of its slots as words.

    >>> phrasing_named("Does {restaurant} do {freeze.thing}?")
    'Does restaurant do thing?'
    """
    return _SLOT.sub(lambda found: re.sub(r"[-_]", " ", found[1]), phrasing)


@dataclass(frozen=True)
class Meanings:
    """The directions of some templates, and how near a question has to be to mean one of them."""

    names: tuple[str, ...]
    common: NDArray[np.float32]
    centres: Vectors
    threshold: float

    @classmethod
    def of(cls, templates: Sequence[Template | Proposed], encode: Encode) -> Meanings | None:
        """None where there are too few templates, or too few phrasings of them."""
        if len(templates) < FEWEST_TEMPLATES or all(len(one.ask) < FEWEST_PHRASINGS for one in templates):
            return None
        vectors = encode([phrasing_named(text) for template in templates for text in template.ask])
        labels = np.repeat(np.arange(len(templates)), [len(template.ask) for template in templates])
        common = _sums(vectors, labels).mean(axis=0)
        apart = unit(vectors - common)
        centres = unit(_sums(apart, labels))
        return cls(tuple(one.name for one in templates), common, centres, nearness(apart, labels))

    def nearest(self, vectors: Vectors) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """For each unit vector the place of the nearest template, and the cosine of the two."""
        cosines = unit(vectors - self.common) @ self.centres.T
        return cosines.argmax(axis=1), cosines.max(axis=1)


def _sums(vectors: Vectors, labels: NDArray[np.int64]) -> Vectors:
    """The mean of the vectors of each label."""
    sums = np.zeros((int(labels.max()) + 1, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, labels, vectors)
    return np.asarray(sums / np.bincount(labels)[:, None], dtype=np.float32)


def nearness(vectors: Vectors, labels: NDArray[np.int64]) -> float:
    """How near is near enough: the cosine that best tells whether a question belongs to a template.

    Each phrasing is left out once. It should be near the rest of its own template; and it should not be near the
    nearest other one, as if its own were not there, like a question of a kind that nobody declared. Taken is the cosine
    with the largest difference between the shares of the two (Youden's J); no question has to be labelled for it.
    """
    counts = np.bincount(labels)
    sums = _sums(vectors, labels) * counts[:, None]
    rows = np.arange(len(vectors))
    cosines = vectors @ unit(sums).T
    own = np.einsum("ij,ij->i", unit(sums[labels] - vectors), vectors)[counts[labels] > 1]
    cosines[rows, labels] = -1
    elsewhere = cosines.max(axis=1)
    steps = np.unique(own)[::-1]
    told = [float((own >= step).mean() - (elsewhere >= step).mean()) for step in steps]
    return max(float(steps[int(np.argmax(told))]), LEAST)


class ByMeaning:
    """Maps questions as a Mapper does, and those that fit no phrasing to the template that they mean, if to any.

    Without the model, or with too few templates, what fits no phrasing stays outside; `looks` tells.
    """

    def __init__(
        self, mapper: Mapper, templates: Sequence[Template | Proposed], slots: Mapping[str, Values], encode: Encode
    ) -> None:
        self._mapper = mapper
        self._encode = encode
        self._templates = templates
        self._known = KnownSlots(slots)
        self._slots = {one.name: {name for text in one.ask for name in placeholders(text)} for one in templates}
        self._read: dict[str, tuple[str | None, float]] = {}

    @property
    def looks(self) -> bool:
        """True where meaning is looked at."""
        return self._meanings is not None

    @cached_property
    def _meanings(self) -> Meanings | None:
        try:
            return Meanings.of(self._templates, self._encode)
        except MissingExtra:
            return None

    def map(self, questions: pl.Series) -> pl.DataFrame:
        """A MAPPED frame with a row for each question; `how` is `meaning` where it is mapped by what it means.

        Of more than `MOST_READ` different questions that fit no phrasing the first so many are looked at.
        """
        mapped = self._mapper.map(questions)
        lost = questions.filter(mapped["outside"] & questions.str.contains(r"\w")).unique(maintain_order=True)
        if lost.is_empty() or self._meanings is None:
            return mapped
        self._look_at(lost.head(MOST_READ).to_list(), self._meanings)
        meant = [(text, *self._read[text]) for text in lost.to_list() if text in self._read]
        found = pl.DataFrame(
            [
                (text, name, nearness, self._known.filling(text, self._slots[name]))
                for text, name, nearness in meant
                if name is not None
            ],
            schema={"question": pl.String, "meant": pl.String, "near": pl.Float64, "filled": MAPPED["filling"]},
            orient="row",
        )
        return _together(mapped, questions, found)

    def _look_at(self, texts: Sequence[str], meanings: Meanings) -> None:
        """Read what has not been read before."""
        new = [text for text in texts if text not in self._read]
        if not new:
            return
        places, cosines = meanings.nearest(self._encode([self._known.named(text) for text in new]))
        for text, place, cosine in zip(new, places.tolist(), cosines.tolist(), strict=True):
            self._read[text] = (meanings.names[place] if cosine >= meanings.threshold else None, cosine)


def _together(mapped: pl.DataFrame, questions: pl.Series, found: pl.DataFrame) -> pl.DataFrame:
    """What is mapped by words, and the rest as it was found to be meant."""
    rows = mapped.with_columns(questions.alias("question")).join(
        found, on="question", how="left", maintain_order="left"
    )
    meant = pl.col("outside") & pl.col("meant").is_not_null()
    changed = {
        "template": pl.col("meant"),
        "how": pl.lit("meaning"),
        "similarity": pl.col("near"),
        "filling": pl.col("filled"),
        "outside": pl.lit(value=False),
    }
    return rows.with_columns(
        pl.when(meant).then(new).otherwise(pl.col(name)).alias(name) for name, new in changed.items()
    ).select(MAPPED.names())
