from __future__ import annotations

from random import Random

import pytest

from growloop.universe.variations import varied_question
from growloop.universe.variations.corrections import self_correction


@pytest.mark.parametrize("seed", range(30))
def test_what_is_asked_in_the_end_is_what_was_meant(seed: int) -> None:
    corrected = self_correction("Does {bar} serve {drink}?", Random(seed))

    slot = "bar" if "other bar" in corrected else "drink"
    assert corrected.index(f"{{other {slot}}}") < corrected.index(f" {{{slot}}}")
    assert corrected.replace(f"{{other {slot}}}, ", "").endswith("?")


def test_the_wrong_value_is_filled_in_like_the_right_one() -> None:
    filling = {"drink": "tea", "other drink": "beer"}

    said = varied_question("self_correction", "Is there {drink}?", filling, seed=1)

    assert said.startswith("Is there beer, ")
    assert said.endswith(" tea?")


def test_without_another_value_nothing_is_taken_back() -> None:
    assert varied_question("self_correction", "Is there {drink}?", {"drink": "tea"}, seed=1) == "Is there tea?"


@pytest.mark.parametrize(
    ("question", "end"), [("Is it open?", "is it open?"), ("Kumo House open?", "Kumo House open?")]
)
def test_without_slots_somebody_starts_anew(question: str, end: str) -> None:
    said = self_correction(question, Random(3))

    assert said != question
    assert said.endswith(end)
