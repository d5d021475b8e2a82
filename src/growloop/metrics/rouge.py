"""ROUGE-L: the longest common subsequence of words, as an F-measure."""

from __future__ import annotations

import re

import numpy as np

from growloop.metrics.metric import Case, Floats, Metric
from growloop.metrics.nearest import nearest

_WORD = re.compile(r"[^\W_]+")


def rouge_l_pairs(said: list[str], wanted: list[str]) -> Floats:
    """2·P·R / (P + R) with P and R the common subsequence's share of the prediction's and of the answer's words.

    On ASCII text the numbers of the package rouge-score without stemming. That one drops every letter outside
    a to z; here a word is a run of letters and digits of any script.
    """
    return np.array([_f_measure(one, other) for one, other in zip(_words(said), _words(wanted), strict=True)])


def _words(texts: list[str]) -> list[list[str]]:
    return [_WORD.findall(text.lower()) for text in texts]


def _f_measure(said: list[str], wanted: list[str]) -> float:
    if not said or not wanted:
        return 0.0
    common = len(said) if said == wanted else longest_common(said, wanted)
    precision, recall = common / len(said), common / len(wanted)
    return 2 * precision * recall / (precision + recall) if common else 0.0


def longest_common(one: list[str], other: list[str]) -> int:
    """Length of the longest common subsequence, a bit for each word of `one` (Hyyrö 2004).

    >>> longest_common("a b c d".split(), "b x d".split())
    2
    """
    places: dict[str, int] = {}
    for number, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << number
    every = (1 << len(one)) - 1
    row = every
    for word in other:
        shared = row & places.get(word, 0)
        row = ((row + shared) | (row - shared)) & every
    return len(one) - row.bit_count()


ROUGE_L = Metric(
    "rouge_l",
    "Longest common subsequence of words with the nearest accepted answer, F-measure.",
    nearest(rouge_l_pairs),
    (
        Case("high", "dogs are allowed on the terrace", ("Dogs are allowed on the terrace.",)),
        Case("low", "We open at six.", ("Dogs are allowed on the terrace.",)),
        Case("low", "", ("yes",)),
        Case("near_miss", "terrace the on allowed are dogs", ("Dogs are allowed on the terrace.",)),
    ),
    "Lin 2004, ROUGE; equal to rouge-score's rougeL (no stemming) on ASCII",
)
