from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from growloop.records.example import coordinate, examples_frame
from growloop.records.universe import Coverage, Template
from growloop.universe import Space
from growloop.universe.mapping import MAPPED, Mapper
from growloop.universe.patterns import Pattern
from growloop.universe.slots import Values
from growloop.universe.typical import typical


def mapped(space: Space, question: str) -> tuple[str | None, str, dict[str, str], dict[str, str]]:
    """Template, how, slot values, unlisted values."""
    [row] = space.map(pl.Series([question])).to_dicts()
    pairs = ({pair["key"]: pair["value"] for pair in row[name]} for name in ("filling", "unlisted"))
    return (row["template"], row["how"], *pairs)


def test_every_drawn_question_finds_back_to_its_template_and_values(space: Callable[..., Space]) -> None:
    small = space()
    drawn = small.draw(300)

    found = small.map(drawn["question"])

    assert found["template"].to_list() == drawn.select(coordinate("template")).to_series().to_list()
    assert set(found["how"]) == {"exact"}
    food = pl.element().filter(pl.element().struct.field("key") == "food").struct.field("value")
    filled = found.select(pl.col("filling").list.eval(food).list.first()).to_series()
    assert filled.to_list() == drawn.select(coordinate("food")).to_series().to_list()


@pytest.mark.parametrize(
    "question",
    [
        "does KUMO HOUSE offer creme brulee",
        "Does  Kumo House offer crème brûlées ?!",
        "Hi, does Kumo House offer crème brûlée? Thanks!",
    ],
)
def test_case_punctuation_white_space_accents_and_manners_make_no_difference(
    space: Callable[..., Space], question: str
) -> None:
    filling = {"restaurant": "Kumo House", "food": "crème brûlée"}

    assert mapped(space(), question) == ("offers", "exact", filling, {})


@pytest.mark.parametrize(
    "question",
    [
        "Does Kumo House ofer ramen?",
        "Does Kumo House offer tacos, no wait, ramen?",
        "Does Kumo House offer rammen?",
        "Does Kumo Huose offer the ramen?",
        "Kumo House offer ramen?",
    ],
)
def test_slips_of_the_finger_and_dropped_words_are_near(space: Callable[..., Space], question: str) -> None:
    assert mapped(space(), question) == ("offers", "near", {"restaurant": "Kumo House", "food": "ramen"}, {})


def test_a_value_that_its_slot_lacks_is_told_as_it_is_written(space: Callable[..., Space]) -> None:
    found = mapped(space(), "Does Kumo House offer Khachapuri?")

    assert found == ("offers", "unlisted", {"restaurant": "Kumo House"}, {"food": "Khachapuri"})


def test_an_alias_stands_for_its_value(space: Callable[..., Space]) -> None:
    slots = {"restaurant": {"entities": True}, "food": {"file": "foods.txt", "aliases": {"ramen": ["noodle soup"]}}}

    assert mapped(space(slots=slots), "Is there noodle soup at Luna Bar?")[2]["food"] == "ramen"


def test_the_longest_value_is_meant(space: Callable[..., Space]) -> None:
    assert mapped(space(), "Luna Bar: miso soup?")[2] == {"restaurant": "Luna Bar", "food": "miso soup"}


@pytest.mark.parametrize(
    "question", ["What time is it?", "", "???", "Is there any point at all in going out?", "日本語"]
)
def test_what_fits_nowhere_is_outside(space: Callable[..., Space], question: str) -> None:
    assert mapped(space(), question) == (None, "none", {}, {})


def test_no_questions_and_missing_ones_are_mapped_as_well(space: Callable[..., Space]) -> None:
    small = space()

    assert small.map(pl.Series([], dtype=pl.String)).schema == MAPPED
    assert small.map(pl.Series([None, "Dogs?", "Dogs?"]))["template"].to_list() == [None, "dogs", "dogs"]


def test_imported_examples_count_where_their_questions_belong(space: Callable[..., Space]) -> None:
    small = space(variations=[])
    questions = ["Does Kumo House offer ramen?", "Is Luna Bar dog-friendly?", "Does Luna Bar offer gulash?"]
    asked = [*questions, "Where can I park?", "Where do I park?", "Is it loud?"]
    answers = [["Yes, they do."], [], ["No."], ["There."], ["There."], ["No."]]
    imported = examples_frame({"question": asked, "answers": answers, "origin": ["import:q.csv"] * 6})

    found = small.coverage(imported, Coverage(over=("template", "answer"), at_least=1))

    assert (found.covered, found.mapped, found.outside) == (3, 3, 3)
    assert [(one.slot, one.value, one.count) for one in found.unlisted] == [("food", "gulash", 1)]
    assert [(one.question, one.count) for one in found.outside_questions] == [
        ("Where can I park?", 2),
        ("Is it loud?", 1),
    ]


def test_a_crossing_counts_every_combination_that_the_universe_has(space: Callable[..., Space]) -> None:
    small = space(variations=[])

    drawn = small.draw(20, where={"template": "dogs", "negative": "none"})
    crossed, turned = small.crossed(drawn, ("template", "negative"), ("negative", "template"))

    assert len(crossed.counts) == 9
    assert (
        sum(count for *_, count in crossed.counts)
        == 20
        == {cell[:2]: cell[2] for cell in crossed.counts}[("dogs", "none")]
    )
    assert sorted(turned.counts) == sorted((column, row, count) for row, column, count in crossed.counts)


def test_a_proposed_template_is_recognised_and_not_drawn(space: Callable[..., Space]) -> None:
    proposed = [{"name": "price", "ask": ["What does {thing} cost?"], "slots": {"thing": ["parking"]}}]
    small = space(proposed=proposed)

    assert mapped(small, "what does parking cost")[:3] == ("price", "exact", {"price.thing": "parking"})
    assert "price" not in small.sizes


def test_typical_questions_are_told_once_each() -> None:
    asked = pl.Series(["Is there parking?", "Parking there?", "What is the tip?", "Is there parking?", None])

    assert [(one.question, one.count) for one in typical(asked)] == [("Is there parking?", 3), ("What is the tip?", 1)]
    assert typical(pl.Series([], dtype=pl.String)) == ()


def test_what_a_slots_pattern_matches_is_one_of_its_values_however_many_there_are() -> None:
    fee = Template(name="fee", ask=("May I pay {amount} at {place}?",), fact="fee", answer={"yes": "Yes."})
    mapper = Mapper(
        [fee], {"place": Values.of(["Kumo House"]), "amount": Values(Pattern("[1-9][0-9]{0,11} euros"), {})}
    )
    asked = ["250000 euros", "250000 EUROS", "the 250000 euros", "07 shells"]

    mapped = mapper.map(pl.Series([f"May I pay {amount} at Kumo House?" for amount in asked]))

    assert mapped["template"].to_list() == ["fee"] * 4
    assert mapped["how"].to_list() == ["exact", "exact", "near", "unlisted"]
    for row in range(3):
        assert {"key": "amount", "value": "250000 euros"} in mapped["filling"][row].to_list()
    assert mapped["unlisted"][3].to_list() == [{"key": "amount", "value": "07 shells"}]


def test_a_pattern_is_found_where_little_else_tells_the_template() -> None:
    order = Template(name="order", ask=("Where is my order {code}?",), answer={"text": "Under way."})
    mapper = Mapper([order], {"code": Values(Pattern("[A-Z]{2}-[0-9]{8}"), {})})

    [found, other] = mapper.map(pl.Series(["where is my order AB-12345678", "Where is my order?"])).to_dicts()

    assert (found["how"], found["filling"]) == ("exact", [{"key": "code", "value": "AB-12345678"}])
    assert other["how"] == "none"
