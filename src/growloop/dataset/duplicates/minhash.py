"""Pairs proposed by MinHash and then compared exactly: for what is too much to compare in full."""

from __future__ import annotations

import numpy as np

from growloop.dataset.duplicates.join import Bounds, Pairs, differing, mixed, parity_sketches, verified
from growloop.dataset.duplicates.words import Hashes, Ints, WordSets

PERMUTATIONS = 128
MISSED = 0.005
"""The share of pairs right at the threshold that may go unproposed; pairs more alike are missed less often."""
WINDOW = 64
"""In a bucket each set is proposed with so many of the next larger ones: big buckets must not grow quadratically."""


def minhash_join(sets: WordSets, threshold: float) -> Pairs:
    """Nearly all pairs at or above the threshold, and no others."""
    rows = rows_per_band(threshold)
    sketches = parity_sketches(sets)
    bounds = Bounds.of(threshold, int(sets.sizes.max(initial=0)))
    found = np.empty(0, np.int64)
    for band in range(PERMUTATIONS // rows):
        bucket = _signature(sets, range(band * rows, (band + 1) * rows))
        for keys in _proposed(bucket):
            new = keys[_plausible(sets, bounds, sketches, keys)]
            found = np.unique(np.concatenate((found, new)))
    return verified(sets, found, threshold)


def rows_per_band(threshold: float) -> int:
    """How many hashes must agree at once: as many as let no more than MISSED go.

    >>> [rows_per_band(threshold) for threshold in (0.5, 0.7, 0.9)]
    [3, 4, 9]
    """
    missed = [(1 - threshold**rows) ** (PERMUTATIONS // rows) for rows in range(1, 17)]
    return max((rows for rows, share in enumerate(missed, 1) if share <= MISSED), default=1)


def _signature(sets: WordSets, permutations: range) -> Hashes:
    """One number of each set for a band: the least words under some permutations, together."""
    together = np.zeros(len(sets), np.uint64)
    vocabulary = np.arange(int(sets.words.max(initial=-1)) + 1, dtype=np.uint64)
    for number in permutations:
        values = mixed(vocabulary + np.uint64((number + 1) << 40))
        least = np.minimum.reduceat(values[sets.words], sets.starts[:-1]) if len(sets) else together
        together = mixed(together ^ least)
    return together


def _proposed(bucket: Hashes) -> list[Ints]:
    """Keys of the pairs in one bucket, by their distance in it. Sets come in order of size."""
    order = np.argsort(bucket, kind="stable")
    sorted_buckets = bucket[order]
    proposals = []
    for distance in range(1, WINDOW + 1):
        same = np.flatnonzero(sorted_buckets[distance:] == sorted_buckets[:-distance])
        if not len(same):
            break
        proposals.append((order[same] << 32) | order[same + distance])
    return proposals


def _plausible(sets: WordSets, bounds: Bounds, sketches: Hashes, keys: Ints) -> Ints:
    """The places of those pairs that size and sketch leave."""
    left, right = keys >> 32, keys & 0xFFFFFFFF
    both = sets.sizes[left] + sets.sizes[right]
    needed = bounds.shared[both]
    possible = (differing(sketches, left, right) <= both - 2 * needed) & (needed <= sets.sizes[left])
    return np.flatnonzero(possible)
