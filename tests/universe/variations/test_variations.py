from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.errors import BadData
from growloop.universe.variations import SURFACE, VARIATIONS, varied_question, vary, wordings
from growloop.universe.wording import filled

NAMES = sorted(VARIATIONS)
TEXTS = st.text(max_size=60)
PHRASINGS = st.sampled_from(
    [
        "Does {restaurant} offer {food}?",
        "I'm craving {food}. Would {restaurant} be able to help?",
        "{restaurant}: {food} or not?",
        "What is the favourite {food} at {restaurant}, is it allowed to share?",
        "Looking for {food}. Is there any at {restaurant}?",
    ]
)
VALUES = st.text("abcDEF éñ-'&", min_size=3).map(str.strip).filter(lambda value: len(value) > 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("no_question_mark", "I'm vegan. Is Joe's mac-and-cheese ok"),
        ("no_punctuation", "Im vegan Is Joes mac and cheese ok"),
        ("lower_case", "i'm vegan. is joe's mac-and-cheese ok?"),
        ("upper_case", "I'M VEGAN. IS JOE'S MAC-AND-CHEESE OK?"),
    ],
)
def test_case_and_punctuation_change_only_the_typing(name: str, expected: str) -> None:
    assert vary(pl.Series(["I'm vegan. Is Joe's mac-and-cheese ok?"]), name).to_list() == [expected]


@given(TEXTS)
def test_a_variation_that_changes_nothing_is_no_wording(question: str) -> None:
    for _, text in wordings("{q}", {"q": question}, VARIATIONS, seed=0):
        assert text not in ("", question)


@given(TEXTS)
def test_varying_twice_is_the_same_as_once(question: str) -> None:
    for name in ("no_question_mark", "no_punctuation"):
        once = vary(pl.Series([question]), name)
        assert vary(once, name).equals(once)


@given(phrasing=PHRASINGS, restaurant=VALUES, food=VALUES, seed=st.integers(0, 50))
def test_what_is_asked_about_is_in_every_wording(phrasing: str, restaurant: str, food: str, seed: int) -> None:
    """The values decide the answer; only case and punctuation may touch them."""
    filling = {"restaurant": restaurant, "food": food, "other food": "pie", "other restaurant": "Luna"}

    for name in set(VARIATIONS) - SURFACE:
        said = varied_question(name, phrasing, filling, seed=seed)
        assert restaurant in said
        assert food in said


@given(phrasing=PHRASINGS, seed=st.integers(0, 50))
def test_the_same_seed_varies_the_same_way(phrasing: str, seed: int) -> None:
    filling = {"restaurant": "Kumo", "food": "ramen", "other food": "pie", "other restaurant": "Luna"}

    once, again = (wordings(phrasing, filling, NAMES, seed=seed) for _ in range(2))

    assert once == again


@given(st.lists(TEXTS | st.none(), max_size=8), st.sampled_from(NAMES))
def test_a_column_is_varied_row_by_row(questions: list[str | None], name: str) -> None:
    together = vary(pl.Series("q", questions, dtype=pl.String), name, seed=3)

    alone = [vary(pl.Series("q", [question], dtype=pl.String), name, seed=3)[0] for question in questions]
    assert together.to_list() == alone


def test_seeds_differ() -> None:
    questions = pl.Series([f"Which of the dishes at number {n} are made without meat?" for n in range(50)])

    assert not vary(questions, "typos", seed=1).equals(vary(questions, "typos", seed=2))


def test_braces_of_a_finished_question_are_no_placeholders() -> None:
    for name in NAMES:
        assert "other" not in vary(pl.Series(["Is {this} it?"]), name)[0]


def test_white_space_is_never_added_at_the_ends() -> None:
    for n in range(50):
        said = vary(pl.Series([f"Are dogs allowed at number {n}?"]), "white_space")[0]
        assert said == said.strip()
        assert said.replace(" ", "") == f"Aredogsallowedatnumber{n}?"
        assert said != f"Are dogs allowed at number {n}?"


def test_an_unknown_variation_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(BadData, match='Did you mean "typos"'):
        vary(pl.Series(["q"]), "typo")


def test_a_plain_question_is_its_phrasing_filled() -> None:
    assert varied_question("spelling", "Is {x} ok?", {"x": "tea"}, seed=0) == filled("Is {x} ok?", {"x": "tea"})
