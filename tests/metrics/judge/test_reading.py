"""What two ways of writing one thing have in common."""

from __future__ import annotations

import pytest

from growloop.metrics.judge.reading import read


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Article II", "article two"),
        ("the 3rd", "Third"),
        ("U.S. troops", "US troop"),
        ("12 Oct 1492", "12 October 1492"),
        ("Kurt Gödel", "kurt godel's"),
        ("1,000 dogs", "1000 dogs"),
        ("the 1960s", "1960"),
    ],
)
def test_what_is_written_differently_reads_alike(one: str, other: str) -> None:
    assert read(one).kinds == read(other).kinds


def test_may_is_a_month_only_beside_a_digit() -> None:
    assert read("4 May 1989").months == {5}
    assert read("It may be so").months == set()


def test_years_are_numbers_of_four_digits() -> None:
    found = read("12 of the 1,500 men left in 1912")

    assert found.numbers == (12, 1500, 1912)
    assert found.years == {1500, 1912}


def test_a_text_without_content_is_read_by_all_its_words() -> None:
    assert read("The Who").kinds == {"the", "who"}
    assert read("").kinds == set()
