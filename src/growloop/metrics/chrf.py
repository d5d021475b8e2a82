"""chrF: how many character n-grams two texts share. Kind to endings and compounds, in any script."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from growloop.metrics.metric import Case, Floats, Metric
from growloop.metrics.nearest import nearest

ORDER = 6
"""n-grams of 1 to 6 characters, white space left out."""
BETA = 2
"""Recall weighs BETA² times as much as precision."""
AT_ONCE = 1_000_000
"""Characters counted at a time, so that memory does not grow with the rows."""
Integers = NDArray[np.int64]


class _Texts(NamedTuple):
    """Texts laid end to end: each character's code, the text it belongs to, and its distance to that text's end."""

    codes: Integers
    owner: Integers
    left: Integers


def chrf_pairs(said: list[str], wanted: list[str]) -> Floats:
    """chrF of each pair, 0 to 1: sacrebleu's `sentence_chrf` over 100, at its default settings."""
    one, other = (["".join(text.split()) for text in texts] for texts in (said, wanted))
    sizes = np.array([len(a) + len(b) for a, b in zip(one, other, strict=True)], dtype=np.int64)
    part = np.cumsum(sizes) // AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(one)] if len(one) else [0]
    found = [_chrf(one[start:end], other[start:end]) for start, end in pairwise(edges)]
    return np.concatenate(found) if found else np.zeros(0)


def _chrf(said: list[str], wanted: list[str]) -> Floats:
    texts = _laid_out([*said, *wanted])
    precision, recall, orders = (np.zeros(len(said)) for _ in range(3))
    letters = _renumbered(texts.codes)
    grams = letters
    for order in range(1, ORDER + 1):
        whole = texts.left >= order
        mine, theirs, shared = _counts(grams[whole], texts.owner[whole], len(said))
        both = (mine > 0) & (theirs > 0)
        precision[both] += shared[both] / mine[both]
        recall[both] += shared[both] / theirs[both]
        orders += both
        following = np.append(letters[order:], np.zeros(min(order, letters.size), dtype=np.int64))
        grams = _renumbered(grams * (int(letters.max(initial=0)) + 1) + following)
    some = np.maximum(orders, 1)
    return _f_score(precision / some, recall / some)


def _laid_out(texts: list[str]) -> _Texts:
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    owner = np.repeat(np.arange(len(texts)), lengths)
    return _Texts(codes, owner, np.cumsum(lengths)[owner] - np.arange(codes.size))


def _renumbered(keys: Integers) -> Integers:
    """The same keys as small numbers, so that a longer n-gram fits into one integer too."""
    numbers: Integers = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    return numbers


def _counts(grams: Integers, owner: Integers, pairs: int) -> tuple[Integers, Integers, Integers]:
    """How many n-grams each pair has on its one side, on its other, and in common, repetitions counted."""
    kinds = int(grams.max(initial=0)) + 1
    first = owner < pairs
    mine, mine_n = np.unique(owner[first] * kinds + grams[first], return_counts=True)
    theirs, theirs_n = np.unique((owner[~first] - pairs) * kinds + grams[~first], return_counts=True)
    same, here, there = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    sides = (
        (mine // kinds, mine_n),
        (theirs // kinds, theirs_n),
        (same // kinds, np.minimum(mine_n[here], theirs_n[there])),
    )
    one, other, shared = (np.bincount(at, weights=n, minlength=pairs).astype(np.int64) for at, n in sides)
    return one, other, shared


def _f_score(precision: Floats, recall: Floats) -> Floats:
    weight = BETA * BETA
    below = weight * precision + recall
    score: Floats = np.divide(
        (1 + weight) * precision * recall, below, out=np.zeros_like(below), where=precision + recall > 0
    )
    return np.minimum(score, 1.0)


CHRF = Metric(
    "chrf",
    "Character n-grams shared with the nearest accepted answer, recall twice as heavy as precision.",
    nearest(chrf_pairs),
    (
        Case("high", "vegetarische Gerichte", ("vegetarische Gerichte",)),
        Case("high", "Dogs are allowed on the terrace", ("Dogs are allowed on the terrace.",)),
        Case("low", "xyz", ("Dogs are allowed.",)),
        Case("low", "", ("yes",)),
        Case("near_miss", "Dogs are not allowed indoors.", ("Dogs are allowed on the terrace.",)),
    ),
    "Popović 2015; equal to sacrebleu's sentence_chrf at its defaults",
)
