"""95 % intervals: how far a figure would move had other examples of the same kind been asked.

The percentile bootstrap (Efron 1979) draws the examples anew, with replacement, a thousand times. Only how often
each distinct value is drawn matters, and these counts are multinomial; so they are drawn at once, which gives the
same distribution as drawing rows and costs the same for a hundred rows as for a million. Rows count as independent:
where many questions share one context, the true interval is somewhat wider.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from growloop.records.run import Estimate

Floats = NDArray[np.float64]
NONE = Estimate(value=None, low=None, high=None, n=0)
"""What is said about no examples."""
Z_95 = 1.959963984540054
_MANY = 10_000
"""Distinct values beyond which the normal approximation is taken: it no longer differs from the bootstrap's."""
_AT_ONCE = 4_000_000
"""Drawn counts held in memory at a time (32 MB)."""


def bootstrap_mean(values: ArrayLike, *, seed: int = 0, resamples: int = 1000) -> Estimate:
    """The mean of scores between 0 and 1, with its bootstrap interval; NONE over no values.

    Where all values are 0, or all 1, resampling shows no spread however few they are; Wilson's
    interval stands in, which says that 3 right of 3 is 0.44 to 1.

    >>> bootstrap_mean([0, 1, 1, 1, 0, 1, 1, 1, 1, 1]).value
    0.8
    """
    column = _column(values)
    if column.size == 0:
        return NONE
    if column[0] in (0.0, 1.0) and (column == column[0]).all():
        low, high = wilson(float(column[0]), column.size)
        return Estimate(value=float(column[0]), low=float(low), high=float(high), n=column.size)
    return _bootstrapped(column, seed, resamples)


def bootstrap_difference(before: ArrayLike, after: ArrayLike, *, seed: int = 0, resamples: int = 1000) -> Estimate:
    """The mean of the paired differences, after minus before, with its bootstrap interval.

    Pairing takes out how hard each example is, so that a smaller change shows than in two separate intervals.
    """
    differences = _column(after) - _column(before)
    return _bootstrapped(differences, seed, resamples) if differences.size else NONE


def bootstrap_counts(
    counts: ArrayLike, statistic: Callable[[NDArray[np.int64]], Floats], n: int, *, seed: int = 0, resamples: int = 1000
) -> Estimate:
    """A figure computed from how many examples fell into each cell of a table, with its bootstrap interval.

    `statistic` maps an array of tables, the cells last, to an array of figures, NaN where a table leaves
    the figure undefined; such resamples are left out. `n` is how many examples stand behind the figure.
    """
    cells = np.asarray(counts, dtype=np.int64)
    total = int(cells.sum())
    value = float(statistic(cells[None, :])[0]) if total else float("nan")
    if np.isnan(value):
        return NONE
    if value in (0.0, 1.0):
        low, high = wilson(value, n)
        return Estimate(value=value, low=float(low), high=float(high), n=n)
    drawn = np.random.default_rng(seed).multinomial(total, cells / total, size=resamples)
    figures = statistic(drawn)
    return _estimate(value, figures[~np.isnan(figures)], n)


def median(values: ArrayLike) -> Estimate:
    """The median with its 95 % interval, which holds whatever the distribution; NONE over no values.

    Its ends are two of the values themselves, so many places from the middle as a fair coin strays (order statistics,
    by the normal approximation).

    >>> median([0.3, 0.1, 0.2])
    Estimate(value=0.2, low=0.1, high=0.3, n=3)
    """
    column = np.sort(_column(values))
    if column.size == 0:
        return NONE
    strays = Z_95 * column.size**0.5 / 2
    low, high = int(column.size / 2 - strays), int(np.ceil(column.size / 2 + strays))
    ends = column[max(low, 0)], column[min(high, column.size - 1)]
    return Estimate(value=float(np.median(column)), low=float(ends[0]), high=float(ends[1]), n=column.size)


def wilson(share: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Low and high end of Wilson's 95 % score interval (1927), for one share or a column of them.

    Exact in form for shares of right and wrong. For the mean of scores in between, such as token F1, it is on
    the safe side: no scores between 0 and 1 with mean p vary more than right and wrong do, p(1 − p).
    """
    mean, size = np.asarray(share, dtype=np.float64), np.asarray(n, dtype=np.float64)
    squared = Z_95 * Z_95
    middle = mean + squared / (2 * size)
    spread = Z_95 * np.sqrt(mean * (1 - mean) / size + squared / (4 * size * size))
    scale = 1 + squared / size
    low = np.where(mean == 0, 0.0, (middle - spread) / scale)  # exact at the ends, where rounding would show
    high = np.where(mean == 1, 1.0, (middle + spread) / scale)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def _column(values: ArrayLike) -> Floats:
    column = np.asarray(values, dtype=np.float64).ravel()
    return column[~np.isnan(column)]


def _bootstrapped(column: Floats, seed: int, resamples: int) -> Estimate:
    distinct, counts = np.unique(column, return_counts=True)
    mean = float(counts @ distinct / column.size)  # over sorted values: the order of rows cannot show
    if distinct.size > _MANY:
        half = Z_95 * float(column.std()) / column.size**0.5
        return Estimate(value=mean, low=mean - half, high=mean + half, n=column.size)
    means = np.concatenate(list(_drawn_means(distinct, counts, seed, resamples)))
    return _estimate(mean, means, column.size)


def _drawn_means(distinct: Floats, counts: NDArray[np.int64], seed: int, resamples: int) -> Iterator[Floats]:
    generator, total = np.random.default_rng(seed), int(counts.sum())
    rows = max(1, _AT_ONCE // distinct.size)
    for start in range(0, resamples, rows):
        drawn = generator.multinomial(total, counts / total, size=min(rows, resamples - start))
        yield drawn @ distinct / total


def _estimate(value: float, figures: Floats, n: int) -> Estimate:
    if figures.size == 0:
        return Estimate(value=value, low=value, high=value, n=n)
    low, high = np.quantile(figures, [0.025, 0.975])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), n=n)
