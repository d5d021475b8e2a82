"""Whether a share is higher than chance would have it, over many shares at once and where rows come in groups."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def upper_tail(wrong: ArrayLike, n: ArrayLike, failed: int, rows: int) -> Floats:
    """The chance that `n` rows drawn from `rows`, of which `failed` are wrong, hold as many wrong ones, or more.

    Fisher's exact test, one-sided, for each pair of `wrong` and `n`.

    >>> upper_tail([2], [2], 2, 4).round(4).tolist()
    [0.1667]
    """
    logs = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, rows + 1)))))
    pairs = zip(np.atleast_1d(wrong).tolist(), np.atleast_1d(n).tolist(), strict=True)
    return np.array([_tail(int(bad), int(size), failed, rows, logs) for bad, size in pairs], dtype=np.float64)


def _tail(wrong: int, n: int, failed: int, rows: int, logs: Floats) -> float:
    least = max(wrong, n - (rows - failed))
    k = np.arange(least, min(n, failed) + 1)
    if wrong <= max(0, n - (rows - failed)) or not len(k):
        return 1.0 if len(k) else 0.0
    ways = logs[failed] - logs[k] - logs[failed - k]
    ways = ways + logs[rows - failed] - logs[n - k] - logs[rows - failed - n + k]
    chances = ways - (logs[rows] - logs[n] - logs[rows - n])
    highest = float(chances.max())
    return float(min(1.0, np.exp(highest) * np.exp(chances - highest).sum()))


def adjusted(p_values: ArrayLike) -> Floats:
    """p-values as the least false discovery rate at which each would be let through (Benjamini & Hochberg 1995).

    >>> adjusted([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.minimum.accumulate(p[order] * len(p) / ranks), 1.0)
    return found


def design_effect(wrong: NDArray[np.bool_], groups: pl.Series) -> float:
    """How many rows of these groups tell as much as one row on its own would; 1 where groups make no difference.

    The variance of the groups' counts over what independent rows would have (Rao & Scott 1992), never below 1.
    """
    rows = pl.DataFrame({"group": groups, "wrong": wrong})
    counts = rows.group_by("group").agg(pl.len().alias("n"), pl.sum("wrong")).sort("group")
    share = float(wrong.mean()) if len(wrong) else 0.0
    if counts.height < 2 or share in (0.0, 1.0):
        return 1.0
    apart = (counts["wrong"] - share * counts["n"]).to_numpy()
    spread = float(apart @ apart) * counts.height / (counts.height - 1)
    return max(1.0, spread / (len(wrong) * share * (1 - share)))
