"""Nearness in meaning, by embeddings of the model that ships with growloop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from growloop.metrics.metric import Case, Floats, Metric
from growloop.metrics.nearest import nearest

SEMANTIC_SIMILARITY = "semantic_similarity"
Cosines = Callable[[Sequence[str], Sequence[str]], ArrayLike]
"""From two columns of texts to the cosine of each pair's embeddings."""


def semantic_similarity(cosines: Cosines) -> Metric:
    """The metric with somebody's embeddings: the cosine with the nearest accepted answer, below 0 counted as 0.

    Embeddings hardly see negation and numbers; the attacks of `growloop metrics check` show how little.
    """

    def score_pairs(said: list[str], wanted: list[str]) -> Floats:
        near = np.asarray(cosines(said, wanted), dtype=np.float64)
        spoken = np.array([bool(one.strip() and other.strip()) for one, other in zip(said, wanted, strict=True)])
        return np.where(spoken, np.clip(near, 0.0, 1.0), 0.0)

    return Metric(
        SEMANTIC_SIMILARITY,
        "Cosine of the embeddings of what was said and the nearest accepted answer.",
        nearest(score_pairs),
        (
            Case("high", "Dogs are welcome on the terrace.", ("Dogs are welcome on the terrace",)),
            Case("low", "The invoice is due in March.", ("Dogs are welcome on the terrace.",)),
            Case("low", "", ("yes",)),
            Case("near_miss", "Smoking is forbidden on the terrace.", ("Dogs are welcome on the terrace.",)),
        ),
        "Reimers and Gurevych 2019, Sentence-BERT, with all-MiniLM-L6-v2",
        slow=True,
    )
