"""p-values of shares: Fisher's exact test, the false discovery rate, and rows that come in groups."""

from __future__ import annotations

from math import comb

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.metrics.significance import adjusted, design_effect, upper_tail


@settings(max_examples=60)
@given(st.data())
def test_the_tail_is_what_counting_the_draws_gives(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 30))
    failed, n = data.draw(st.integers(0, rows)), data.draw(st.integers(0, rows))
    wrong = data.draw(st.integers(0, n))

    draws = sum(comb(failed, k) * comb(rows - failed, n - k) for k in range(wrong, n + 1))

    assert upper_tail([wrong], [n], failed, rows)[0] == pytest.approx(draws / comb(rows, n), abs=1e-12)


def test_many_are_told_apart_that_no_number_could_hold() -> None:
    sure, surer = upper_tail([300, 350], [1000, 1000], 10_000, 100_000)

    assert 0 < surer < sure < 1e-50


def test_adjusting_is_benjamini_hochberg() -> None:
    assert adjusted([0.005, 0.9, 0.02, 0.02]).tolist() == pytest.approx([0.02, 0.9, 0.02 * 4 / 3, 0.02 * 4 / 3])
    assert adjusted([]).tolist() == []
    assert adjusted([0.8, 0.9]).tolist() == pytest.approx([0.9, 0.9])


def test_groups_that_fail_as_one_count_as_one() -> None:
    wrong = np.repeat(np.arange(100) % 2 == 0, 10)

    together = design_effect(wrong, pl.Series(np.repeat(np.arange(100), 10)))
    apart = design_effect(wrong, pl.Series(np.arange(1000)))

    assert together == pytest.approx(10, rel=0.02)
    assert apart == pytest.approx(1, rel=0.01)


def test_without_a_second_group_or_a_second_kind_of_answer_there_is_no_effect() -> None:
    some = np.array([True, False, True])

    assert design_effect(some, pl.Series(["a", "a", "a"])) == 1
    assert design_effect(np.zeros(3, dtype=bool), pl.Series(["a", "b", "c"])) == 1
    assert design_effect(np.zeros(0, dtype=bool), pl.Series([], dtype=pl.String)) == 1
