"""The most typical of many questions: each stands for those that share most of its telling words."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.records.coverage import Alike
from growloop.universe.canonical import canonical, idle_words

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
    words = pl.DataFrame({"words": canonical(questions)}).with_row_index("row")
    told = words.with_columns(pl.col("words").str.extract_all(r"\w+")).explode("words").drop_nulls().unique()
    telling = told.filter(~pl.col("words").is_in(sorted(idle_words())))
    numbered = telling.with_columns(
        word=pl.col("words").rank("dense") - 1, idf=(len(questions) / pl.len().over("words")).log1p()
    )
    matrix = np.zeros((len(questions), int(numbered["word"].n_unique())), dtype=np.float32)
    matrix[numbered["row"].to_numpy(), numbered["word"].to_numpy()] = numbered["idf"].to_numpy()
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit = (matrix / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    nearness: NDArray[np.float32] = unit @ unit.T
    return nearness
