"""Questions of one kind, put together by what they mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from growloop.errors import MissingExtra

_WORD = re.compile(r"\w+(?:['’]\w+)?")
SOMETHING = "something"
_RUN = re.compile(rf"{SOMETHING}(?:\W+(?:(?:and|of|with|in|the|a|or)\W+)?{SOMETHING})+")


def with_rare_words_hidden(questions: Sequence[str], fewest: int) -> list[str]:
    """Each question with the words that fewer than so many questions have as `something`: what is asked about goes,
    how it is asked stays.

    >>> with_rare_words_hidden(["can i freeze soup", "can i freeze pie"], 2)
    ['can i freeze something', 'can i freeze something']
    """
    counts = Counter(word for text in questions for word in {word.casefold() for word in _WORD.findall(text)})
    hidden = (
        _WORD.sub(lambda word: word[0] if counts[word[0].casefold()] >= fewest else SOMETHING, text)
        for text in questions
    )
    return [_RUN.sub(SOMETHING, text) for text in hidden]


def clusters(vectors: NDArray[np.float32], distance: float) -> NDArray[np.int64]:
    """The cluster of each unit vector, by the mean distance (1 - cosine) of all pairs; raises MissingExtra."""
    try:
        from sklearn.cluster import AgglomerativeClustering
    except ImportError:
        raise MissingExtra("scikit-learn", "retrieve") from None
    if len(vectors) < 2:
        return np.zeros(len(vectors), dtype=np.int64)
    grouping = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="average", distance_threshold=distance)
    labels: NDArray[np.int64] = grouping.fit_predict(vectors)
    return labels
