"""What examples are told apart by, of any example, answered or not."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from growloop.diagnose.features import features, in_slices, matches_slice
from growloop.records.example import EXAMPLES, examples_frame

KUMO = {
    "question": "Does Kumo House serve vegan options to 12 guests?",
    "context": "Reviews of Kumo House\nVegan options everywhere, we were four guests.",
    "answers": ["yes"],
    "where": {"template": "vegan", "negative": "none"},
}


def told(**changes: Any) -> dict[str, str | None]:
    """The features of one example."""
    row = {**KUMO, **changes}
    return features(examples_frame({name: [value] for name, value in row.items()})).row(0, named=True)


def test_coordinates_stand_under_their_own_names() -> None:
    found = told()

    assert (found["template"], found["negative"]) == ("vegan", "none")


@pytest.mark.parametrize(
    ("changes", "feature", "value"),
    [
        ({}, "opening", "does"),
        ({}, "opening_pair", "does kumo"),
        ({"question": "Dogs?"}, "opening_pair", None),
        ({}, "case", "mixed"),
        ({"question": "any dogs?"}, "case", "lower"),
        ({"question": "DOGS OK?"}, "case", "upper"),
        ({}, "question_mark", "yes"),
        ({"question": "dogs ok"}, "question_mark", "no"),
        ({"question": "dogs ok"}, "punctuation", "no"),
        ({}, "digits", "yes"),
        ({"question": "dogs ok"}, "digits", "no"),
        ({}, "question_length", "9-14"),
        ({"question": "dogs ok"}, "question_length", "1-4"),
        ({"question": "dog " * 20}, "question_length", "15 or more"),
        ({}, "context_length", "1-50"),
        ({"context": ""}, "context_length", "none"),
        ({}, "answer_length", "1-2"),
        ({"answers": []}, "answer_length", "none"),
        ({"answers": [], "status": "draft"}, "answer_length", None),
        ({}, "overlap", "most"),
        ({"question": "Kumo House: vegan guests?"}, "overlap", "all"),
        ({"question": "Is parking free?"}, "overlap", "none"),
        ({"context": ""}, "overlap", None),
        ({}, "names_in_context", "all"),
        ({"context": "Reviews of Nori. We were guests."}, "names_in_context", "not all"),
        ({"question": "any dogs?"}, "names_in_context", None),
    ],
)
def test_what_is_read_off_the_texts(changes: dict[str, Any], feature: str, value: str | None) -> None:
    assert told(**changes)[f"text.{feature}"] == value


def test_the_first_word_of_a_sentence_is_no_name() -> None:
    assert told(question="Tired. Looking for dogs at Kumo House?")["text.names_in_context"] == "all"


def test_words_that_many_questions_hold_are_features_and_those_that_all_hold_are_not() -> None:
    questions = [f"Any vegan dish number {n}?" for n in range(6)] + [f"Any dogs at place {n}?" for n in range(8)]

    found = features(examples_frame({"question": questions}))

    words = [name.removeprefix("text.word.") for name in found.columns if name.startswith("text.word.")]
    assert {"vegan", "dogs", "vegan dish"} <= set(words)
    assert "0" not in words
    assert found["text.word.vegan"].to_list() == ["yes"] * 6 + [None] * 8


def test_no_examples_and_one_have_features_too() -> None:
    assert features(EXAMPLES.to_frame()).height == 0
    assert features(examples_frame({"question": [""]})).height == 1


def test_the_rank_of_the_context_counts_where_it_is_told() -> None:
    examples = examples_frame({"question": ["a?", "b?", "c?", "d?"]})
    predictions = examples.select("id", rank=pl.Series([1, 0, 7, None]))

    assert features(examples, predictions)["text.rank"].to_list() == ["1", "none", "4-10", None]


def test_a_coordinate_that_is_called_like_a_feature_does_no_harm() -> None:
    found = told(where={"id": "x", "text.case": "y", "template": "vegan"})

    assert (found["text.case"], found["template"]) == ("mixed", "vegan")


def test_a_slice_is_recognised_in_examples_that_it_was_not_found_on() -> None:
    rows = [KUMO, {**KUMO, "question": "any vegan options?", "answers": [], "status": "draft"}]
    examples = examples_frame({name: [row.get(name, "accepted") for row in rows] for name in (*KUMO, "status")})

    assert in_slices(examples, [{"template": "vegan", "text.case": "lower"}])[0].to_list() == [False, True]
    assert in_slices(examples, [{"text.word.vegan options": "yes"}])[0].to_list() == [True, True]
    assert in_slices(examples, [{}])[0].to_list() == [True, True]
    assert in_slices(examples, [{"city": "Kyoto"}])[0].to_list() == [False, False]


def test_matching_features_is_matching_every_condition() -> None:
    frame = pl.DataFrame({"id": ["1", "2", "3"], "a": ["x", "x", None], "b": ["y", "z", "y"]})

    assert frame.filter(matches_slice({"a": "x", "b": "y"}))["id"].to_list() == ["1"]
