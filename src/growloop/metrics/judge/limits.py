"""Calibration of a judge's log-odds, and the limits beyond which its verdicts are as accurate as wanted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from growloop.metrics.metric import Floats

Booleans = NDArray[np.bool_]
_STEPS = 100
_LONGEST = 0.5
"""A step goes no further, so that none overshoots where the curve is flat."""
_NEVER = -2.0
"""An edge below all probabilities, and below all of them with their sign turned."""
_PRIOR = 1.0
"""Weight of the pull towards leaving the log-odds as they are."""


def fitted(log_odds: Floats, right: Booleans) -> Floats:
    """Slope and intercept that make probabilities of log-odds: Platt 1999, by Newton's method.

    Pulled towards 1 and 0, so that few or one-sided verdicts give no certainty.
    """
    design = np.stack([log_odds, np.ones_like(log_odds)], axis=1)
    wanted, found = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(_STEPS):
        said = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (said - right) + _PRIOR * (found - wanted)
        curve = (design * (said * (1 - said))[:, None]).T @ design + _PRIOR * np.eye(2)
        step = np.clip(np.linalg.solve(curve, slope), -_LONGEST, _LONGEST)
        found = found - step
        if np.abs(step).max() < 1e-9:
            break
    return found


def chosen_limits(probability: Floats, right: Booleans, wanted: float) -> tuple[float, float]:
    """The probabilities up to which answers are wrong and from which on they are right, each as accurate as `wanted`.

    Each side is judged by itself, and as many answers as can be are decided. (0.5, 0.5) where all can be decided;
    beyond 0 or 1 where a side never reaches it.

    >>> chosen_limits(np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, True, False, True]), 0.9)
    (0.1, 0.9)
    """
    high = probability >= 0.5
    right_from = _edge(-probability[high], right[high], wanted)
    wrong_to = _edge(probability[~high], ~right[~high], wanted)
    return (0.5 if wrong_to is None else wrong_to, 0.5 if right_from is None else -right_from)


def _edge(order: Floats, agreed: Booleans, wanted: float) -> float | None:
    """The last value, in rising order, up to which the share agreed is as wanted; None where it is over all."""
    if agreed.size and agreed.mean() >= wanted:
        return None
    values, place = np.unique(order, return_inverse=True)
    shares = np.cumsum(np.bincount(place, agreed)) / np.cumsum(np.bincount(place)) if values.size else np.zeros(0)
    reached = np.flatnonzero(shares >= wanted)
    return float(values[reached[-1]]) if reached.size else _NEVER
