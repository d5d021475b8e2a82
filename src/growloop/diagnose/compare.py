"""Two runs on identical rows: did it get better, and by how much."""

from __future__ import annotations

import polars as pl

from growloop.errors import BadDeclaration, NothingToDo, did_you_mean
from growloop.metrics import metric_columns
from growloop.metrics.intervals import bootstrap_difference, bootstrap_mean
from growloop.records.report import Comparison

_SAME = 1e-9
"""Scores closer than this are a tie."""


def compare(before_scores: pl.DataFrame, after_scores: pl.DataFrame, metric: str) -> Comparison:
    """One metric of two runs over the examples that both have answered.

    The difference is taken example by example, which shows smaller changes than two separate intervals would.
    Raises NothingToDo where the runs share no example.
    """
    for scores in (before_scores, after_scores):
        if metric not in metric_columns(scores):
            raise BadDeclaration(f'No metric "{metric}" to compare. {did_you_mean(metric, metric_columns(scores))}')
    pairs = (
        before_scores.select("id", before=metric).join(after_scores.select("id", after=metric), on="id").drop_nulls()
    )
    if pairs.is_empty():
        raise NothingToDo(
            "The two runs share no example, so there is nothing to compare. Evaluate both on one version."
        )
    change = pairs["after"] - pairs["before"]
    wins, losses = int((change > _SAME).sum()), int((change < -_SAME).sum())
    return Comparison(
        metric=metric,
        before=bootstrap_mean(pairs["before"].to_numpy()),
        after=bootstrap_mean(pairs["after"].to_numpy()),
        difference=bootstrap_difference(pairs["before"].to_numpy(), pairs["after"].to_numpy()),
        wins=wins,
        losses=losses,
        ties=pairs.height - wins - losses,
    )
