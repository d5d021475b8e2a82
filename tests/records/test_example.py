from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from growloop.records.example import (
    EXAMPLES,
    Example,
    content_id,
    content_ids,
    coordinate,
    coordinate_names,
    examples_frame,
    is_answerable,
    matches,
)

any_text = st.text()


def test_the_frame_has_the_columns_of_the_record() -> None:
    assert list(EXAMPLES) == list(Example.model_fields)


def test_what_is_not_given_gets_its_default_and_an_id_of_its_content() -> None:
    frame = examples_frame({"question": ["Dogs?"], "context": ["No dogs."], "answers": [["no"]]})

    assert frame.schema == EXAMPLES
    assert frame["id"][0] == content_id("Dogs?", "No dogs.", ["no"])
    assert (frame["status"][0], frame["origin"][0], frame["split"][0]) == ("accepted", "manual", None)


def test_no_rows_make_an_empty_frame_of_the_same_schema() -> None:
    frame = examples_frame({"question": [], "answers": []})

    assert frame.schema == EXAMPLES
    assert frame.is_empty()


def test_examples_of_one_context_form_a_group_unless_told_otherwise() -> None:
    frame = examples_frame({"question": ["a", "b", "c"], "context": ["x", "x", "y"]})

    assert frame["group"][0] == frame["group"][1] != frame["group"][2]


def test_coordinates_are_found_by_name_and_missing_ones_are_null() -> None:
    frame = examples_frame({"question": ["a", "b"], "where": [{"template": "dogs", "food": "ramen"}, {}]})

    assert coordinate_names(frame) == ["food", "template"]
    assert frame.select(coordinate("template"))["template"].to_list() == ["dogs", None]


def test_matching_needs_every_coordinate_and_none_matches_all() -> None:
    frame = examples_frame({"question": ["a", "b"], "where": [{"t": "1", "n": "x"}, {"t": "1", "n": "y"}]})

    assert frame.filter(matches({"t": "1", "n": "y"}))["question"].to_list() == ["b"]
    assert frame.filter(matches({})).height == 2
    assert frame.filter(matches({"unheard": "of"})).is_empty()


def test_an_example_without_answers_is_unanswerable() -> None:
    frame = examples_frame({"question": ["a", "b"], "answers": [["yes"], []]})

    assert frame.select(is_answerable()).to_series().to_list() == [True, False]


@given(any_text, any_text, st.lists(any_text), st.randoms())
def test_an_id_does_not_depend_on_the_order_of_answers(question: str, context: str, answers: list[str], random) -> None:
    shuffled = answers.copy()
    random.shuffle(shuffled)

    assert content_id(question, context, answers) == content_id(question, context, shuffled)


@given(st.text(min_size=1), any_text)
def test_an_id_tells_question_from_context(question: str, context: str) -> None:
    assert (content_id(question, context, []) == content_id(context, question, [])) == (question == context)


def test_ids_of_a_hundred_thousand_rows_are_distinct() -> None:
    frame = examples_frame({"question": [f"question {n}" for n in range(100_000)], "context": ["same"] * 100_000})

    assert frame["id"].n_unique() == 100_000
    assert isinstance(frame, pl.DataFrame)


@given(st.lists(st.tuples(any_text, any_text, st.lists(any_text, max_size=3)), max_size=4))
def test_many_ids_at_once_are_what_each_would_be(rows: list[tuple[str, str, list[str]]]) -> None:
    columns = {name: [row[n] for row in rows] for n, name in enumerate(("question", "context", "answers"))}

    ids = content_ids(examples_frame(columns))

    assert ids.to_list() == [content_id(*row) for row in rows]
