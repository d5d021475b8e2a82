from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest

from growloop.errors import BadData
from growloop.records.example import coordinate, matches
from growloop.universe import Space
from growloop.universe.cells import Cell
from growloop.universe.near import near_values
from growloop.universe.slots import Values
from growloop.universe.wording import words

from .conftest import DECLARED, ENTITIES, FOODS

KINDS = ("wrong_entity", "wrong_topic", "near_miss", "contradicted", "out_of_scope", "no_context")
PRICE = {
    "name": "portion",
    "ask": ["How large is the {food} at {restaurant}?", "Is the {food} of {restaurant} large?", "{food}, large?"],
    "fact": "portion[food]",
    "answer": {"text": "The {food} is {value}."},
    "presumes": {"offers[food]": "yes"},
}
OUT = ["What does {restaurant} charge?", "Where is {restaurant}?"]


def of_kind(kind: str) -> dict[str, Any]:
    return {"kind": kind, "share": 0.1, **({"ask": OUT} if kind == "out_of_scope" else {})}


@pytest.fixture
def everything(reviews: list[dict[str, Any]], space: Callable[..., Space]) -> Callable[..., Space]:
    """A universe with every kind of negative that is declared, and one template that takes something for granted."""
    reviews[1]["facts"]["portion"] = {"miso soup": "huge"}
    templates = [*DECLARED["templates"], PRICE]
    templates[1] = {**templates[1], "near": ["vegetarian"]}

    def open_space(**more: Any) -> Space:
        negatives = [of_kind(kind) for kind in KINDS]
        return space(**{"templates": templates, "negatives": negatives, "variations": [], **more})

    return open_space


def cells(space: Space, negative: str) -> list[Cell]:
    found = [cell for cell in map(space.cell, range(space.size)) if cell.negative == negative]
    assert found
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_drawn_in_its_share_and_never_answered(everything: Callable[..., Space], kind: str) -> None:
    drawn = everything().draw(100)

    some = drawn.filter(matches({"negative": kind}))
    assert some.height == 10
    assert some["answers"].list.len().max() == 0
    assert some["negative"].unique().to_list() == [kind]
    assert everything().draw(20, where={"negative": kind}).height == 20


def test_every_number_below_the_size_is_still_another_cell(everything: Callable[..., Space]) -> None:
    space = everything()

    places = {(*sorted(cell.where.items()), cell.context) for cell in map(space.cell, range(space.size))}

    assert len(places) == space.size == sum(space.sizes.values()) == sum(space.sizes_by_negative.values())


def test_a_near_miss_asks_for_what_is_easily_taken_for_something_told(everything: Callable[..., Space]) -> None:
    space = everything()
    asked: dict[str, set[str]] = {}

    for cell in cells(space, "near_miss"):
        if cell.template.name == "offers":
            [told] = [food for food in FOODS if f" do {food}." in space.passages()["text"][cell.context]]
            asked.setdefault(told, set()).add(cell.filling["food"])

    assert asked["soup"] == {"miso soup"}
    assert asked["tacos"] == set(FOODS) - {"tacos"}  # nothing is near: the closest there is


def test_a_near_miss_of_a_plain_fact_is_a_context_that_touches_its_subject(everything: Callable[..., Space]) -> None:
    space = everything()

    dogs = [cell for cell in cells(space, "near_miss") if cell.template.name == "dogs"]

    assert dogs
    for cell in dogs:
        text = space.passages()["text"][cell.context]
        assert "salad" in text
        assert "Dogs" not in text


def test_groups_say_what_is_easily_taken_for_what(space: Callable[..., Space]) -> None:
    slots = {**DECLARED["slots"], "food": {"values": list(FOODS), "groups": {"mains": ["ramen", "tacos"]}}}
    small = space(slots=slots, negatives=[of_kind("near_miss")], variations=[])

    pairs = {
        (cell.filling["food"], next(food for food in FOODS if food in small.passages()["text"][cell.context]))
        for cell in cells(small, "near_miss")
        if cell.template.name == "offers"
    }

    assert {("tacos", "ramen"), ("ramen", "tacos")} <= pairs
    assert ("pie", "ramen") not in pairs


def test_values_that_share_a_word_are_near() -> None:
    values = Values.of(["miso soup", "leek soup", "pie", "leek pie"])

    assert near_values(values, {}) == [(1,), (0, 3), (3,), (1, 2)]


def test_a_contradicted_question_takes_for_granted_what_the_text_denies(everything: Callable[..., Space]) -> None:
    space = everything()

    for cell in cells(space, "contradicted"):
        text = space.passages()["text"][cell.context]
        assert cell.template.name == "portion"
        assert f"They do not do {cell.filling['food']}" in text
        assert cell.filling["restaurant"] in text


def test_out_of_scope_has_its_own_questions(everything: Callable[..., Space]) -> None:
    space = everything()

    asked = {cell.question for cell in cells(space, "out_of_scope")}

    assert asked == {text.replace("{restaurant}", entity) for text in OUT for entity in ENTITIES}
    assert space.sizes["out_of_scope"] == len(OUT) * 48


def test_without_a_context_each_question_is_asked_once(everything: Callable[..., Space]) -> None:
    drawn = everything().draw(10_000, where={"negative": "no_context", "template": "dogs"})

    assert drawn["context"].unique().to_list() == [""]
    assert drawn["question"].is_unique().all()
    assert set(drawn["group"]) == set(ENTITIES)


def test_sides_are_kept_by_all_kinds(everything: Callable[..., Space]) -> None:
    drawn = everything(held_out={"validation": 0.2, "test": 0.2}).draw(400)

    sides = drawn.select(coordinate("restaurant"), "split").unique()

    assert sides["restaurant"].is_unique().all()


# what the retriever returns


@pytest.fixture
def retrieving(everything: Callable[..., Space]) -> Space:
    return everything(negatives=[of_kind("retrieved"), of_kind("wrong_topic")])


def by_number(space: Space) -> Callable[[Sequence[str], int], list[list[str]]]:
    """A retriever with an opinion: the contexts in an order that depends on the length of the question."""
    ids = space.passages()["id"].to_list()
    return lambda asked, k: [[ids[(len(question) + step) % len(ids)] for step in range(k)] for question in asked]


def test_a_retrieved_negative_is_the_best_ranked_context_that_does_not_answer(retrieving: Space) -> None:
    passages = retrieving.passages()

    drawn = retrieving.draw(100, retrieve=by_number(retrieving))

    some = drawn.filter(matches({"negative": "retrieved"}))
    assert some.height == 10
    for row in some.iter_rows(named=True):
        where = {pair["key"]: pair["value"] for pair in row["where"]}
        entity = passages.filter(pl.col("text") == row["context"])["entity"][0]
        assert entity != where["restaurant"] or words(where.get("food", "dog")) not in words(row["context"])
        assert row["group"] == entity


def test_a_retrieved_context_is_on_the_side_of_its_question(everything: Callable[..., Space]) -> None:
    held = everything(negatives=[of_kind("retrieved")], held_out={"validation": 0.2, "test": 0.2})
    places = held.places()

    drawn = held.draw(60, where={"negative": "retrieved"}, retrieve=by_number(held))

    assert drawn.height > 10
    joined = drawn.join(places.unique("context"), on="context", suffix="_of_place")
    assert joined["split"].equals(joined["split_of_place"])


def test_a_larger_draw_with_a_retriever_begins_with_the_smaller(retrieving: Space) -> None:
    find = by_number(retrieving)

    assert retrieving.draw(150, retrieve=find).head(60).equals(retrieving.draw(60, retrieve=find))


def test_a_retriever_that_finds_nothing_gives_no_negatives(retrieving: Space) -> None:
    drawn = retrieving.draw(50, retrieve=lambda asked, k: [[] for _ in asked])

    assert drawn.height == 50
    assert drawn.filter(matches({"negative": "retrieved"})).is_empty()


def test_without_a_retriever_nothing_is_half_drawn(retrieving: Space) -> None:
    with pytest.raises(BadData, match="needs a retriever"):
        retrieving.draw(5)


# pairs of a question and its variation


def test_a_variation_names_its_parent_and_stands_beside_it(space: Callable[..., Space]) -> None:
    paired = space(variations=["typos", "upper_case"], variation_pairs=True)

    drawn = paired.draw(150)

    varied = drawn.filter(coordinate("variation") != "none")
    parents = varied.join(drawn, left_on="parent", right_on="id", suffix="_of_parent")
    assert parents.height == varied.height > 30
    for name in ("context", "group", "answers", "split"):
        assert parents[name].equals(parents[f"{name}_of_parent"])


def test_a_new_variation_always_names_its_parent(space: Callable[..., Space]) -> None:
    drawn = space(variations=["typos", "upper_case"]).draw(150)

    named = dict(drawn.group_by(coordinate("variation")).agg(pl.col("parent").count()).iter_rows())

    assert named["typos"] > 10
    assert named["none"] == named["upper_case"] == 0


def test_variations_keep_to_the_values_of_their_side(space: Callable[..., Space]) -> None:
    """A value that is taken back is seen as well: one of the test must not turn up in training."""
    held = space(variations=["self_correction"], variation_share=1, held_out={"validation": 0.2, "test": 0.2})
    sides = dict(held.draw(300).select(coordinate("restaurant"), "split").unique().iter_rows())

    corrected = held.draw(200, where={"variation": "self_correction"})

    for question, side in corrected.select("question", "split").iter_rows():
        assert {sides[entity] for entity in sides if entity in question} <= {side}
