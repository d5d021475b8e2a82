"""Every pair of word sets at least so alike: an exact prefix-filter join.

Two sets of sizes a ≥ b can only have Jaccard similarity t if b ≥ t·a and they share t/(1+t)·(a+b) words. So they share
one among their few rarest words, and only sets met in the lists of such words are looked at (Bayardo et al. 2007, with
the position filter of Xiao et al. 2008). Before they are counted a sketch of parity bits tells how many words differ
at the least.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from growloop.dataset.duplicates.words import Hashes, Ints, WordSets

_AT_ONCE = 1 << 20
"""So many candidates are looked at in one pass over columns."""
_SAFE = 1e-9
"""Bounds give way by this much, so that rounding never loses a pair; the last comparison is exact."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of sets, the first number below the second, with the number of words they share."""

    left: Ints
    right: Ints
    shared: Ints


@dataclass(frozen=True)
class Bounds:
    """What a similarity asks of sets, by their size."""

    least_partner: Ints
    """The smallest size a partner can have."""
    probed: Ints
    """How many of its rarest words a set looks up."""
    listed: Ints
    """In the lists of how many of its rarest words a set stands, to be found by sets of its size or more."""
    shared: Ints
    """How many words two sets share at the least, by the sum of their sizes."""

    @classmethod
    def of(cls, threshold: float, largest: int) -> Bounds:
        sizes = np.arange(largest + 1)
        least = np.ceil(threshold * sizes - _SAFE).astype(np.int64)
        with_its_like = np.ceil(2 * threshold / (1 + threshold) * sizes - _SAFE).astype(np.int64)
        sums = np.arange(2 * largest + 1)
        shared = np.ceil(threshold / (1 + threshold) * sums - _SAFE).astype(np.int64)
        return cls(least, sizes - least + 1, sizes - with_its_like + 1, np.maximum(shared, 1))


@dataclass(frozen=True)
class Plan:
    """Whom each set has to be compared with, ahead of comparing."""

    sets: WordSets
    bounds: Bounds
    listed_set: Ints
    """The sets in the lists of all words, one list after the other, small sets first."""
    listed_place: Ints
    """How many rarer words each of them has."""
    probe_set: Ints
    """Who looks a word up; only look-ups that meet somebody."""
    probe_place: Ints
    first: Ints
    """The first in the lists that a look-up meets."""
    count: Ints
    """How many it meets."""

    @property
    def candidates(self) -> int:
        """How many comparisons there are to make."""
        return int(self.count.sum())


def planned(sets: WordSets, threshold: float) -> Plan:
    """The plan for sets that come in order of size, none empty."""
    sizes = sets.sizes
    bounds = Bounds.of(threshold, int(sizes.max(initial=0)))
    listed_keys, listed_place = _prefixes(sets, bounds.listed[sizes])
    probe_keys, probe_place = _prefixes(sets, bounds.probed[sizes])
    probe_set = probe_keys & 0xFFFFFFFF
    smallest = np.searchsorted(sizes, bounds.least_partner[sizes])[probe_set]
    first = np.searchsorted(listed_keys, probe_keys - probe_set + smallest)
    count = np.searchsorted(listed_keys, probe_keys) - first
    meets = count > 0
    found = (probe_set[meets], probe_place[meets], first[meets], count[meets])
    return Plan(sets, bounds, listed_keys & 0xFFFFFFFF, listed_place, *found)


def _prefixes(sets: WordSets, lengths: Ints) -> tuple[Ints, Ints]:
    """The first words of each set as sorted keys of word and set, and the place of the word in its set."""
    begins = np.cumsum(lengths) - lengths
    rows = np.repeat(np.arange(len(sets)), lengths)
    place = np.arange(len(rows)) - begins[rows]
    keys = (sets.words[sets.starts[rows] + place].astype(np.int64) << 32) | rows
    order = np.argsort(keys)
    return keys[order], place[order]


def join(plan: Plan, threshold: float) -> Pairs:
    """All pairs at or above the threshold, in columns."""
    sketches = parity_sketches(plan.sets)
    found = [_plausible(plan, sketches, first, last) for first, last in _slices(plan.count, _AT_ONCE)]
    keys = np.sort(np.concatenate([np.empty(0, np.int64), *found]))
    return verified(plan.sets, keys[np.diff(keys, prepend=-1) != 0], threshold)


def _slices(count: Ints, at_once: int) -> list[tuple[int, int]]:
    """Where to cut so that each part counts at most so many, or is a single one."""
    ends = np.cumsum(count)
    cuts = [0]
    while cuts[-1] < len(ends):
        done = int(ends[cuts[-1] - 1]) if cuts[-1] else 0
        cuts.append(max(int(np.searchsorted(ends, done + at_once, side="right")), cuts[-1] + 1))
    return list(pairwise(cuts))


def _plausible(plan: Plan, sketches: Hashes, first: int, last: int) -> Ints:
    """The pairs, as keys of both numbers, that place and sketch leave among some look-ups' candidates."""
    count = plan.count[first:last]
    begins = np.cumsum(count) - count
    met = np.arange(int(count.sum())) + np.repeat(plan.first[first:last] - begins, count)
    right, left = np.repeat(plan.probe_set[first:last], count), plan.listed_set[met]
    sizes = plan.sets.sizes
    right_size, left_size = np.repeat(sizes[plan.probe_set[first:last]], count), sizes[left]
    needed = plan.bounds.shared[left_size + right_size]
    rest = np.minimum(
        np.repeat(sizes[plan.probe_set[first:last]] - plan.probe_place[first:last], count),
        left_size - plan.listed_place[met],
    )
    possible = np.flatnonzero(rest >= needed)  # this word and those after it; the pair's first one in common decides
    left, right = left[possible], right[possible]
    likely = differing(sketches, left, right) <= (left_size + right_size - 2 * needed)[possible]
    keys: Ints = (left[likely] << 32) | right[likely]
    return keys


def differing(sketches: Hashes, left: Ints, right: Ints) -> Ints:
    """In how many words pairs of sets differ at the least."""
    bits: Ints = np.zeros(len(left), np.int64)
    for column in sketches.T:
        bits += np.bitwise_count(column[left] ^ column[right])
    return bits


def parity_sketches(sets: WordSets) -> Hashes:
    """Bits for each set, 64 to a column. A word flips one, so two sets differ in at least as many words as bits.

    There are about four bits for each word of a typical set; with fewer, sets that differ much would look alike.
    """
    if not len(sets):
        return np.empty((0, 1), np.uint64)
    typical = len(sets.words) / len(sets)
    width = next(width for width in (2, 4, 8, 16, 32) if width == 32 or width * 64 >= 4 * typical)
    bit = mixed(np.arange(int(sets.words.max()) + 1, dtype=np.uint64)) % np.uint64(64 * width)
    flips = np.uint64(1) << (bit & np.uint64(63))
    sketches = np.empty((len(sets), width), np.uint64)
    for place in range(width):
        here = np.where(bit >> np.uint64(6) == place, flips, np.uint64(0))
        sketches[:, place] = np.bitwise_xor.reduceat(here[sets.words], sets.starts[:-1])
    return sketches


def mixed(numbers: Hashes) -> Hashes:
    """Numbers scattered over 64 bits (the finaliser of SplitMix64)."""
    numbers = (numbers + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def verified(sets: WordSets, keys: Ints, threshold: float) -> Pairs:
    """Those of some pairs that are at or above the threshold: their words in common, counted."""
    left, right = keys >> 32, keys & 0xFFFFFFFF
    shared = np.zeros(len(keys), dtype=np.int64)
    for first, last in _slices(sets.sizes[left], _AT_ONCE):
        shared[first:last] = _in_common(sets, left[first:last], right[first:last])
    union = sets.sizes[left] + sets.sizes[right] - shared
    alike = shared / union >= threshold
    return Pairs(left[alike], right[alike], shared[alike])


def _in_common(sets: WordSets, left: Ints, right: Ints) -> Ints:
    numbers = np.arange(len(left))
    ours, theirs = sets.take(left), sets.take(right)
    keys = np.concatenate(
        [(np.repeat(numbers, side.sizes) << 32) | side.words.astype(np.int64) for side in (ours, theirs)]
    )
    keys.sort()
    twice = keys[1:][keys[1:] == keys[:-1]] >> 32
    counted: Ints = np.bincount(twice, minlength=len(left)).astype(np.int64)
    return counted
