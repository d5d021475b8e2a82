"""Abstention is counted as its definitions say, with intervals, down to no examples at all."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.metrics.abstention import NAMES, Outcomes, abstention, outcomes
from growloop.records.run import SCORES


def scores(*rows: tuple[bool, bool]) -> pl.DataFrame:
    """A row for each (answerable, abstained)."""
    return pl.DataFrame([(f"e{number}", *row) for number, row in enumerate(rows)], schema=SCORES, orient="row")


HIT, MISS, REFUSAL, ATTEMPT = (False, True), (False, False), (True, True), (True, False)


def test_the_four_outcomes_are_told_apart() -> None:
    assert outcomes(scores(HIT, HIT, HIT, MISS, MISS, REFUSAL, *[ATTEMPT] * 4)) == Outcomes(3, 2, 1, 4)


def test_figures_follow_their_definitions() -> None:
    found = abstention(scores(HIT, HIT, HIT, MISS, REFUSAL, REFUSAL, *[ATTEMPT] * 6))

    assert {name: found[name].value for name in NAMES} == pytest.approx(
        {"abstention_precision": 3 / 5, "abstention_recall": 3 / 4, "abstention_f1": 6 / 9, "over_refusal": 2 / 8}
        | {"hallucination_rate": 1 / 4}
    )
    assert [found[name].n for name in NAMES] == [5, 4, 6, 8, 4]


def test_without_unanswerable_examples_and_abstentions_only_over_refusal_is_known() -> None:
    found = abstention(scores(ATTEMPT, ATTEMPT))

    assert [found[name].value for name in NAMES] == [None, None, None, 0, None]
    assert [found[name].n for name in NAMES] == [0, 0, 0, 2, 0]


def test_a_model_that_never_abstains_has_recall_and_f1_of_zero_and_no_precision() -> None:
    found = abstention(scores(MISS, ATTEMPT))

    assert [found[name].value for name in NAMES] == [None, 0, 0, 0, 1]


def test_no_rows_give_figures_about_nothing() -> None:
    assert {estimate.n for estimate in abstention(scores()).values()} == {0}


def test_a_perfect_score_on_few_examples_keeps_a_wide_interval() -> None:
    found = abstention(scores(HIT, HIT, ATTEMPT))

    assert found["abstention_precision"].low == pytest.approx(0.342, abs=1e-3)


@given(st.lists(st.sampled_from([HIT, MISS, REFUSAL, ATTEMPT]), max_size=30))
def test_figures_and_intervals_stay_between_zero_and_one(rows: list[tuple[bool, bool]]) -> None:
    for estimate in abstention(scores(*rows)).values():
        if estimate.n:
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1  # type: ignore[operator]


@given(st.lists(st.sampled_from([HIT, MISS, REFUSAL, ATTEMPT]), min_size=1, max_size=30))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(rows: list[tuple[bool, bool]]) -> None:
    found = abstention(scores(*rows))

    precision, recall = found["abstention_precision"].value, found["abstention_recall"].value

    if precision and recall:
        assert found["abstention_f1"].value == pytest.approx(2 * precision * recall / (precision + recall))
