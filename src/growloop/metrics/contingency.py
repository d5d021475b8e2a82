"""Agreement of two judges from the table that counts their pairs of judgements, many tables at a time.

kappa      Cohen (1960): agreement beyond what the two would have by chance
spearman   correlation of the ranks, equal values sharing the mean of theirs
kendall    tau-b (Kendall 1945): concordant less discordant pairs, corrected for ties
alpha      Krippendorff (1970), interval distance, which is the nominal one for right and wrong; and of kinds
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def accuracy(tables: Floats) -> Floats:
    """The share on the diagonal of square tables (…, k, k); NaN for empty ones."""
    return _ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))


def kappa(tables: Floats) -> Floats:
    """Cohen's kappa of square tables (…, k, k); NaN where both judges only ever say one and the same.

    >>> kappa(np.array([[20.0, 5.0], [10.0, 15.0]])).round(3).item()
    0.4
    """
    total = tables.sum(axis=(-2, -1))
    chance = _ratio((tables.sum(-1) * tables.sum(-2)).sum(-1), total * total)
    return _ratio(accuracy(tables) - chance, 1 - chance)


def spearman(tables: Floats) -> Floats:
    """Correlation of the ranks of tables (…, rows, columns), whose values rise; NaN where one judge is constant."""
    rows, columns = _mean_ranks(tables.sum(-1)), _mean_ranks(tables.sum(-2))
    together = np.einsum("...ij,...i,...j->...", tables, rows, columns)
    spread = _weighted(tables.sum(-1), rows) * _weighted(tables.sum(-2), columns)
    return _ratio(together, np.sqrt(spread))


def _mean_ranks(counts: Floats) -> Floats:
    """The mid-rank of every value, less the mean of all ranks."""
    ranks: Floats = np.cumsum(counts, axis=-1) - counts / 2 - counts.sum(-1, keepdims=True) / 2
    return ranks


def _weighted(counts: Floats, ranks: Floats) -> Floats:
    weighted: Floats = (counts * ranks * ranks).sum(-1)
    return weighted


def kendall(tables: Floats) -> Floats:
    """Tau-b of tables (…, rows, columns), whose values rise; NaN where one judge is constant."""
    before = np.cumsum(np.cumsum(tables, axis=-2), axis=-1)
    lower_left = np.cumsum(np.cumsum(tables, axis=-2)[..., ::-1], axis=-1)[..., ::-1]
    concordant = (tables[..., 1:, 1:] * before[..., :-1, :-1]).sum(axis=(-2, -1))
    discordant = (tables[..., 1:, :-1] * lower_left[..., :-1, 1:]).sum(axis=(-2, -1))
    return _ratio(concordant - discordant, np.sqrt(_untied(tables.sum(-1)) * _untied(tables.sum(-2))))


def _untied(counts: Floats) -> Floats:
    """How many pairs differ in a value."""
    pairs: Floats = (counts.sum(-1) ** 2 - (counts**2).sum(-1)) / 2
    return pairs


def alpha(sums: Floats) -> Floats:
    """Krippendorff's alpha from `unit_sums`, added up (…, 4); NaN where all judgements are alike."""
    within, judgements, total, squares = np.moveaxis(sums, -1, 0)
    observed = _ratio(within, judgements)
    expected = _ratio(2 * (judgements * squares - total * total), judgements * (judgements - 1))
    return 1 - _ratio(observed, expected)


def nominal_alpha(sums: Floats) -> Floats:
    """Krippendorff's alpha of kinds, from `nominal_sums`, added up (…, 2 + kinds); NaN where all are alike."""
    within, judgements, of_kind = sums[..., 0], sums[..., 1], sums[..., 2:]
    observed = _ratio(within, judgements)
    expected = _ratio(judgements**2 - (of_kind**2).sum(-1), judgements * (judgements - 1))
    return 1 - _ratio(observed, expected)


def nominal_sums(counts: Floats) -> Floats:
    """What each unit adds to the nominal alpha, given how many said each kind, two judges or more: (units, 2 + kinds).

    >>> table = np.array([[2.0, 0.0], [2.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    >>> nominal_alpha(nominal_sums(table).sum(0)).round(4).item()
    0.5333
    """
    judges = counts.sum(-1)
    within = (judges**2 - (counts**2).sum(-1)) / (judges - 1)
    return np.column_stack([within, judges, counts])


def unit_sums(judges: Floats, total: Floats, squares: Floats) -> Floats:
    """What each answer adds to alpha, given its judgements' count (2 or more), sum and sum of squares: (answers, 4)."""
    within = 2 * (judges * squares - total * total) / (judges - 1)
    return np.stack([within, judges, total, squares], axis=-1)


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratios: Floats = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.abs(whole) > 1e-12)
    return ratios
