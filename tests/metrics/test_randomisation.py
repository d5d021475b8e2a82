"""Whether a difference is more than chance."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.metrics.question_bootstrap import QuestionBootstrap
from growloop.metrics.randomisation import holm, randomised


def test_chances_are_those_of_all_ways_to_turn_the_signs_round() -> None:
    differences = np.array([0.5, 0.5, -0.2, 0.9, 0.1, 0.0])
    sums = np.array([signs @ differences for signs in product((-1, 1), repeat=6)])

    found = randomised(differences[:, None], shuffles=40_000)

    seen = differences.sum()
    assert found.either[0] == pytest.approx((np.abs(sums) >= seen - 1e-9).mean(), abs=0.01)
    assert found.fall[0] == pytest.approx((sums <= seen + 1e-9).mean(), abs=0.01)


def test_no_difference_is_never_surprising_and_p_is_never_0() -> None:
    found = randomised(np.column_stack([np.zeros(50), np.ones(50), -np.ones(50)]))

    assert found.either.tolist() == pytest.approx([1, 1 / 10_001, 1 / 10_001])
    assert found.fall.tolist() == pytest.approx([1, 1, 1 / 10_001])
    assert randomised(np.zeros((0, 1))).either.tolist() == [1]


def test_the_same_seed_gives_the_same_chances_and_rows_may_come_in_any_size() -> None:
    differences = np.random.default_rng(3).normal(size=(300, 2))

    assert randomised(differences, seed=5).either.tolist() == randomised(differences, seed=5).either.tolist()


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_makes_a_p_value_smaller_nor_changes_their_order(p_values: list[float]) -> None:
    found = holm(p_values)

    assert all(p <= after <= 1 for p, after in zip(p_values, found, strict=True))
    assert [found[number] for number in np.argsort(p_values, kind="stable")] == sorted(found)
    if found:
        assert min(found) == min(1, len(p_values) * min(p_values))


def test_parts_of_the_same_rows_add_up_by_block() -> None:
    groups = QuestionBootstrap(np.array([0, 0, 1, 2]))

    blocks = groups.in_blocks(np.array([0, 1, 2, 3, 3]), np.array([0, 1, 0, 0, 1]), np.array([1.0, 2, 4, 8, 8]), 2)

    assert blocks.tolist() == [[1, 2], [4, 0], [8, 8]]
    assert groups.resampled(blocks)[0].tolist() == [13, 10]
