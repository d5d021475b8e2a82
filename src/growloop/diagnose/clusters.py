"""Questions that mean alike, by their embeddings: a feature for what no word and no coordinate tells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import MissingExtra

QUESTIONS_A_CLUSTER, MOST_CLUSTERS = 25, 40
_SHOWN = 60
"""Characters of the question by which a cluster is called."""


def middle_questions(questions: pl.Series, vectors: NDArray[np.float32], *, seed: int = 0) -> list[str]:
    """The questions nearest to the middles of clusters of some questions; none where there are too few for two.

    `vectors` are their unit embeddings, a row each; the clusters those of mini-batch k-means (Sculley 2010), one for
    every 25 questions, at most 40. Raises MissingExtra without scikit-learn.
    """
    try:
        from sklearn.cluster import MiniBatchKMeans
    except ImportError:
        raise MissingExtra("scikit-learn", "retrieve") from None
    count = min(MOST_CLUSTERS, len(questions) // QUESTIONS_A_CLUSTER)
    if count < 2:
        return []
    found = MiniBatchKMeans(count, random_state=seed, n_init=3).fit(vectors)
    nearest = questions.gather(found.transform(vectors).argmin(axis=0))
    return nearest.unique(maintain_order=True).to_list()


def question_clusters(
    vectors: NDArray[np.float32], middles: Sequence[str], middle_vectors: NDArray[np.float32]
) -> pl.Series:
    """For each question, by its unit embedding, the name of its cluster: the middle it is nearest to, cut short.

    So a question that was no part of finding the clusters has its place among them as well.
    """
    if not middles or not len(vectors):
        return pl.Series("cluster", [None] * len(vectors), dtype=pl.String)
    names = pl.Series("cluster", list(middles)).str.head(_SHOWN)
    return names.gather((vectors @ middle_vectors.T).argmax(axis=1))
