"""Fuses rankings by rank alone, so that scores of different kinds need no common scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RANK_CONSTANT = 60
"""How much a first place outweighs a tenth: the smaller, the more. 60 is the value of the paper."""


def reciprocal_rank_fusion(
    rankings: Sequence[NDArray[np.int64]], passages: int, *, rank_constant: int = RANK_CONSTANT
) -> NDArray[np.float32]:
    """The fused score of every passage: the sum of 1 / (rank_constant + rank) over the rankings that hold it.

    Each ranking lists passage numbers, best first. After Cormack, Clarke and Büttcher, "Reciprocal
    Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR 2009.
    """
    fused = np.zeros(passages, dtype=np.float32)
    for ranking in rankings:
        fused[ranking] += 1.0 / (rank_constant + np.arange(1, len(ranking) + 1))
    return fused


def best_first(scores: NDArray[np.float32], k: int, *, above: float = 0.0) -> NDArray[np.int64]:
    """The numbers of the k highest scores above `above`, best first; ties go to the passage that came first."""
    k = min(k, int((scores > above).sum()))
    if k == 0:
        return np.zeros(0, dtype=np.int64)
    threshold = np.partition(scores, -k)[-k]
    candidates = np.flatnonzero(scores >= threshold)
    order = np.argsort(-scores[candidates], kind="stable")[:k]
    return candidates[order].astype(np.int64)
