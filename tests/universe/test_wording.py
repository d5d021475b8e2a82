from __future__ import annotations

import pytest

from growloop.universe.wording import enumerated, filled, has_stray_brace, placeholders, words


def test_placeholders_are_found_and_filled() -> None:
    text = "Does {restaurant} do {food}? {food}!"

    assert placeholders(text) == ["restaurant", "food", "food"]
    assert filled(text, {"restaurant": "{food}", "food": "pie"}) == "Does {food} do pie? pie!"


@pytest.mark.parametrize(
    ("text", "stray"), [("{a} b", False), ("{a b", True), ("a} b", True), ("{{a}}", True), ("", False)]
)
def test_a_brace_alone_is_noticed(text: str, stray: bool) -> None:
    assert has_stray_brace(text) is stray


@pytest.mark.parametrize(
    ("value", "text", "mentioned"),
    [
        ("ramen", "We had Ramen.", True),
        ("ramen", "A ramenesque soup", False),
        ("dumpling", "the dumplings were cold", True),
        ("crème brûlée", "CREME BRULEE!", True),
        ("mac and cheese", "mac & cheese", False),
        ("gado-gado", "their gado gado", True),
        ("кафе", "в Кафе", True),
        ("glass", "glas", False),
    ],
)
def test_a_value_is_found_as_whole_words_whatever_their_form(value: str, text: str, mentioned: bool) -> None:
    assert (words(value) in words(text)) is mentioned


def test_lists_are_spoken() -> None:
    assert [enumerated(("a", "b", "c")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
