"""Draws by the million, checked on a few thousand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from growloop.errors import BadData
from growloop.records.declaration import read_declaration
from growloop.records.example import EXAMPLES, content_ids, coordinate
from growloop.records.universe import Universe
from growloop.universe import Space

KEY = ["question", "context", "answers", "negative", "where", "group", "split"]


@pytest.fixture(scope="module")
def food_qa(repository: Path) -> Space:
    folder = repository / "examples" / "food_qa"
    return Space.open(read_declaration(folder / "universe.yaml", Universe), folder, "I do not know.")


@pytest.fixture(scope="module")
def streamed(food_qa: Space) -> pl.DataFrame:
    return pl.concat(food_qa.stream(20_000))


def everything(space: Space, **more: Any) -> pl.DataFrame:
    return pl.concat(space.stream(1_000_000, **more))


def test_a_stream_has_the_columns_of_a_draw(food_qa: Space, streamed: pl.DataFrame) -> None:
    assert streamed.schema == EXAMPLES
    assert streamed.height == 20_000
    assert streamed["id"].is_unique().all()
    assert (streamed["id"] == content_ids(streamed)).all()


def test_a_longer_stream_begins_with_the_shorter(food_qa: Space, streamed: pl.DataFrame) -> None:
    assert pl.concat(food_qa.stream(3000)).equals(streamed.head(3000))
    assert not pl.concat(food_qa.stream(3000, seed=1)).equals(streamed.head(3000))


def test_shares_are_as_declared_as_long_as_all_last(food_qa: Space) -> None:
    rows = pl.concat(food_qa.stream(10_000, where={"split": "train"}))

    negatives = dict(rows.group_by(coordinate("negative")).len().iter_rows())
    templates = dict(rows.group_by(coordinate("template")).len().iter_rows())
    varied = rows.filter(coordinate("variation") != "none").height
    assert negatives["wrong_entity"] == pytest.approx(2000, abs=20)
    assert negatives["wrong_topic"] == pytest.approx(2000, abs=20)
    assert templates["offers-food"] == pytest.approx(10_000 * 2 / 7, rel=0.02)
    assert varied / 10_000 == pytest.approx(0.3, abs=0.03)


def test_what_is_streamed_to_the_end_is_what_is_drawn_to_the_end(space: Callable[..., Space]) -> None:
    """The same cells by two ways: one by one, and in columns."""
    plain = space(variations=[])

    streamed, drawn = everything(plain), plain.draw(1_000_000)

    assert streamed.height == drawn.height
    assert streamed.select("id", *KEY).sort("id").equals(drawn.select("id", *KEY).sort("id"))


@pytest.mark.parametrize(
    "name", ["no_question_mark", "no_punctuation", "lower_case", "upper_case", "typos", "politeness"]
)
def test_each_variation_reads_as_it_does_in_a_draw(space: Callable[..., Space], name: str) -> None:
    varied = space(variations=[name])

    streamed, drawn = everything(varied, where={"variation": name}), varied.draw(1_000_000, where={"variation": name})

    assert set(streamed["id"]) >= set(drawn["id"])
    assert streamed.filter(pl.col("id").is_in(drawn["id"].implode()))["parent"].is_null().all() or name in (
        "typos",
        "politeness",
    )


def test_weights_and_patterns_and_closed_questions_are_streamed(space: Callable[..., Space]) -> None:
    slots = {
        "restaurant": {"entities": True},
        "food": {"file": "foods.txt", "weights": {"pie": 9}},
        "code": {"pattern": "[A-Z]{4}[0-9]{8}"},
    }
    ask = ["{code}: {food} at {restaurant}?"]
    templates = [
        {"name": "offers", "fact": "offers[food]", "ask": ask, "answer": {"yes": "Yes, {code}.", "no": "No."}},
        {"name": "closed", "ask": ["{code}?"], "answer": "Yes, {code}."},
    ]
    negatives = [{"kind": "wrong_topic", "share": 0.5}]
    universe = space(slots=slots, templates=templates, negatives=negatives, variations=[])

    rows = pl.concat(universe.stream(4000)).with_columns(coordinate("food"), coordinate("code"), coordinate("template"))

    foods = dict(rows.filter(negative="wrong_topic").group_by("food").len().iter_rows())
    assert foods["pie"] > 4 * foods["ramen"]
    assert rows["question"].is_unique().all()
    assert (
        rows.filter(template="closed")["answers"].list.first() == "Yes, " + rows.filter(template="closed")["code"] + "."
    ).all()
    assert set(rows.filter(template="closed")["context"]) == {""}


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"variation_pairs": True}, "variation_pairs"),
        ({"verify": {"by": "wording"}}, "wording}` makes drafts"),
        ({"unknown": "draft"}, "unknown: draft` makes drafts"),
        ({"negatives": [{"kind": "retrieved", "share": 0.1}]}, "ask the task's retriever"),
    ],
)
def test_what_needs_the_pool_is_told(space: Callable[..., Space], parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadData, match=problem):
        next(space(**parts).stream(10))


def test_a_coordinate_that_does_not_exist_is_told(food_qa: Space) -> None:
    with pytest.raises(BadData, match="Did you mean"):
        next(food_qa.stream(10, where={"template": "dog-allowed"}))
