"""Shuffles that are computed, not stored: a column of numbers below a size, each sent to a place of its own.

A Feistel network over as few bits as hold the size; what falls outside is sent on until it falls inside (cycle
walking), so that every place is taken once. The rounds mix with SplitMix64's finaliser (Steele et al. 2014).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]
ROUNDS = 4
LARGEST = 1 << 62
"""Sizes stay below this."""


_GOLDEN = 0x9E3779B97F4A7C15


def hashed(numbers: Numbers, keys: Numbers) -> Numbers:
    """64 random-looking bits for each number, the same for the same key."""
    mixed: Numbers = numbers + keys * np.uint64(_GOLDEN)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def chances(numbers: Numbers, keys: Numbers) -> NDArray[np.float64]:
    """A number from 0 up to 1 for each number, the same for the same key."""
    return (hashed(numbers, keys) >> np.uint64(11)).astype(np.float64) / 2.0**53


def permuted(numbers: Numbers, shuffles: NDArray[np.int64], sizes: Sequence[int], keys: NDArray[np.uint64]) -> Numbers:
    """Where numbers go in several shuffles, each of all numbers below its size; `shuffles` says which has each number.

    >>> ten, first = np.arange(10, dtype=np.uint64), np.zeros(10, dtype=np.int64)
    >>> sorted(permuted(ten, first, [10], np.array([7], dtype=np.uint64)).tolist()) == list(range(10))
    True
    """
    halves = np.array([max((max(size - 1, 1).bit_length() + 1) // 2, 1) for size in sizes], dtype=np.uint64)
    half, key, size = halves[shuffles], keys[shuffles], np.array(sizes, dtype=np.uint64)[shuffles]
    places = _mixed(numbers, half, key)
    while (outside := np.flatnonzero(places >= size)).size:
        places[outside] = _mixed(places[outside], half[outside], key[outside])
    return places


def _mixed(numbers: Numbers, half: Numbers, key: Numbers) -> Numbers:
    mask = (np.uint64(1) << half) - np.uint64(1)
    left, right = numbers >> half, numbers & mask
    for turn in range(ROUNDS):
        left, right = right, left ^ (hashed(right, key + np.uint64(turn + 1)) & mask)
    return (left << half) | right
