"""Calibration, and where a judge stops being able to tell."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growloop.metrics.judge.judge import probabilities
from growloop.metrics.judge.limits import chosen_limits, fitted


def test_overconfident_log_odds_are_brought_to_what_happened() -> None:
    right = np.array([True] * 700 + [False] * 300 + [True] * 300 + [False] * 700)
    log_odds = np.array([5.0] * 1000 + [-5.0] * 1000)

    found = probabilities(log_odds, fitted(log_odds, right))

    assert abs(found[0] - 0.7) < 0.01
    assert abs(found[-1] - 0.3) < 0.01


def test_few_verdicts_of_one_kind_give_no_certainty() -> None:
    found = probabilities(np.array([2.0]), fitted(np.array([2.0, 2.0]), np.array([True, True])))

    assert 0.8 < found[0] < 0.99


def test_where_all_can_be_decided_nothing_is_left_open() -> None:
    probability, right = np.array([0.2, 0.4, 0.6, 0.8]), np.array([False, False, True, True])

    assert chosen_limits(probability, right, 0.9) == (0.5, 0.5)


def test_a_side_that_is_never_right_enough_is_never_decided() -> None:
    wrong_to, right_from = chosen_limits(np.array([0.1, 0.9]), np.array([False, False]), 0.9)

    assert wrong_to == 0.5
    assert right_from > 1


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.floats(0.5, 1, exclude_min=True)
)
def test_what_is_decided_is_as_accurate_as_wanted_where_limits_were_chosen(
    answers: list[tuple[float, bool]], wanted: float
) -> None:
    probability, right = (np.array(column) for column in zip(*answers, strict=True))

    wrong_to, right_from = chosen_limits(probability, right, wanted)

    for chosen, agreed in ((probability >= right_from, right), (probability <= wrong_to, ~right)):
        side = agreed[chosen & ((probability >= 0.5) == (agreed is right))]
        assert not side.size or side.mean() >= wanted - 1e-9
