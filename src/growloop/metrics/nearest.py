"""A prediction against each of its accepted answers: the nearest one counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from growloop.metrics.answers import as_list
from growloop.metrics.metric import Floats
from growloop.metrics.text_overlap import flattened

PairScores = Callable[[list[str], list[str]], Floats]
"""From predictions and one answer each to a score for each pair."""


def nearest(score_pairs: PairScores) -> Callable[[pl.DataFrame], Floats]:
    """A metric over rows from one over pairs: the best score over a row's answers, NaN where none has one."""

    def best(rows: pl.DataFrame) -> Floats:
        if rows.is_empty():
            return np.zeros(0)
        said = as_list(rows["prediction"])
        answers, counts = flattened(rows["answers"])
        owners = np.repeat(np.arange(len(said)), counts)
        scores = score_pairs([said[owner] for owner in owners.tolist()], answers)
        result: Floats = np.fmax.reduceat(scores, np.cumsum(counts) - counts)
        return result

    return best
