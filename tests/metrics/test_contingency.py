from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.metrics.contingency import accuracy, alpha, kappa, kendall, spearman, unit_sums

scipy_stats = pytest.importorskip("scipy.stats", reason="scipy is the oracle here")
PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=3, max_size=40)


def table_of(pairs: list[tuple[int, int]], shape: tuple[int, int] = (6, 4)) -> np.ndarray:
    table = np.zeros(shape)
    np.add.at(table, tuple(np.array(pairs).T), 1)
    return table


def test_kappa_is_the_one_worked_out_by_hand() -> None:
    table = np.array([[20.0, 5.0], [10.0, 15.0]])  # alike 35 of 50; by chance 0.5·0.6 + 0.5·0.4 = 0.5

    assert accuracy(table) == pytest.approx(0.7)
    assert kappa(table) == pytest.approx((0.7 - 0.5) / (1 - 0.5))


def test_kappa_is_nought_where_one_judge_always_says_the_same() -> None:
    assert kappa(np.array([[0.0, 0.0], [30.0, 70.0]])) == pytest.approx(0)


def test_kappa_is_undefined_where_both_only_ever_say_the_same() -> None:
    assert np.isnan(kappa(np.array([[0.0, 0.0], [0.0, 9.0]])))


def test_an_empty_table_has_no_figures() -> None:
    empty = np.zeros((2, 2))

    assert np.isnan([accuracy(empty), kappa(empty), spearman(empty), kendall(empty)]).all()


@given(PAIRS)
def test_rank_correlations_are_those_of_scipy(pairs: list[tuple[int, int]]) -> None:
    one, other = np.array(pairs).T
    table = table_of(pairs)

    if len(set(one)) == 1 or len(set(other)) == 1:
        assert np.isnan([spearman(table), kendall(table)]).all()
    else:
        assert spearman(table) == pytest.approx(scipy_stats.spearmanr(one, other).statistic)
        assert kendall(table) == pytest.approx(scipy_stats.kendalltau(one, other).statistic)


@given(PAIRS)
def test_values_that_nobody_gave_change_nothing(pairs: list[tuple[int, int]]) -> None:
    table = table_of(pairs)
    wider = np.insert(np.insert(table, 3, 0, axis=0), 2, 0, axis=1)

    assert spearman(wider) == pytest.approx(spearman(table), nan_ok=True)
    assert kendall(wider) == pytest.approx(kendall(table), nan_ok=True)


def test_many_tables_are_worked_out_at_once() -> None:
    tables = np.array([[[4.0, 1.0], [2.0, 3.0]], [[1.0, 0.0], [0.0, 1.0]]])

    for statistic in (accuracy, kappa, spearman, kendall):
        assert statistic(tables).tolist() == pytest.approx([statistic(table).item() for table in tables])


def test_alpha_is_that_of_krippendorffs_example() -> None:
    """Two observers of ten units, 0 or 1 (Computing Krippendorff's Alpha-Reliability, 2011, section A): 0.095."""
    one = np.array([0, 1, 0, 0, 0, 0, 0, 0, 1, 0])
    other = np.array([1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
    sums = unit_sums(np.full(10, 2.0), (one + other).astype(float), (one**2 + other**2).astype(float))

    assert alpha(sums.sum(0)) == pytest.approx(0.095, abs=5e-4)


def test_alpha_is_one_where_all_agree_and_undefined_where_they_all_say_the_same() -> None:
    agreed = unit_sums(np.array([2.0, 3.0]), np.array([0.0, 3.0]), np.array([0.0, 3.0]))
    alike = unit_sums(np.array([2.0, 3.0]), np.array([2.0, 3.0]), np.array([2.0, 3.0]))

    assert alpha(agreed.sum(0)) == pytest.approx(1)
    assert np.isnan(alpha(alike.sum(0)))
