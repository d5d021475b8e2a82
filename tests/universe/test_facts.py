from __future__ import annotations

from typing import Any

import pytest

from growloop.records.universe import Template
from growloop.universe.facts import FactName, Value, answer_key, fact_name, joined, read_facts, spoken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dogs", FactName("dogs")),
        (" offers[food] ", FactName("offers", "food")),
        ("offers[ food ]", FactName("offers", "food")),
        ("offers[food", None),
        ("offers[]", None),
        ("two words", None),
        ("", None),
    ],
)
def test_facts_are_plain_or_looked_up(text: str, expected: FactName | None) -> None:
    assert fact_name(text) == expected


def test_facts_are_read_with_their_words_bare() -> None:
    given = {
        "dogs": False,
        "offers": {"Miso Soups": True, "pie": "mixed"},
        "list": ["a", "b", "a"],
        "stars": 4,
        "x": None,
    }

    assert read_facts(given) == {
        "dogs": "no",
        "offers": {" miso soup ": "yes", " pie ": "mixed"},
        "list": ("a", "b"),
        "stars": "4",
    }


@pytest.mark.parametrize("value", [[1], [["a"]], [{"a": 1}], {"a": {"b": 1}}])
def test_a_fact_of_another_shape_is_named(value: Any) -> None:
    with pytest.raises(ValueError, match='the fact "odd'):
        read_facts({"odd": value})


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ({"d": "yes"}, {"d": "yes"}, {"d": "yes"}),
        ({"d": "yes"}, {"d": "no"}, {"d": None}),
        ({"d": None}, {"d": "no"}, {"d": None}),
        ({"d": "yes"}, {"e": "no"}, {"d": "yes", "e": "no"}),
        ({"l": ("a", "b")}, {"l": ("b", "c")}, {"l": ("a", "b", "c")}),
        ({"o": {"x": "yes", "y": "no"}}, {"o": {"x": "no", "z": "no"}}, {"o": {"x": None, "y": "no", "z": "no"}}),
        ({"o": {"x": "yes"}}, {"o": "yes"}, {"o": None}),
        ({"l": ("a",)}, {"l": "a"}, {"l": None}),
    ],
)
def test_facts_of_two_texts_are_joined(one: Any, other: Any, together: Any) -> None:
    assert joined(one, other) == together


@pytest.mark.parametrize(
    ("value", "key"),
    [("yes", "yes"), ("YES", "yes"), ("perhaps", "text"), (("a",), "list"), ((), None), ("", None), (None, None)],
)
def test_the_value_decides_the_answer(value: Value, key: str | None) -> None:
    template = Template(name="t", ask=("q",), fact="f", answer={"yes": "y", "list": "l", "text": "t"})

    assert answer_key(template, value) == key


def test_a_value_without_an_answer_has_none() -> None:
    template = Template(name="t", ask=("q",), fact="f", answer={"yes": "y"})

    assert answer_key(template, "no") is None
    assert answer_key(template, ("a",)) is None


def test_lists_are_spoken_in_the_order_of_the_text() -> None:
    assert (
        spoken(("pie", "salads", "unheard", "soup"), "A soup, then a salad and pies") == "soup, salads, pie and unheard"
    )


def test_a_contradiction_is_known_but_has_no_value() -> None:
    assert FactName("dogs").among({"dogs": None}, None) == (True, None)
    assert FactName("dogs").among({}, None) == (False, None)
    assert FactName("offers", "food").among({"offers": {" pie ": "yes"}}, " pie ") == (True, "yes")
    assert FactName("offers", "food").among({"offers": "yes"}, " pie ") == (False, None)
