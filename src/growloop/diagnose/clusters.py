"""Questions that mean alike, by their embeddings: a feature for what no word and no coordinate tells."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import MissingExtra

QUESTIONS_A_CLUSTER, MOST_CLUSTERS = 25, 40
_SHOWN = 60
"""Characters of the question by which a cluster is called."""


def question_clusters(questions: pl.Series, vectors: NDArray[np.float32], *, seed: int = 0) -> pl.Series:
    """For each question the name of its cluster: the question nearest to the middle, cut short.

    `vectors` are its unit embeddings, a row each; the clusters those of mini-batch k-means (Sculley 2010), one for
    every 25 questions, at most 40. Raises MissingExtra without scikit-learn.
    """
    try:
        from sklearn.cluster import MiniBatchKMeans
    except ImportError:
        raise MissingExtra("scikit-learn", "retrieve") from None
    count = min(MOST_CLUSTERS, len(questions) // QUESTIONS_A_CLUSTER)
    if count < 2:
        return pl.Series("cluster", [None] * len(questions), dtype=pl.String)
    found = MiniBatchKMeans(count, random_state=seed, n_init=3).fit(vectors)
    middle = found.transform(vectors).argmin(axis=0)
    names = questions.gather(middle).str.head(_SHOWN)
    return names.gather(found.labels_.astype(np.int64)).alias("cluster")
