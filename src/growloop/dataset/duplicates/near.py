"""Texts that nearly repeat each other: every pair whose word sets are at least so alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

import numpy as np
import polars as pl

from growloop.dataset.duplicates.join import Pairs, join, mixed, planned
from growloop.dataset.duplicates.minhash import minhash_join
from growloop.dataset.duplicates.words import Hashes, Ints, WordSets, word_sets
from growloop.errors import BadData, MissingExtra

MOST_CANDIDATES = 1_000_000_000
"""Comparisons an exact join may take, a minute or so of work; beyond, MinHash proposes the pairs."""
MOST_PAIRS = 50_000_000
"""Pairs of texts that are listed one by one."""
NATIVE_FROM = 50_000_000
"""Bytes of text, or comparisons, from which compiled code pays for loading the compiler's run-time."""


@dataclass(frozen=True)
class Alike:
    """Which texts are at least so alike, told by their different word sets: repetitions are not multiplied out."""

    of: Ints
    """The word set of each text; -1 for a text without a word, which is like nothing."""
    left: Ints
    """Pairs of word sets, the first number below the second; no pair comes twice."""
    right: Ints
    jaccard: np.ndarray[tuple[int], np.dtype[np.float64]]
    every_pair: bool
    """False where there was too much to compare, and MinHash proposed what to compare."""
    compared: int
    """How many pairs of word sets were looked at."""

    @cached_property
    def texts_per_set(self) -> Ints:
        """How many texts have each word set."""
        return np.bincount(self.of[self.of >= 0], minlength=int(self.of.max(initial=-1)) + 1).astype(np.int64)

    @property
    def pairs(self) -> int:
        """How many pairs of texts are alike, those of one word set among them."""
        texts = self.texts_per_set
        return int((texts * (texts - 1) // 2).sum() + (texts[self.left] * texts[self.right]).sum())


def near_duplicates(
    texts: pl.Series, threshold: float, *, within: pl.Series | None = None, native: bool | None = None
) -> pl.DataFrame:
    """Every pair of texts whose sets of words have a Jaccard similarity of at least `threshold`.

    Rows `left` < `right` into `texts`, and their `jaccard`; with numbers `within`, only pairs of equal ones. Case,
    punctuation and word order make no difference; a text without words is like no other. Up to about a million texts
    no pair is missed; where more than MOST_CANDIDATES comparisons would be needed, MinHash proposes what to compare
    and nearly all are found (see `alike`). `native` chooses compiled code or columns, which find the same.

    >>> near_duplicates(pl.Series(["Dogs are welcome.", "dogs welcome are", "Cats?"]), 0.8).rows()
    [(0, 1, 1.0)]
    """
    found = alike(texts, threshold, within=within, native=native)
    if found.pairs > MOST_PAIRS:
        raise BadData(
            f"{found.pairs:,} pairs of these {len(texts):,} texts are alike, more than can be listed ({MOST_PAIRS:,}). "
            "Drop exact repetitions first, or ask for a higher similarity."
        )
    members = pl.DataFrame({"set": found.of, "row": np.arange(len(texts))}).filter(pl.col("set") >= 0)
    members = members.with_columns(pl.col("row").cast(pl.UInt32))
    sets = pl.DataFrame({"left_set": found.left, "right_set": found.right, "jaccard": found.jaccard})
    repeated = members.filter(pl.len().over("set") > 1)
    equal = repeated.join(repeated, on="set").filter(pl.col("row") < pl.col("row_right"))
    between = sets.join(members.rename({"set": "left_set"}), on="left_set").join(
        members.rename({"set": "right_set"}), on="right_set"
    )
    first, second = pl.min_horizontal("row", "row_right"), pl.max_horizontal("row", "row_right")
    return pl.concat(
        part.select(first.alias("left"), second.alias("right"), "jaccard")
        for part in (equal.with_columns(jaccard=pl.lit(1.0)), between)
    ).sort("left", "right")


def alike(
    texts: pl.Series,
    threshold: float,
    *,
    within: pl.Series | None = None,
    native: bool | None = None,
    most_candidates: int = MOST_CANDIDATES,
) -> Alike:
    """Which of some texts are at least so alike, only those with equal numbers in `within` where given.

    `native` chooses compiled code or columns, which find the same; None: whichever is sooner done.
    """
    if not 0 < threshold <= 1:
        raise BadData(f"A similarity of {threshold} cannot be asked for; it lies above 0 and is at most 1.")
    has_numba = find_spec("numba") is not None
    if native and not has_numba:
        raise MissingExtra("numba", "fast")
    compiles = native is None and has_numba
    native = native or (compiles and int(texts.str.len_bytes().sum() or 0) >= NATIVE_FROM)
    every = word_sets(texts, native=native)
    of, representatives = _different(every, within)
    sets = every.take(representatives)
    compared, find = _prepared(sets, threshold, native)
    if compiles and not native and compared >= NATIVE_FROM:
        compared, find = _prepared(sets, threshold, native=True)
    every_pair = compared <= most_candidates
    found = find() if every_pair else minhash_join(sets, threshold)
    if within is not None:
        parts = within.to_numpy()[representatives]
        same = parts[found.left] == parts[found.right]
        found = Pairs(found.left[same], found.right[same], found.shared[same])
    jaccard = found.shared / (sets.sizes[found.left] + sets.sizes[found.right] - found.shared)
    return Alike(of, found.left, found.right, jaccard, every_pair, compared)


def _prepared(sets: WordSets, threshold: float, native: bool) -> tuple[int, Callable[[], Pairs]]:
    """How many comparisons a join would take, and the join."""
    if native:
        from growloop.dataset.duplicates.native import native_candidates, native_join

        return native_candidates(sets, threshold), lambda: native_join(sets, threshold)
    plan = planned(sets, threshold)
    return plan.candidates, lambda: join(plan, threshold)


def _different(sets: WordSets, within: pl.Series | None) -> tuple[Ints, Ints]:
    """For each set its number among the different ones, smallest first (-1: empty), and one row for each of those."""
    sums = _sums(sets)
    if within is not None:
        sums = mixed(sums ^ mixed(within.to_numpy().astype(np.uint64)))
    rows = np.flatnonzero(sets.sizes)
    rows = rows[np.argsort(sums[rows], kind="stable")]  # of equal sets the first row comes first
    new = np.diff(sums[rows], prepend=~sums[rows[:1]]) != 0
    representatives = rows[new]
    order = np.lexsort((representatives, sets.sizes[representatives]))
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.arange(len(order))
    of = np.full(len(sets), -1, np.int64)
    of[rows] = numbers[np.cumsum(new) - 1]
    return of, representatives[order]


def _sums(sets: WordSets) -> Hashes:
    """A hash of each set that does not depend on the order of its words."""
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(mixed(sets.words.astype(np.uint64)))))
    return sums[sets.starts[1:]] - sums[sets.starts[:-1]]
