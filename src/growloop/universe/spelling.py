"""Texts that are misspelled, found among those that are known: a slip of the finger or two away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

LETTERS_PER_SLIP = 4
"""A name may have a slip for so many letters, and no more than two: shorter names are a slip from others."""
MOST_SLIPS = 4
AT_ONCE = 5_000
"""Texts compared at once, which bounds the memory."""


def slips_in(name: str) -> int:
    """How many slips the name of a value may have."""
    return min(len(name) // LETTERS_PER_SLIP, 2)


def nearest(texts: Sequence[str], known: Sequence[str], slips: Callable[[str], int] = slips_in) -> list[int | None]:
    """For each text the place of the known one that is nearest; None where none is near enough.

    A letter more, less or another one, and two that changed places, are a slip each; `slips` says how many a text
    may have, four at most.

    >>> nearest(["restuarant", "khachapuri"], ["ramen", "restaurant"])
    [1, None]
    """
    if not known:
        return [None] * len(texts)
    found: list[int | None] = []
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start : start + AT_ONCE]
        counts = cdist(part, known, scorer=OSA.distance, score_cutoff=MOST_SLIPS, dtype=np.uint8)
        best = counts.argmin(axis=1)
        fewest = counts[np.arange(len(part)), best].tolist()
        found += [at if n <= slips(text) else None for text, at, n in zip(part, best.tolist(), fewest, strict=True)]
    return found
