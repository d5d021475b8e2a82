from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.universe.variations import keyboard
from growloop.universe.variations.keyboard import SLIPS, neighbours, typos

QUESTION = "Which vegetarian dishes do they serve at the weekend?"


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz")
def test_keys_that_touch_touch_each_other(letter: str) -> None:
    assert 2 <= len(neighbours(letter)) <= 8
    assert all(letter in neighbours(other) for other in neighbours(letter))


def test_only_letters_have_neighbours() -> None:
    assert neighbours("7") == neighbours("é") == []


@pytest.mark.parametrize("slip", SLIPS)
@given(text=st.text(min_size=1, alphabet="abc xyzÀ"), data=st.data())
def test_a_slip_costs_at_most_one_letter_and_adds_at_most_one(
    slip: keyboard.Slip, text: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(text) - 1))

    slipped = slip(text, place, Random(0))

    assert abs(len(slipped) - len(text)) <= 1
    assert abs(Counter(slipped).total() - Counter(text).total()) <= 1


@given(st.integers(0, 10_000))
def test_digits_and_placeholders_are_never_mistyped(seed: int) -> None:
    typed = typos("Is table 42 at {restaurant} free for {party size}?", Random(seed))

    assert "{restaurant}" in typed
    assert "{party size}" in typed
    assert "42" in typed.replace(" ", "")


def test_most_questions_have_one_typo_and_some_have_more() -> None:
    lengths = [abs(len(typos(QUESTION, Random(seed))) - len(QUESTION)) for seed in range(500)]

    assert max(lengths) >= 2
    assert sum(length <= 1 for length in lengths) > 250


def test_a_question_without_letters_has_no_typos() -> None:
    assert typos("42?", Random(1)) == "42?"


def test_kinds_of_slips_add_up() -> None:
    assert sum(SLIPS.values()) == pytest.approx(1)
