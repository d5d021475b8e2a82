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


def hashed(numbers: Numbers, key: int | Numbers) -> Numbers:
    """64 random-looking bits for each number, the same for the same key."""
    mixed: Numbers = numbers + (np.uint64(key * _GOLDEN % 2**64) if isinstance(key, int) else key * np.uint64(_GOLDEN))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def chances(numbers: Numbers, key: int) -> NDArray[np.float64]:
    """A number from 0 up to 1 for each number, the same for the same key."""
    return (hashed(numbers, key) >> np.uint64(11)).astype(np.float64) / 2.0**53


def permuted(numbers: Sequence[Numbers], sizes: Sequence[int], keys: Sequence[int]) -> Numbers:
    """Where numbers go in several shuffles, each of all numbers below its size, one shuffle's places after the other.

    >>> sorted(permuted([np.arange(10, dtype=np.uint64)], [10], [7]).tolist()) == list(range(10))
    True
    """
    counts = list(map(len, numbers))
    halves = [max((max(size - 1, 1).bit_length() + 1) // 2, 1) for size in sizes]
    size, half, key = (np.repeat(np.array(each, dtype=np.uint64), counts) for each in (sizes, halves, keys))
    places = _mixed(np.concatenate(numbers), half, key)
    while (outside := np.flatnonzero(places >= size)).size:
        places[outside] = _mixed(places[outside], half[outside], key[outside])
    return places


def _mixed(numbers: Numbers, half: Numbers, key: Numbers) -> Numbers:
    mask = (np.uint64(1) << half) - np.uint64(1)
    left, right = numbers >> half, numbers & mask
    for turn in range(ROUNDS):
        left, right = right, left ^ (hashed(right, key + np.uint64(turn + 1)) & mask)
    return (left << half) | right
