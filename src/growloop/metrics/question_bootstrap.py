"""95 % intervals of figures over answers, several of which may be to one question.

Percentile bootstrap over questions: all answers to a question are drawn together, since they are right or wrong
together more often than others. Beyond a thousand questions, they are dealt at random into a thousand blocks, and
blocks are drawn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from growloop.metrics import contingency
from growloop.metrics.intervals import NONE, wilson
from growloop.records.run import Estimate

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
RESAMPLES = 1000
_BLOCKS = 1000


class QuestionBootstrap:
    """The same thousand resamples for every figure over some answers."""

    def __init__(self, questions: Integers, *, seed: int = 0) -> None:
        """`questions` numbers the question of each answer."""
        generator = np.random.default_rng(seed)
        _, blocks = np.unique(questions, return_inverse=True)
        count = int(blocks.max(initial=-1)) + 1
        if count > _BLOCKS:
            blocks, count = generator.permutation(count)[blocks] % _BLOCKS, _BLOCKS
        self._blocks, self._count = blocks, count
        drawn = generator.integers(count, size=(RESAMPLES, count)) if count else np.empty((RESAMPLES, 0), np.int64)
        places = (drawn + count * np.arange(RESAMPLES)[:, None]).ravel()
        times = np.bincount(places, minlength=RESAMPLES * count).reshape(RESAMPLES, count)
        self._weights = np.vstack([np.ones((1, count)), times])

    def in_blocks(self, answers: Integers, parts: Integers, values: Floats, count: int) -> Floats:
        """What each block adds to each of `count` parts: (blocks, parts).

        The answer `answers[i]` adds `values[i]` to the part `parts[i]`; an answer may add to several.
        """
        places = self._blocks[answers] * count + parts
        sums = np.bincount(places, values, self._count * count)
        return np.asarray(sums, dtype=np.float64).reshape(self._count, count)

    def resampled(self, blocks: Floats) -> Floats:
        """What the blocks add up to over all answers, then over each resample: (1 + resamples, parts)."""
        return np.asarray(self._weights @ blocks, dtype=np.float64)

    def sums(self, of_answers: Floats) -> Floats:
        """The sum of each column over all answers, then over each resample: (1 + resamples, columns)."""
        columns = [np.bincount(self._blocks, column, self._count) for column in of_answers.T]
        return np.asarray(self._weights @ np.stack(columns, axis=1), dtype=np.float64)

    def tables(self, answers: Integers, cells: Integers, shape: tuple[int, int], weight: float = 1.0) -> Floats:
        """How much weight falls into each cell of a table: (1 + resamples, *shape).

        The answer `answers[i]` adds its weight to `cells[i]`; an answer may add to several.
        """
        size = shape[0] * shape[1]
        counts = np.bincount(self._blocks[answers] * size + cells, minlength=self._count * size)
        weighted = self._weights @ (weight * counts.reshape(self._count, size))
        return np.asarray(weighted, dtype=np.float64).reshape(-1, *shape)


def estimate(figures: Floats, n: int) -> Estimate:
    """A figure over all answers, its values over the resamples behind it, as one estimate; NONE where undefined."""
    value, drawn = float(figures[0]), figures[1:][~np.isnan(figures[1:])]
    if n == 0 or np.isnan(value):
        return NONE
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn.size else (value, value)
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), n=n)


def share_estimate(figures: Floats, n: int) -> Estimate:
    """The same for a share; where it is 0 or 1 resampling shows no spread, and Wilson's interval stands in."""
    found = estimate(figures, n)
    if found.value is None or 0 < found.value < 1:
        return found
    low, high = wilson(found.value, n)
    return found.model_copy(update={"low": float(low), "high": float(high)})


def kappa_estimate(tables: Floats, n: int) -> Estimate:
    """Cohen's kappa of tables (1 + resamples, k, k). Where all is judged alike, Wilson's bound of that share counts."""
    found = estimate(contingency.kappa(tables), n)
    if found.value is None or found.value < 1:
        return found
    margins = tables[0].sum(0) / tables[0].sum()
    missed = 1 - float(wilson(1.0, n)[0])
    return found.model_copy(update={"low": max(-1.0, 1 - missed / float(1 - margins @ margins))})
