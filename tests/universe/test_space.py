from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from growloop.records.declaration import read_declaration
from growloop.records.example import EXAMPLES, coordinate
from growloop.records.universe import Universe
from growloop.universe import Space
from growloop.universe.cells import Cell
from growloop.universe.wording import words

HELD_OUT = {"validation": 0.2, "test": 0.2}


@pytest.fixture(scope="module")
def food_qa(repository: Path) -> Space:
    folder = repository / "examples" / "food_qa"
    return Space.open(read_declaration(folder / "universe.yaml", Universe), folder, "I do not know.")


def all_cells(space: Space) -> list[Cell]:
    return [space.cell(index) for index in range(space.size)]


def test_every_number_below_the_size_is_another_cell(space: Callable[..., Space]) -> None:
    small = space(variations=["upper_case"])

    cells = {(*sorted(cell.where.items()), cell.context) for cell in all_cells(small)}

    assert len(cells) == small.size == sum(small.sizes.values())
    with pytest.raises(IndexError):
        small.cell(small.size)


def test_the_size_follows_from_the_declaration(space: Callable[..., Space]) -> None:
    plain = space(negatives=[], variations=[])
    varied = space(negatives=[], variations=["upper_case", "lower_case"])

    assert plain.sizes == {"offers": 48 * 3, "dogs": 24 * 4, "vegetarian": 12 * 3}
    assert varied.size == plain.size * 3


def test_a_billion_cells_are_counted_without_being_listed(food_qa: Space) -> None:
    assert food_qa.size > 10**8
    assert food_qa.cell(food_qa.size - 1).question


def test_answers_follow_from_the_facts(space: Callable[..., Space], reviews: list[dict[str, Any]]) -> None:
    small = space(variations=[])

    for cell in all_cells(small):
        review = reviews[[f"r{n}" for n in range(48)].index(small.passages()["id"][cell.context])]
        entity = cell.filling["restaurant"]
        if cell.negative != "none":
            assert cell.answers == ()
        elif cell.template.name == "offers":
            offered = review["facts"]["offers"][cell.filling["food"]]
            expected = f"Yes, {entity} offers" if offered == "yes" else f"No, {entity} has no"
            assert cell.answers == (f"{expected} {cell.filling['food']}.",)
        elif cell.template.name == "vegetarian":
            assert cell.answers == (f"At {entity}: salad and pie.",)
        else:
            assert cell.answers[0].lower().startswith(review["facts"]["dogs"])


def test_a_wrong_entity_is_one_that_the_context_does_not_name(space: Callable[..., Space]) -> None:
    small = space(variations=[])
    passages = small.passages()

    wrong = [cell for cell in all_cells(small) if cell.negative == "wrong_entity"]

    assert wrong
    for cell in wrong:
        assert words(cell.filling["restaurant"]) not in words(passages["text"][cell.context])
        assert cell.filling["restaurant"] in cell.question


def test_an_entity_whose_name_is_part_of_another_is_not_mistaken_for_it(space: Callable[..., Space]) -> None:
    rows = [
        {"entity": "Kumo", "text": "Dogs sleep here.", "facts": {"dogs": "yes"}},
        {"entity": "Kumo House", "text": "No dogs.", "facts": {"dogs": "no"}},
    ]
    dogs = {"name": "dogs", "ask": ["Dogs at {restaurant}?"], "fact": "dogs", "answer": {"yes": "Yes.", "no": "No."}}

    cells = all_cells(space(lines=rows, templates=[dogs], variations=[]))

    asked = {(cell.filling["restaurant"], cell.context) for cell in cells if cell.negative == "wrong_entity"}
    assert asked == {("Kumo House", 0)}  # asking about Kumo is no clear miss where Kumo House is read about


def test_a_wrong_topic_is_neither_a_fact_nor_mentioned(
    space: Callable[..., Space], reviews: list[dict[str, Any]]
) -> None:
    small = space(variations=[])

    wrong = [cell for cell in all_cells(small) if cell.negative == "wrong_topic"]

    assert {cell.template.name for cell in wrong} == {"offers", "dogs", "vegetarian"}
    for cell in wrong:
        passage = small.passages().row(cell.context, named=True)
        facts = next(review for review in reviews if review["id"] == passage["id"])["facts"]
        assert cell.filling["restaurant"] == passage["entity"]
        if cell.template.name == "offers":
            assert cell.filling["food"] not in facts["offers"]
            assert words(cell.filling["food"]) not in words(passage["text"])
        else:
            assert cell.template.fact not in facts


def test_texts_that_contradict_each_other_give_neither_answer_nor_abstention(space: Callable[..., Space]) -> None:
    rows = [{"entity": "A", "text": f"t{n}", "facts": {"dogs": dogs}} for n, dogs in enumerate(("yes", "no"))]
    rows.append({"entity": "B", "text": "t", "facts": {"dogs": "no"}})
    dogs = {"name": "dogs", "ask": ["Dogs at {restaurant}?"], "fact": "dogs", "answer": {"yes": "Yes.", "no": "No."}}
    contexts = {"file": "contexts.jsonl", "entity_slot": "restaurant", "together": 2}

    cells = all_cells(space(lines=rows, templates=[dogs], variations=[], contexts=contexts))

    assert {(cell.context, cell.negative) for cell in cells} == {(1, "none"), (1, "wrong_entity")}


def test_free_slots_are_filled_in_every_way(space: Callable[..., Space]) -> None:
    slots = {"restaurant": {"entities": True}, "day": {"values": ["Monday", "Friday"]}, "who": {"values": ["I", "we"]}}
    ask = ["May {who} bring a dog on {day}?"]
    template = {"name": "dogs", "ask": ask, "fact": "dogs", "answer": {"yes": "Yes, on {day}.", "no": "No."}}
    small = space(slots=slots, templates=[template], negatives=[], variations=[])

    assert small.size == 24 * 4
    assert len({cell.question for cell in all_cells(small)}) == 4


def test_no_coordinate_is_seen_from_two_sides(space: Callable[..., Space]) -> None:
    held = space(held_out=HELD_OUT, variations=[])

    seen: dict[tuple[str, str, str], set[str | None]] = {}
    for cell in all_cells(held):
        passage = held.passages()["entity"][cell.context]
        for key in (
            ("restaurant", "", cell.filling["restaurant"]),
            ("restaurant", "", passage),
            ("food", "", cell.filling.get("food", "-" + str(cell.side))),
            ("phrasing", cell.template.name, str(cell.phrasing)),
        ):
            seen.setdefault(key, set()).add(cell.side)

    assert all(len(sides) == 1 for sides in seen.values())
    assert {next(iter(sides)) for key, sides in seen.items() if key[:2] == ("phrasing", "offers")} == {
        "train",
        "validation",
        "test",
    }


def test_nothing_is_held_out_unless_declared(space: Callable[..., Space]) -> None:
    assert space().draw(20)["split"].null_count() == 20


def test_an_example_knows_where_it_comes_from(space: Callable[..., Space]) -> None:
    drawn = space(held_out=HELD_OUT).draw(200)

    assert drawn.schema == EXAMPLES
    assert drawn["origin"].unique().to_list() == ["universe"]
    assert drawn["status"].unique().to_list() == ["accepted"]
    assert drawn["group"].n_unique() > 5
    row = drawn.filter(coordinate("template") == "offers", coordinate("negative") == "none").row(0, named=True)
    where = {pair["key"]: pair["value"] for pair in row["where"]}
    assert list(where) == sorted(where)
    assert set(where) == {"template", "phrasing", "negative", "variation", "answer", "restaurant", "food"}
    assert row["context"].startswith(f"About {row['group']}\n")
    assert row["negative"] is None


def test_passages_are_the_contexts_as_the_model_sees_them(space: Callable[..., Space]) -> None:
    small = space()

    passages = small.passages()

    assert passages.height == 48
    assert passages.columns == ["id", "text", "entity", "source"]
    assert set(small.draw(100)["context"]) <= set(passages["text"])


def test_the_summary_counts_what_is_there(space: Callable[..., Space]) -> None:
    facts = "dogs 24, offers 48, vegetarian 12"

    assert space().summary() == (
        f"contexts: 48 about 12 entities; with facts: {facts}; slot values: restaurant 12, food 6"
    )


def test_a_universe_without_entities_is_fine(space: Callable[..., Space]) -> None:
    rows = [{"text": f"Text {n}.", "facts": {"dogs": "yes" if n % 2 else "no"}} for n in range(20)]
    small = space(
        lines=rows,
        contexts={"file": "contexts.jsonl"},
        slots={},
        templates=[
            {"name": "dogs", "ask": ["Dogs?", "Any dogs?", "dog"], "fact": "dogs", "answer": {"yes": "Y", "no": "N"}}
        ],
        negatives=[],
        held_out=HELD_OUT,
    )

    drawn = small.draw(1000)

    assert drawn["group"].n_unique() == 20
    assert drawn.group_by("group").agg(pl.col("split").n_unique())["split"].max() == 1
    assert set(drawn["split"]) == {"train", "validation", "test"}


def test_food_qa_is_opened_and_drawn_from_quickly(repository: Path) -> None:
    folder = repository / "examples" / "food_qa"
    universe = read_declaration(folder / "universe.yaml", Universe)
    started = time.process_time()

    space = Space.open(universe, folder)
    assert space.size
    opened = time.process_time()
    drawn = space.draw(4000)
    finished = time.process_time()

    assert drawn["id"].n_unique() == 4000
    assert opened - started < 2  # 0.2 s where this was written; room for slow machines
    assert finished - opened < 3  # 0.25 s


def test_every_context_has_its_place_and_a_draw_puts_its_examples_there(food_qa: Space) -> None:
    places = food_qa.places()

    drawn = food_qa.draw(300, seed=1).join(places, on="context", suffix="_of_place")

    assert places.height == food_qa.passages().height
    assert drawn.height >= 300
    assert drawn["group"].equals(drawn["group_of_place"])
    assert drawn["split"].equals(drawn["split_of_place"])
