"""Variations after which another answer is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from growloop.records.example import coordinate
from growloop.universe import Space

MIXED = {"offers": {"ramen": "yes", "pie": "no", "tacos": "no"}}


@pytest.fixture
def changing(space: Callable[..., Space], reviews: list[dict[str, Any]]) -> Callable[..., Space]:
    def open_space(**more: Any) -> Space:
        lines = [{**review, "facts": {**review["facts"], **MIXED}} for review in reviews]
        templates = [
            {
                "name": "offers",
                "ask": ["Does {restaurant} offer {food}?", "{food} at {restaurant}?"],
                "fact": "offers[food]",
                "answer": {"yes": "Yes, {food}.", "no": "No {food}."},
                "negated": {"yes": "Wrong, {restaurant} has {food}.", "no": "Right, no {food}."},
            }
        ]
        return space(lines, templates=templates, **{"variations": ["negation", "other_value"], "negatives": [], **more})

    return open_space


def test_a_negated_question_has_the_answer_declared_for_it(changing: Callable[..., Space]) -> None:
    drawn = changing().draw(40, where={"variation": "negation"}).with_columns(coordinate("answer"))

    for row in drawn.iter_rows(named=True):
        assert row["question"].startswith("Is it true that ")
        assert " does not offer " in row["question"]
        assert row["answers"][0].startswith("Wrong" if row["answer"] == "yes" else "Right")


def test_another_value_has_another_answer_in_the_same_context(changing: Callable[..., Space]) -> None:
    drawn = changing().draw(200)

    changed = drawn.filter(coordinate("variation") == "other_value")
    both = changed.join(drawn, left_on="parent", right_on="id", suffix="_of")
    assert both.height == changed.height > 0
    assert (both["context"] == both["context_of"]).all()
    assert (both["group"] == both["group_of"]).all()
    assert (both["answers"] != both["answers_of"]).all()
    assert (both["question"] != both["question_of"]).all()


def test_the_plain_question_is_drawn_before_the_one_that_changes_its_answer(changing: Callable[..., Space]) -> None:
    drawn = changing(variation_share=1.0).draw(100).with_row_index()

    changed = drawn.filter(coordinate("variation") != "none").join(drawn, left_on="parent", right_on="id", suffix="_of")

    assert changed.height > 10
    assert (changed["index"] > changed["index_of"]).all()


def test_negatives_are_left_as_they_are(changing: Callable[..., Space]) -> None:
    space = changing(negatives=[{"kind": "wrong_entity", "share": 0.5}], variation_share=1.0)

    wrong = space.draw(100).filter(pl.col("negative").is_not_null())

    assert set(wrong.select(coordinate("variation")).to_series()) == {"none"}
