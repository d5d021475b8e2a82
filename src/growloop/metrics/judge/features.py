"""What a judge looks at: numbers about a question, its accepted answers and what was said, a row for each prediction.

Each prediction is held against every accepted answer. Of each figure about such a pair two values are kept: that of
the answer nearest by words, and the highest over all answers. NaN: there is nothing to measure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import polars as pl

from growloop.metrics.answers import as_list
from growloop.metrics.groundedness import groundedness
from growloop.metrics.judge.nearness import NAMES as NEARNESS
from growloop.metrics.judge.nearness import nearness_features
from growloop.metrics.judge.overlap import Features, string_features, word_features
from growloop.metrics.judge.quantities import quantity_features
from growloop.metrics.judge.reading import read
from growloop.metrics.judge.stance import denial_features, stance_features
from growloop.metrics.metric import Floats
from growloop.metrics.semantic import Cosines
from growloop.metrics.text_overlap import flattened

_NEAREST = {"recall_of_new": 1.0, "part_likeness": 0.5, "answer_words": 0.01}
"""By this sum an accepted answer is the nearest; of two equally covered the longer."""


class Table(NamedTuple):
    """A matrix (rows, features) and the names of its columns."""

    names: tuple[str, ...]
    values: Floats


def features(rows: pl.DataFrame, cosines: Cosines) -> Table:
    """The figures of each row with question, answers, prediction and, if at hand, context.

    A row without answers is held against the empty one.
    """
    questions, said = as_list(rows["question"]), as_list(rows["prediction"])
    answers, counts = flattened(rows["answers"])
    owners = np.repeat(np.arange(len(said)), counts)
    alone = _table(stance_features(read(one), read(other)) for one, other in zip(questions, said, strict=True))
    pairs = _pairs([questions[row] for row in owners], [said[row] for row in owners], answers, cosines)
    starts = np.cumsum(counts) - counts
    nearest = np.lexsort((-_rank(pairs), owners))[starts]
    highest = np.fmax.reduceat(pairs.values, starts) if len(said) else pairs.values
    names = (*alone.names, "accepted", "grounded", *pairs.names, *(f"highest_{name}" for name in pairs.names))
    of_row = np.stack([counts, _grounded(rows)], axis=1)
    return Table(names, np.hstack([alone.values, of_row, pairs.values[nearest], highest]))


def _grounded(rows: pl.DataFrame) -> Floats:
    """How much of what was said the context says; NaN where there is no context."""
    if "context" not in rows.columns:
        return np.full(rows.height, np.nan)
    return np.where((rows["context"].fill_null("") == "").to_numpy(), np.nan, groundedness(rows))


def _pairs(questions: list[str], said: list[str], answers: list[str], cosines: Cosines) -> Table:
    of_words = _table(_pair(*triple) for triple in zip(questions, said, answers, strict=True))
    near = nearness_features(questions, said, answers, cosines)
    return Table((*of_words.names, *NEARNESS), np.hstack([of_words.values, near]))


def _pair(question: str, said: str, answer: str) -> Features:
    asked, told, wanted = read(question), read(said), read(answer)
    return {
        **word_features(asked, told, wanted),
        **string_features(told, wanted),
        **quantity_features(asked, told, wanted),
        **denial_features(asked, told, wanted),
    }


def _rank(pairs: Table) -> Floats:
    return sum((weight * pairs.values[:, pairs.names.index(name)] for name, weight in _NEAREST.items()), np.zeros(1))


def _table(rows: Iterable[Features]) -> Table:
    found = list(rows)
    names = tuple(found[0]) if found else ()
    return Table(
        names, np.array([list(row.values()) for row in found], dtype=np.float64).reshape(len(found), len(names))
    )
