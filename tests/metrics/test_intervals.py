"""Intervals cover what they promise, do not depend on the order of rows, and own up to few examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.metrics.intervals import bootstrap_difference, bootstrap_mean, wilson

shares = st.floats(0, 1).map(lambda value: round(value, 3))


def test_no_values_give_an_estimate_of_nothing() -> None:
    estimate = bootstrap_mean([])

    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (None, None, None, 0)


def test_three_right_of_three_is_far_from_certain() -> None:
    estimate = bootstrap_mean([1, 1, 1])

    assert (estimate.value, estimate.high, estimate.n) == (1, 1, 3)
    assert estimate.low == pytest.approx(0.4385, abs=1e-4)


def test_one_value_in_between_has_an_interval_without_width() -> None:
    estimate = bootstrap_mean([0.5])

    assert (estimate.low, estimate.value, estimate.high) == (0.5, 0.5, 0.5)


@given(st.lists(shares, min_size=1, max_size=40))
def test_the_interval_holds_the_mean_and_stays_between_zero_and_one(values: list[float]) -> None:
    estimate = bootstrap_mean(values)

    assert estimate.value == pytest.approx(np.mean(values))
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1 + 1e-12  # type: ignore[operator]


@given(st.lists(shares, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_values_does_not_matter(values: list[float], random: object) -> None:
    shuffled = sorted(values, key=lambda _: random.random())  # type: ignore[attr-defined]

    assert bootstrap_mean(values) == bootstrap_mean(shuffled)


def test_the_seed_decides_the_interval() -> None:
    values = np.random.default_rng(3).random(200)

    assert bootstrap_mean(values, seed=1) == bootstrap_mean(values, seed=1)
    assert bootstrap_mean(values, seed=1) != bootstrap_mean(values, seed=2)


def test_counting_distinct_values_gives_the_interval_that_drawing_rows_gives() -> None:
    values = np.random.default_rng(5).choice([0, 0.4, 0.5, 1], size=300, p=[0.2, 0.1, 0.3, 0.4])
    drawn = np.random.default_rng(6).choice(values, size=(20_000, 300)).mean(axis=1)

    estimate = bootstrap_mean(values, resamples=20_000)

    assert (estimate.low, estimate.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.003)


def test_nineteen_of_twenty_intervals_hold_the_true_mean() -> None:
    generator = np.random.default_rng(0)
    samples = generator.random((400, 150)) < 0.7

    estimates = [bootstrap_mean(sample, resamples=500) for sample in samples]

    covered = np.mean([estimate.low <= 0.7 <= estimate.high for estimate in estimates])  # type: ignore[operator]
    assert 0.91 <= covered <= 0.98


def test_many_distinct_values_are_done_at_once_and_agree_with_the_bootstrap() -> None:
    values = np.random.default_rng(0).random(100_000)

    estimate = bootstrap_mean(values)
    rounded = bootstrap_mean(values.round(3))

    assert (estimate.low, estimate.high) == pytest.approx((rounded.low, rounded.high), abs=2e-4)


def test_pairs_show_a_change_that_two_intervals_hide() -> None:
    hardness = np.random.default_rng(0).random(200)
    before, after = hardness * 0.9, hardness * 0.9 + 0.05

    difference = bootstrap_difference(before, after)

    assert difference.low == pytest.approx(0.05)
    assert bootstrap_mean(before).high > bootstrap_mean(after).low  # type: ignore[operator]


def test_runs_that_agree_everywhere_differ_by_nothing() -> None:
    difference = bootstrap_difference([0, 1, 0.5], [0, 1, 0.5])

    assert (difference.value, difference.low, difference.high, difference.n) == (0, 0, 0, 3)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),  # from the formula worked by hand with z = 1.959964
    [(0, 10, 0.0, 0.27753), (5, 10, 0.23659, 0.76341), (10, 10, 0.72247, 1.0), (81, 263, 0.25529, 0.36620)],
)
def test_wilson_gives_the_textbook_interval(right: int, n: int, low: float, high: float) -> None:
    assert [float(end) for end in wilson(right / n, n)] == pytest.approx([low, high], abs=2e-5)


@given(st.lists(shares, min_size=2, max_size=60))
def test_wilson_is_no_narrower_for_scores_in_between_than_their_spread_calls_for(values: list[float]) -> None:
    mean, n = float(np.mean(values)), len(values)

    assert np.var(values) <= mean * (1 - mean) + 1e-12
    low, high = wilson(mean, n)
    assert low - 1e-12 <= mean <= high + 1e-12
