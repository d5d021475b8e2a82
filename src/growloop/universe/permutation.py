"""Shuffles that are computed, not stored: a column of numbers below a size, each sent to a place of its own.

A Feistel network over as few bits as hold the size; what falls outside is sent on until it falls inside (cycle
walking), so that every place is taken once. The rounds mix with SplitMix64's finaliser (Steele et al. 2014).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]
ROUNDS = 4
LARGEST = 1 << 62
"""Sizes stay below this."""


def hashed(numbers: Numbers, key: int) -> Numbers:
    """64 random-looking bits for each number, the same for the same key."""
    mixed = numbers + np.uint64((key * 0x9E3779B97F4A7C15) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def chances(numbers: Numbers, key: int) -> NDArray[np.float64]:
    """A number from 0 up to 1 for each number, the same for the same key."""
    return (hashed(numbers, key) >> np.uint64(11)).astype(np.float64) / 2.0**53


def permuted(numbers: Numbers, size: int, key: int) -> Numbers:
    """Where each number below `size` goes in a shuffle of them all.

    >>> sorted(permuted(np.arange(10, dtype=np.uint64), 10, key=7).tolist()) == list(range(10))
    True
    """
    half = max((max(size - 1, 1).bit_length() + 1) // 2, 1)
    places = numbers.copy()
    outside = np.arange(len(places))
    while outside.size:
        places[outside] = _mixed(places[outside], np.uint64(half), key)
        outside = outside[places[outside] >= np.uint64(size)]
    return places


def _mixed(numbers: Numbers, half: np.uint64, key: int) -> Numbers:
    mask = (np.uint64(1) << half) - np.uint64(1)
    left, right = numbers >> half, numbers & mask
    for turn in range(ROUNDS):
        left, right = right, left ^ (hashed(right, key + turn + 1) & mask)
    return (left << half) | right
