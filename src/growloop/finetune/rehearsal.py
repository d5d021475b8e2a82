"""What a model that has learned before is shown on its next turn: all that is new, and some of the old."""

from __future__ import annotations

import polars as pl


def rehearsed(train: pl.DataFrame, learned: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    """Rows of `train` that are not in `learned`, corrections, and a share of the rest; in the order of `train`.

    Without the old a model forgets it (experience replay: Rolnick et al. 2019, arXiv 1811.11682). Which of the old
    are shown is chance, drawn from the seed. Where nothing is new, all are shown.
    """
    is_old = pl.col("id").is_in(learned["id"].implode()) & (pl.col("origin") != "annotation")
    old = train.filter(is_old)
    if old.height == train.height:
        return train
    again = old.select("id").sort("id").sample(fraction=share, seed=seed)["id"]
    return train.filter(~is_old | pl.col("id").is_in(again.implode()))
