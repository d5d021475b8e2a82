"""Halves by group, and what a test on one of them says."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.diagnose.confirmation import confirm, halves

groups_of_any_size = st.lists(st.sampled_from([*"abcdefgh", ""]), max_size=60)


@given(groups_of_any_size, st.randoms())
def test_no_group_straddles_the_halves_and_the_order_of_rows_makes_no_difference(groups, chance) -> None:
    first = halves(pl.Series(groups, dtype=pl.String))

    dealt = dict(zip(groups, first, strict=True))
    assert all(dealt[group] == side for group, side in zip(groups, first, strict=True) if group)
    named = [(group, side) for group, side in zip(groups, first, strict=True) if group]
    chance.shuffle(named)
    again = halves(pl.Series([group for group, _ in named] + [""] * groups.count("")))
    if "" not in groups:
        assert again.tolist() == [side for _, side in named]


def test_the_halves_are_about_equal() -> None:
    first = halves(pl.Series([f"g{n % 200}" for n in range(1000)]))

    assert 450 <= first.sum() <= 500


def test_a_slice_that_fails_more_is_told_with_its_interval_and_the_rest() -> None:
    wrong = np.arange(400) % 10 == 0
    wrong[:40] = np.arange(40) % 2 == 0

    [found] = confirm(np.array([40]), np.array([20]), wrong, pl.Series(range(400)))

    assert (found.rate.value, found.rate.n) == (0.5, 40)
    assert found.rate.low == pytest.approx(0.35, abs=0.01)
    assert (found.elsewhere.value, found.elsewhere.n) == (0.1, 360)
    assert found.p_value < 1e-7


def test_answers_that_fail_in_groups_say_less() -> None:
    wrong = np.repeat(np.arange(40) % 5 == 0, 10)
    inside = np.array([60]), np.array([int(wrong[:60].sum())])

    [alone] = confirm(*inside, wrong, pl.Series(range(400)))
    [grouped] = confirm(*inside, wrong, pl.Series(np.repeat(range(40), 10)))

    assert grouped.rate.value == alone.rate.value
    assert grouped.rate.high - grouped.rate.low > 2 * (alone.rate.high - alone.rate.low)
    assert grouped.p_value > alone.p_value


def test_a_slice_that_is_empty_here_is_not_confirmed() -> None:
    [found] = confirm(np.array([0]), np.array([0]), np.arange(20) < 5, pl.Series(range(20)))

    assert (found.rate.value, found.p_value) == (None, 1.0)
