"""Whether a difference is more than chance: approximate randomisation, and what many such tests ask for.

Were two models equally good, it would not matter which of them gave which of the two answers to a question, and
exchanging the two turns the sign of the difference. So every difference gets its sign by the toss of a coin, ten
thousand times over, and counted is how often the sum comes out as far from nothing as it did (Fisher 1935; Noreen
1989; for models of language Yeh 2000 and Riezler & Maxwell 2005). What belongs together is exchanged together. The
arrangement that was seen counts as one of the shuffles, so that p is never 0 nor too small (Phipson & Smyth 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHUFFLES = 10_000
_AT_ONCE = 1_000_000
"""Signs held in memory at a time."""
_SAME = 1e-9
"""Sums closer than this are equal: what adds up the same in another order differs by rounding."""


class Chances(NamedTuple):
    """How often chance alone does what was seen, for each sum."""

    either: Floats
    """As far from nothing, up or down: the two-sided p-value."""
    fall: Floats
    """As low or lower."""


def randomised(differences: Floats, *, seed: int = 0, shuffles: int = SHUFFLES) -> Chances:
    """p-values of the sum of each column of differences, whose rows may each be turned round: (rows, sums).

    A row is turned round in all columns at once, so that sums over parts of the same rows share their shuffles.
    """
    generator, seen = np.random.default_rng(seed), differences.sum(axis=0)
    turned = differences[(differences != 0).any(axis=1)]  # nothing turned round is still nothing
    farther, lower = np.zeros(seen.size), np.zeros(seen.size)
    at_once = max(1, _AT_ONCE // max(1, len(turned)))
    for start in range(0, shuffles, at_once):
        shape = (min(at_once, shuffles - start), len(turned))
        kept = generator.integers(0, 2, size=shape, dtype=np.int8).astype(np.float64)
        sums = 2 * (kept @ turned) - seen
        farther += (np.abs(sums) >= np.abs(seen) - _SAME).sum(axis=0)
        lower += (sums <= seen + _SAME).sum(axis=0)
    return Chances(either=(1 + farther) / (1 + shuffles), fall=(1 + lower) / (1 + shuffles))


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p-value adjusted for all of them: below 0.05 where one may say so with at most 5 % risk of a single error.

    Holm 1979: the smallest counts as many times as there are tests, the next once less, and none less than one before.

    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty(p.size)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted.tolist()
