"""Questions about two entities, with the texts of both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from growloop.errors import BadDeclaration
from growloop.records.example import coordinate
from growloop.universe import Space

SLOTS = {"restaurant": {"entities": True}, "other": {"entities": True}, "food": {"file": "foods.txt"}}
ANSWER = {
    "yes, no": "Only {restaurant}.",
    "no, yes": "Only {other}.",
    "yes, yes": "Both.",
    "no, no": "Neither.",
}
ASK = [
    "Which of {restaurant} and {other} lets dogs in?",
    "Dogs: {restaurant} or {other}?",
    "{restaurant}, {other}: dogs?",
]
TWO: dict[str, Any] = {"name": "which", "fact": "dogs", "beside": "other", "ask": ASK, "answer": ANSWER}
HELD_OUT = {"validation": 0.2, "test": 0.2}


@pytest.fixture
def two(space: Callable[..., Space]) -> Callable[..., Space]:
    def open_space(template: dict[str, Any] = TWO, **more: Any) -> Space:
        parts = {"slots": SLOTS, "templates": [template], "negatives": [], "variations": [], "held_out": HELD_OUT}
        return space(**{**parts, **more})

    return open_space


def truth(name: str, context: str) -> str | None:
    """What the text about an entity says of dogs."""
    found = re.search(rf"About {name}\n[^\n]*?Dogs: (yes|no)", context)
    return found[1] if found else None


def test_the_answer_follows_from_what_both_texts_tell(two: Callable[..., Space]) -> None:
    drawn = two().draw(200).with_columns(coordinate("restaurant"), coordinate("other"))

    for row in drawn.iter_rows(named=True):
        told = f"{truth(row['restaurant'], row['context'])}, {truth(row['other'], row['context'])}"
        expected = ANSWER[told].format(restaurant=row["restaurant"], other=row["other"])
        assert row["answers"] == [expected]
        assert row["restaurant"] != row["other"]


def test_all_answers_are_drawn_evenly_and_nothing_twice(two: Callable[..., Space]) -> None:
    space = two()

    drawn = space.draw(80)

    counts = dict(drawn.group_by(coordinate("answer")).len().iter_rows())
    assert min(counts.values()) >= 10
    assert drawn["id"].is_unique().all()
    assert drawn.equals(two().draw(160).head(80))


def test_both_entities_are_on_the_side_of_the_example(two: Callable[..., Space]) -> None:
    drawn = two().draw(300).with_columns(coordinate("restaurant"), coordinate("other"))

    sides = pl.concat([drawn.select("restaurant", "split"), drawn.select(pl.col("other").alias("restaurant"), "split")])

    assert sides.unique().height == sides["restaurant"].n_unique()


def test_its_negatives_lack_one_of_the_two(two: Callable[..., Space]) -> None:
    kinds = ["wrong_entity", "wrong_topic", "no_context"]
    negatives = [{"kind": kind, "share": 0.25} for kind in kinds]
    drawn = two(negatives=negatives).draw(120).with_columns(coordinate("restaurant"), coordinate("other"))

    for row in drawn.filter(pl.col("negative").is_not_null()).iter_rows(named=True):
        both = truth(row["restaurant"], row["context"]), truth(row["other"], row["context"])
        assert row["answers"] == []
        assert None in both
    assert set(drawn["negative"]) == {None, *kinds}
    assert set(drawn.filter(negative="no_context")["context"]) == {""}


def test_two_can_be_compared_by_a_fact_that_is_looked_up(two: Callable[..., Space]) -> None:
    ask = [f"{{food}} {word} {{restaurant}} or {{other}}?" for word in ("at", "from", "by", "in")]
    drawn = two({**TWO, "fact": "offers[food]", "ask": ask}, held_out={"test": 0.3}).draw(50)

    for row in drawn.with_columns(coordinate("food")).iter_rows(named=True):
        assert row["context"].count(f"do {row['food']}") == 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"beside": "food"}, "a second slot with  entities: true"),
        ({"beside": "restaurant"}, "a second slot with  entities: true"),
        ({"answer": {"yes": "x"}}, 'answers for "yes"; of two it takes pairs'),
        ({"ask": ["Is {restaurant} good?"]}, "does not name {other}"),
    ],
)
def test_what_two_cannot_be_is_told(two: Callable[..., Space], change: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadDeclaration, match=problem):
        two({**TWO, **change})


def test_two_contexts_take_sides(two: Callable[..., Space]) -> None:
    with pytest.raises(BadDeclaration, match="shows two contexts at once"):
        two(held_out={})
