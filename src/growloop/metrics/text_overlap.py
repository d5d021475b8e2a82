"""Exact match and token F1 by the rules of the official SQuAD v2 script, a column at a time.

Each prediction is held against every accepted answer and gets the best score. A row without answers is
unanswerable: only the empty prediction is right there, and it scores 1.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import MissingExtra
from growloop.metrics.answers import Texts, as_list, loosely_normalised

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
AnswerLists = Sequence[Sequence[str]] | pl.Series


def exact_match(predictions: Texts, answers: AnswerLists) -> Floats:
    """1.0 where a prediction equals one of its answers after normalisation, else 0.0."""
    return overlap(predictions, answers)[0]


def token_f1(predictions: Texts, answers: AnswerLists) -> Floats:
    """The harmonic mean of token precision and recall against the nearest answer, 0.0 to 1.0."""
    return overlap(predictions, answers)[1]


NATIVE_FROM = 500_000
"""Rows from which compiled code pays for loading the compiler's run-time."""


def overlap(predictions: Texts, answers: AnswerLists, *, native: bool | None = None) -> tuple[Floats, Floats]:
    """Exact match and token F1 together: they share their work.

    `native` chooses compiled code (the extra `fast`) or columns, which find the same; None: whichever is sooner done.

    >>> exact, f1 = overlap(["the Eiffel Tower", "a tower"], [["Eiffel tower"], ["Big Ben", "Eiffel Tower"]])
    >>> exact.tolist(), f1.round(3).tolist()
    ([1.0, 0.0], [1.0, 0.667])
    """
    if len(answers) != len(predictions):
        raise ValueError(f"{len(predictions)} predictions and {len(answers)} lists of answers: they must pair up")
    find = _natively if _is_native(native, len(answers)) else _plainly
    return find(predictions, answers)


def _is_native(wanted: bool | None, rows: int) -> bool:
    installed = find_spec("numba") is not None
    if wanted and not installed:
        raise MissingExtra("numba", "fast")
    loaded = "growloop.metrics.native_overlap" in sys.modules
    return installed and rows > 0 and (loaded or rows >= NATIVE_FROM) if wanted is None else wanted and rows > 0


def _natively(predictions: Texts, answers: AnswerLists) -> tuple[Floats, Floats]:
    from growloop.metrics.native_overlap import native_overlap

    said = as_list(predictions)
    exact, f1, odd = native_overlap(said, answers)
    rows = np.flatnonzero(odd).tolist()
    if rows:
        rest = answers.gather(rows) if isinstance(answers, pl.Series) else [answers[row] for row in rows]
        exact[rows], f1[rows] = _plainly([said[row] for row in rows], rest)
    return exact, f1


def _plainly(predictions: Texts, answers: AnswerLists) -> tuple[Floats, Floats]:
    accepted, counts = flattened(answers)
    said, wanted = loosely_normalised(predictions), loosely_normalised(accepted)
    if len(wanted) == len(said):  # one answer each: nothing to choose from
        return _pair_scores(said, wanted)
    owners = np.repeat(np.arange(len(said)), counts)
    exact, f1 = _pair_scores([said[owner] for owner in owners.tolist()], wanted)
    return _best(exact, f1, wanted, owners, counts)


def flattened(answers: AnswerLists) -> tuple[list[str], Counts]:
    """All answers in one list and how many are each row's; a row without any gets the empty answer."""
    if isinstance(answers, pl.Series):
        rows = pl.select(pl.when(answers.list.len() > 0).then(answers).otherwise(pl.lit([""]))).to_series()
        return rows.explode().fill_null("").to_list(), rows.list.len().cast(pl.Int64).to_numpy()
    if max(map(len, answers), default=0) <= 1:  # the common case, and quicker
        return [row[0] if row else "" for row in answers], np.ones(len(answers), dtype=np.int64)
    kept = [row or ("",) for row in answers]
    return list(chain.from_iterable(kept)), np.fromiter(map(len, kept), dtype=np.int64, count=len(kept))


def _best(exact: Floats, f1: Floats, wanted: list[str], owners: Counts, counts: Counts) -> tuple[Floats, Floats]:
    """Each row's best score over its answers.

    An answer that normalises to nothing ("the", "!") counts only where the row has no other, as in the
    official script; where it has others, it could only have matched the empty prediction.
    """
    silent = np.array([not line or line.isspace() for line in wanted])
    speaking = np.bincount(owners[~silent], minlength=len(counts)) > 0
    void = silent & speaking[owners]
    exact[void] = f1[void] = 0.0
    starts = np.cumsum(counts) - counts
    return np.maximum.reduceat(exact, starts), np.maximum.reduceat(f1, starts)


def _pair_scores(said: list[str], wanted: list[str]) -> tuple[Floats, Floats]:
    """Scores of loosely normalised pairs. Most pairs are settled before tokens need counting."""
    exact, f1 = np.zeros(len(said)), np.zeros(len(said))
    same: list[int] = []
    near: list[int] = []
    near_f1: list[float] = []
    for number, (one, other) in enumerate(zip(said, wanted, strict=True)):
        if one == other or (tokens := one.split()) == (expected := other.split()):
            same.append(number)
            continue
        distinct = set(tokens)
        shared = distinct.intersection(expected)
        if not shared:
            continue
        if len(distinct) == len(tokens) or len(set(expected)) == len(expected):
            common = len(shared)
        else:
            common = sum(min(tokens.count(token), expected.count(token)) for token in shared)
        precision, recall = common / len(tokens), common / len(expected)
        near.append(number)
        near_f1.append((2 * precision * recall) / (precision + recall))
    exact[same] = f1[same] = 1.0
    f1[near] = near_f1
    return exact, f1
