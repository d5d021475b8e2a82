"""Overlapping slices: those that each say something of their own stay."""

from __future__ import annotations

import numpy as np

from growloop.diagnose.distinct import distinct

ROWS = np.arange(1000)
FAULT = ROWS < 100
WRONG = (FAULT & (ROWS % 10 < 7)) | (ROWS % 20 == 19)
"""70 % of the first hundred are wrong, of the others 5 %."""


def kept(*slices: np.ndarray, most: int = 9) -> list[int]:
    return distinct(slices, WRONG, np.ones(len(slices), dtype=np.int64), most=most, least_gain=2.0)


def test_what_holds_a_clearer_slice_or_is_a_part_of_one_falls_away() -> None:
    larger, part = ROWS < 300, FAULT & (ROWS % 2 == 0)

    assert kept(larger, FAULT, part) == [1]


def test_of_two_names_for_the_same_rows_the_first_stays() -> None:
    assert kept(FAULT, FAULT.copy()) == [0]


def test_slices_that_fail_for_reasons_of_their_own_all_stay() -> None:
    one, other = ROWS < 50, (ROWS >= 50) & (ROWS < 100)

    assert sorted(kept(one, other, ROWS >= 900)) == [0, 1]


def test_no_more_are_kept_than_wanted() -> None:
    assert len(kept(ROWS < 50, (ROWS >= 50) & FAULT, most=1)) == 1
    assert kept() == []
