from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.recommender.curves import (
    EXPONENTS,
    PRIOR,
    Growth,
    expected_gain,
    exponents,
    has_stalled,
    worthwhile,
)


def growth(wrong_after: int, *, slice: str = "vegan", wrong: int = 200, grown: int = 4) -> Growth:
    return Growth(
        slice, trained_on=100, wrong=wrong, n=400, trained_on_after=100 * grown, wrong_after=wrong_after, n_after=400
    )


def mean(weights: np.ndarray) -> float:
    return float(weights @ EXPONENTS)


def test_before_anything_is_known_the_error_is_expected_to_fall_by_a_third_of_the_powers_of_the_data() -> None:
    assert exponents([]) == pytest.approx(PRIOR)
    assert mean(PRIOR) == pytest.approx(1 / 3, abs=0.01)


def test_data_that_helped_much_lets_more_of_it_be_expected_to_help_and_data_that_did_nothing_does_not() -> None:
    helped, useless = exponents([growth(50)]), exponents([growth(200)])

    assert mean(helped) > mean(PRIOR) > mean(useless)


def test_what_happened_in_the_slice_itself_counts_more_than_what_happened_elsewhere() -> None:
    own = exponents([growth(200, slice="vegan")], "vegan")
    other = exponents([growth(200, slice="dogs")], "vegan")

    assert mean(own) < mean(other) < mean(PRIOR)


def test_data_that_hardly_grew_says_nothing() -> None:
    assert exponents([growth(399, grown=1)]) == pytest.approx(PRIOR)


def test_more_data_of_a_slice_that_fails_more_or_is_larger_is_expected_to_gain_more() -> None:
    def gain(**more: float) -> float:
        told = {"wrong": 40, "n": 100, "share": 0.2, "trained_on": 100, "more": 100, **more}
        return expected_gain(**told, weights=PRIOR).value or 0.0  # type: ignore[arg-type]

    assert gain() < gain(wrong=80) < gain(wrong=80, share=0.4) < gain(wrong=80, share=0.4, more=400)
    assert gain(more=0) == 0.0


@given(wrong=st.integers(0, 50), share=st.floats(0, 1), trained_on=st.integers(0, 10_000), more=st.integers(0, 10_000))
def test_a_gain_is_never_more_than_all_errors_of_the_slice_and_lies_in_its_interval(
    wrong: int, share: float, trained_on: int, more: int
) -> None:
    found = expected_gain(wrong, 50, share=share, trained_on=trained_on, more=more, weights=PRIOR)

    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= share


def test_a_slice_has_stalled_once_much_more_data_did_nothing_and_not_for_want_of_trying() -> None:
    useless = [growth(200, grown=4), growth(200, grown=4), growth(205, grown=4)]

    assert has_stalled(useless, "vegan")
    assert not has_stalled(useless, "dogs")
    assert not has_stalled([growth(200, grown=1)], "vegan")
    assert not has_stalled([growth(60)], "vegan")


def test_the_power_law_is_found_again_in_growths_that_follow_it() -> None:
    true, sizes = 0.5, [100, 200, 400, 800, 1_600, 3_200, 6_400]
    rate = [0.8 * ((size + 1) / 101) ** -true for size in sizes]
    told = [
        Growth("vegan", small, round(5000 * before), 5000, large, round(5000 * after), 5000)
        for small, large, before, after in zip(sizes, sizes[1:], rate, rate[1:], strict=False)
    ]

    assert mean(exponents(told * 4, "vegan")) == pytest.approx(true, abs=0.05)


@pytest.mark.parametrize(
    ("trained_on", "share", "of", "wanted"),
    [
        (0, 1.0, 0, 100),
        (430, 0.1, 4_000, 450),
        (90_000, 1.0, 90_000, 1_500),
        (0, 0.4, 1_500, 1_000),
        (800, 0.4, 2_000, 800),
    ],
)
def test_as_many_more_are_worth_gathering_as_there_are_or_as_the_kind_is_rarer_than_what_is_asked(
    trained_on: int, share: float, of: int, wanted: int
) -> None:
    assert worthwhile(trained_on, share=share, of=of) == wanted
