"""What more data should bring: a slice's error falls as a power of the examples it was trained on.

error(t) = error(t0) · ((t + 1) / (t0 + 1))^-b, the power law of learning curves (Hestness et al. 2017, "Deep Learning
Scaling is Predictable, Empirically"). How fast, b, is not known: it starts as a Beta(2, 4) variable, mean 1/3, and
is learned from what earlier data did, most of all in the same slice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from growloop.records.estimate import Estimate

Floats = NDArray[np.float64]
EXPONENTS: Floats = np.linspace(0.0, 1.0, 101)
"""The values of b that are weighed against each other."""
PRIOR: Floats = EXPONENTS * (1 - EXPONENTS) ** 3 / (EXPONENTS * (1 - EXPONENTS) ** 3).sum()
"""Beta(2, 4) on the grid."""
_ELSEWHERE = 0.5
"""What a growth of another slice counts for, beside one of the slice itself."""
_MODEL_ERROR = 0.2
"""Standard deviation of the log error rate around the power law: other data came in too, and training is random."""
_LEAST_GROWTH = 1.25
"""Growths of the data below this factor say nothing about b."""
_STALLED_BELOW = 0.125
"""A slice has stalled where doubling its data is all but sure (90 %) to mend less than this share of its errors."""
_DRAWS = 4_000


@dataclass(frozen=True)
class Growth:
    """What came of more data in a slice: examples it was trained on and wrong answers of so many, before and after."""

    slice: str
    trained_on: int
    wrong: int
    n: int
    trained_on_after: int
    wrong_after: int
    n_after: int

    @property
    def log_growth(self) -> float:
        """The logarithm of the factor by which the data grew."""
        return float(np.log((self.trained_on_after + 1) / (self.trained_on + 1)))


def exponents(growths: Iterable[Growth], slice: str | None = None) -> Floats:
    """How likely each of EXPONENTS is for a slice, after some growths; sums to 1.

    Growths of other slices count half. Without `slice` all count alike.
    """
    likelihood = np.zeros_like(EXPONENTS)
    for growth in growths:
        if growth.log_growth >= np.log(_LEAST_GROWTH) and growth.n and growth.n_after:
            weight = 1.0 if slice is None or growth.slice == slice else _ELSEWHERE
            likelihood += weight * _log_likelihood(growth)
    weights = PRIOR * np.exp(likelihood - likelihood.max())
    weighed: Floats = weights / weights.sum()
    return weighed


def _log_likelihood(growth: Growth) -> Floats:
    """Of each exponent, the logarithm of the ratio of two error rates being about normal (the delta method)."""
    rate, rate_after = (
        (w + 0.5) / (n + 1) for w, n in ((growth.wrong, growth.n), (growth.wrong_after, growth.n_after))
    )
    variance = (1 - rate) / (rate * growth.n) + (1 - rate_after) / (rate_after * growth.n_after) + _MODEL_ERROR**2
    residual = np.log(rate_after / rate) + EXPONENTS * growth.log_growth
    found: Floats = -(residual**2) / (2 * variance)
    return found


def has_stalled(growths: Iterable[Growth], slice: str) -> bool:
    """True where more data of this kind was tried, and did so little that more of it is not worth drawing."""
    own = [growth for growth in growths if growth.slice == slice and growth.log_growth >= np.log(_LEAST_GROWTH)]
    if not own:
        return False
    cumulated = np.cumsum(exponents(own, slice))
    ninth_decile = EXPONENTS[int(np.searchsorted(cumulated, 0.9))]
    return bool(1 - 2.0**-ninth_decile < _STALLED_BELOW)


def expected_gain(
    wrong: int, n: int, *, share: float, trained_on: int, more: int, weights: Floats, seed: int = 0
) -> Estimate:
    """By how much the share of right answers over all questions should rise; 95 % interval.

    `wrong` of `n` answers of the slice were wrong, the slice is `share` of all questions, it was trained on
    `trained_on` examples and would get `more`. Both the rate and the exponent (`weights`) are drawn, 4,000 times.
    """
    random = np.random.default_rng(seed)
    rate = random.beta(wrong + 0.5, n - wrong + 0.5, _DRAWS)
    exponent = random.choice(EXPONENTS, _DRAWS, p=weights)
    gains = share * rate * (1 - ((trained_on + more + 1) / (trained_on + 1)) ** -exponent)
    low, high = np.quantile(gains, [0.025, 0.975])
    return Estimate(value=float(gains.mean()), low=float(low), high=float(high), n=n)


def worthwhile(trained_on: int, *, share: float = 1.0, of: int = 0, least: int = 100, most: int = 1_500) -> int:
    """How many examples more to gather, in round fifties and within bounds: as many as there are.

    More where the kind is rarer in training, `trained_on` of `of` examples, than its `share` of what is asked.
    """
    rarer = share * (of - trained_on) / max(1 - share, 0.1) - trained_on if share < 1 else 0.0
    return min(most, max(least, 50 * round(max(trained_on, rarer) / 50)))
