from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.universe.patterns import Pattern


@pytest.mark.parametrize(
    "text", ["[1-9][0-9]? euros", "[0-9]?[0-9]?x", "(ab|a)(b|c)?", r"\d{2}:[0-5]\d", "a{0,3}(a|b)", r"a\.b-[x\-y]", "x"]
)
def test_a_pattern_has_every_text_it_matches_once_and_knows_its_number(text: str) -> None:
    pattern = Pattern(text)

    texts = list(pattern)

    assert len(set(texts)) == len(texts) == len(pattern)
    assert all(re.fullmatch(text, one) for one in texts)
    assert [pattern.index(one) for one in texts] == list(range(len(texts)))


@given(number=st.integers(0, 1_999_999_999_997))
def test_a_million_millions_are_numbered_without_being_listed(number: int) -> None:
    amounts = Pattern("[1-9][0-9]{0,11} (euros|pounds)")

    assert amounts.index(amounts[number]) == number
    assert len(amounts) == 1_999_999_999_998


def test_what_does_not_match_is_not_among_the_values() -> None:
    pattern = Pattern("[1-9][0-9]? euros")

    assert "17 euros" in pattern
    assert "017 euros" not in pattern
    with pytest.raises(ValueError, match='"100 euros" does not match'):
        pattern.index("100 euros")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a*", "repeats without end"),
        ("a+", "repeats without end"),
        ("(a", "ends in the middle"),
        ("a)", "closes nothing"),
        ("[^a]", "list what it should match"),
        ("a{2", "a number is needed"),
        ("a{3,1}", "no repetition"),
        (r"\w", r"\\w is not known"),
        ("a.b", "stands for nothing"),
        ("[0-9]{30}", "matches more than"),
    ],
)
def test_what_is_no_pattern_is_told(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Pattern(text)
