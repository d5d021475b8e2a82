from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.errors import BadData
from growloop.records.declaration import read_declaration
from growloop.records.example import coordinate, is_answerable, matches
from growloop.records.universe import Universe
from growloop.universe import Space
from growloop.universe.draw import shuffled

HELD_OUT = {"validation": 0.2, "test": 0.2}


@pytest.fixture(scope="module")
def food_qa(repository: Path) -> Space:
    folder = repository / "examples" / "food_qa"
    return Space.open(read_declaration(folder / "universe.yaml", Universe), folder, "I do not know.")


@pytest.fixture(scope="module")
def drawn(food_qa: Space) -> pl.DataFrame:
    return food_qa.draw(4000)


@settings(max_examples=25, deadline=None)
@given(
    few=st.integers(0, 300),
    more=st.integers(0, 300),
    seed=st.integers(0, 3),
    where=st.sampled_from([{}, {"template": "dogs-allowed"}, {"negative": "wrong_entity", "split": "test"}]),
)
def test_a_larger_draw_begins_with_the_smaller(
    food_qa: Space, few: int, more: int, seed: int, where: dict[str, str]
) -> None:
    smaller, larger = sorted((few, more))

    assert (
        food_qa.draw(larger, seed=seed, where=where).head(smaller).equals(food_qa.draw(smaller, seed=seed, where=where))
    )


def test_four_thousand_begin_with_one_thousand(food_qa: Space, drawn: pl.DataFrame) -> None:
    assert drawn.head(1000).equals(food_qa.draw(1000))


def test_nothing_is_drawn_twice(drawn: pl.DataFrame) -> None:
    assert drawn.height == 4000
    assert drawn["id"].is_unique().all()
    assert drawn.select(pl.struct("question", "context").is_unique().all()).item()


def test_another_seed_draws_others(food_qa: Space) -> None:
    one, other = food_qa.draw(300, seed=1), food_qa.draw(300, seed=2)

    assert len(set(one["id"]) & set(other["id"])) < 10


def test_shares_are_as_declared(drawn: pl.DataFrame) -> None:
    negatives = dict(drawn.group_by(coordinate("negative")).len().iter_rows())
    templates = dict(drawn.group_by(coordinate("template")).len().iter_rows())
    sides = dict(drawn.group_by("split").len().iter_rows())

    assert negatives == {"none": 2400, "wrong_entity": 800, "wrong_topic": 800}
    assert sides == {"train": 2800, "test": 800, "validation": 400}
    assert templates["offers-food"] == pytest.approx(4000 * 2 / 7, rel=0.02)
    assert all(count == pytest.approx(4000 / 7, rel=0.05) for name, count in templates.items() if name != "offers-food")


def test_yes_and_no_are_balanced_on_every_side(drawn: pl.DataFrame) -> None:
    positives = drawn.filter(is_answerable())
    counts = positives.group_by(coordinate("template"), coordinate("answer"), "split").len()

    for (template, _), part in counts.group_by("template", "split"):
        answers = dict(part.select("answer", "len").iter_rows())
        if template != "vegetarian-options":
            assert answers["yes"] == pytest.approx(answers["no"], abs=3)


def test_about_five_questions_are_asked_about_a_context(drawn: pl.DataFrame) -> None:
    counts = drawn.filter(pl.col("split") == "train").group_by("context").len()["len"]

    assert counts.mean() >= 4
    assert (counts >= 5).mean() > 0.6


def test_the_declared_share_of_questions_is_varied(drawn: pl.DataFrame) -> None:
    counts = dict(drawn.group_by(coordinate("variation")).len().iter_rows())

    assert sum(count for name, count in counts.items() if name != "none") / 4000 == pytest.approx(0.3, abs=0.03)
    assert min(counts.values()) > 200


def test_half_of_the_wrong_entities_stand_where_the_fact_is_told_of_another(drawn: pl.DataFrame) -> None:
    """A model that only looks for the food in the text would answer these."""
    wrong = drawn.filter(matches({"negative": "wrong_entity", "template": "offers-food"}))

    told = wrong.with_columns(coordinate("food")).filter(
        pl.col("context").str.to_lowercase().str.contains(pl.col("food").str.to_lowercase(), literal=True)
    )

    assert told.height / wrong.height == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    "where",
    [
        {"template": "vegan-options"},
        {"negative": "none"},
        {"negative": "wrong_topic", "template": "offers-food"},
        {"variation": "upper_case"},
        {"variation": "no_question_mark"},
        {"variation": "none"},
        {"answer": "no"},
        {"answer": "abstain"},
        {"phrasing": "2"},
    ],
)
def test_a_draw_keeps_to_its_coordinates(food_qa: Space, where: dict[str, str]) -> None:
    drawn = food_qa.draw(50, where=where)

    assert drawn.height == 50
    assert drawn.filter(matches(where)).height == 50


def test_a_draw_keeps_to_slot_values_and_sides(food_qa: Space, drawn: pl.DataFrame) -> None:
    some = drawn.filter(matches({"template": "offers-food", "negative": "wrong_entity"})).row(0, named=True)
    coordinates = {pair["key"]: pair["value"] for pair in some["where"]}
    place = {name: coordinates[name] for name in ("food", "restaurant", "negative")}

    again = food_qa.draw(30, where=place)

    assert again.height == 30
    assert again.filter(matches(place)).height == 30
    assert again["split"].unique().to_list() == [some["split"]]
    assert food_qa.draw(30, where={**place, "split": some["split"]}).height == 30
    assert food_qa.draw(30, where={"split": "validation"})["split"].unique().to_list() == ["validation"]


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ({"tempalte": "x"}, 'no coordinate "tempalte".*Did you mean "template"'),
        ({"template": "dogs"}, 'No template is "dogs"'),
        ({"food": "not a food"}, 'No food is "not a food"'),
        ({"split": "dev"}, 'No split is "dev"'),
    ],
)
def test_a_place_that_does_not_exist_is_refused(food_qa: Space, where: dict[str, str], problem: str) -> None:
    with pytest.raises(BadData, match=problem):
        food_qa.draw(1, where=where)


def test_sides_get_what_they_are_given(food_qa: Space) -> None:
    drawn = food_qa.draw(100, splits_share={"train": 0.5, "test": 0.5})

    assert Counter(drawn["split"]) == {"train": 50, "test": 50}
    with pytest.raises(BadData, match='no side "tests"'):
        food_qa.draw(1, splits_share={"tests": 1.0})


def test_held_out_sides_get_enough_to_measure_on(space: Callable[..., Space]) -> None:
    drawn = space(held_out={"validation": 0.01, "test": 0.01}, variations=[]).draw(100)

    assert Counter(drawn["split"]) == {"train": 80, "validation": 10, "test": 10}


def test_an_exhausted_space_gives_all_there_is(space: Callable[..., Space]) -> None:
    small = space(held_out=HELD_OUT, variations=["upper_case", "no_question_mark"])
    every = {(cell.question, small.passages()["text"][cell.context]) for cell in map(small.cell, range(small.size))}

    drawn = small.draw(10**6)

    assert set(drawn.select("question", "context").iter_rows()) == every
    assert drawn.height == len(every)


def test_contexts_that_read_the_same_are_asked_about_once(space: Callable[..., Space]) -> None:
    rows = [{"entity": "A", "text": "Dogs welcome.", "facts": {"dogs": "yes"}}] * 3
    dogs = {"name": "dogs", "ask": ["Dogs at {restaurant}?"], "fact": "dogs", "answer": {"yes": "Yes."}}

    assert space(lines=rows, templates=[dogs], negatives=[], variations=[]).draw(20).height == 1


def test_when_one_answer_runs_out_the_other_goes_on(space: Callable[..., Space]) -> None:
    rows = [{"entity": f"E{n}", "text": "t", "facts": {"dogs": "no" if n == 0 else "yes"}} for n in range(30)]
    ask = ["Dogs at {restaurant}?"]
    dogs = {"name": "dogs", "ask": ask, "fact": "dogs", "answer": {"yes": "Yes.", "no": "No."}}

    drawn = space(lines=rows, templates=[dogs], negatives=[], variations=[]).draw(20)

    assert Counter(drawn["answers"].list.first()) == {"Yes.": 19, "No.": 1}


def test_nothing_can_be_drawn_and_nothing_is(space: Callable[..., Space]) -> None:
    small = space()

    assert small.draw(0).height == 0
    assert small.draw(0).schema == small.draw(1).schema
    assert small.draw(5, where={"variation": "no_question_mark", "template": "vegetarian", "phrasing": "2"}).height == 0


def test_templates_weigh_as_declared(space: Callable[..., Space], written: Any) -> None:
    universe, folder = written()
    heavier = [
        template.model_copy(update={"weight": 3.0 if template.name == "dogs" else 1.0})
        for template in universe.templates
    ]

    drawn = Space.open(universe.model_copy(update={"templates": tuple(heavier)}), folder).draw(100)

    assert Counter(drawn.select(coordinate("template")).to_series())["dogs"] == 60


@given(st.integers(1, 500), st.integers(0, 2**64 - 1))
def test_a_shuffle_takes_every_place_once(size: int, salt: int) -> None:
    assert {shuffled(number, size, salt) for number in range(size)} == set(range(size))
