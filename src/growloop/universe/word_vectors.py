"""Questions as vectors of their telling words: what is left to compare them by where no model is installed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.universe.canonical import canonical, idle_words


class WordVectors:
    """Texts → unit vectors, one a row: an axis for each telling word of some questions, rare ones weighing more.

    >>> encode = WordVectors(["Is there parking?", "What is the tip?"])
    >>> float(encode(["parking nearby?"])[0] @ encode(["Parking there?"])[0])
    1.0
    """

    def __init__(self, questions: Sequence[str]) -> None:
        told = _telling(questions).group_by("word").len().sort("word")
        self._words = told.select("word", idf=(len(questions) / pl.col("len")).log1p()).with_row_index("axis")

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Words that none of the questions has are left out; of nothing else there is no direction."""
        known = _telling(texts).join(self._words, on="word")
        vectors = np.zeros((len(texts), self._words.height), dtype=np.float32)
        vectors[known["row"].to_numpy(), known["axis"].to_numpy()] = known["idf"].to_numpy()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _telling(texts: Sequence[str]) -> pl.DataFrame:
    """`row` and each `word` of it that tells something, once."""
    words = pl.DataFrame({"word": canonical(pl.Series(list(texts), dtype=pl.String))}).with_row_index("row")
    told = words.with_columns(pl.col("word").str.extract_all(r"\w+")).explode("word").drop_nulls().unique()
    return told.filter(~pl.col("word").is_in(sorted(idle_words()))).sort("row", "word")
