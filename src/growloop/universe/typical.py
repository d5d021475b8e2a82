"""The most typical of many questions: each stands for those that share most of its telling words."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.records.coverage import Alike
from growloop.universe.word_vectors import WordVectors

MOST_COMPARED = 2_000
"""Different questions that are compared with each other, spread evenly over all."""
ALIKE = 0.4
"""The cosine of two questions' words, rare ones weighing more, from which on they count as alike."""


def typical(questions: pl.Series, most: int = 5) -> tuple[Alike, ...]:
    """The questions that most others are like, and how many those are; none is told that is like one told before.

    >>> typical(pl.Series(["Is there parking?", "parking there?", "Parking nearby?", "What is the tip?"]), most=1)
    (Alike(question='Is there parking?', count=3),)
    """
    counted = questions.drop_nulls().rename("question").to_frame().group_by("question", maintain_order=True).len()
    compared = counted.gather_every(max(1, -(-counted.height // MOST_COMPARED)))
    weights = compared["len"].to_numpy()
    near = _nearness(compared["question"]) >= ALIKE
    np.fill_diagonal(near, True)
    found: list[Alike] = []
    while len(found) < most and near.any():
        counts = near @ weights
        best = int(counts.argmax())
        found.append(Alike(question=compared["question"][best], count=int(counts[best])))
        gone = near[best].copy()
        near[gone, :] = False
        near[:, gone] = False
    return tuple(found)


def _nearness(questions: pl.Series) -> NDArray[np.float32]:
    """The cosine of each two questions."""
    texts = questions.to_list()
    vectors = WordVectors(texts)(texts)
    return np.asarray(vectors @ vectors.T, dtype=np.float32)
