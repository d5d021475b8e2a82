from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.kinship import Texts
from growloop.dataset.removal import (
    HELD_OUT,
    NEARLY,
    REMOVED,
    REPEATED,
    without_held_out,
    without_near_repeats,
    without_repeats,
)
from growloop.records.example import EXAMPLES, examples_frame

GARDEN = "The garden behind the house is open to dogs in summer and in winter."
NEARLY_GARDEN = "The garden behind our house is open to dogs in summer and in winter."


def toy(**columns: Any) -> pl.DataFrame:
    rows = len(columns["question"])
    return examples_frame({"context": [GARDEN] * rows, "split": ["train"] * rows, **columns})


def near(examples: pl.DataFrame, known: pl.Series | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    return without_near_repeats(examples, Texts.of(examples, 0.7), known)


def test_a_repetition_names_the_example_that_is_kept() -> None:
    examples = toy(question=["Dogs?", "Dogs? ", "Cats?"], answers=[["yes"], ["no"], []])

    kept, removed = without_repeats(examples)

    assert kept["id"].to_list() == [examples["id"][1], examples["id"][2]]
    assert removed.rows() == [(examples["id"][0], "Dogs?", examples["id"][1], REPEATED, 1.0)]


def test_nothing_is_left_out_of_nothing() -> None:
    kept, removed = without_repeats(EXAMPLES.to_frame())

    assert kept.is_empty()
    assert removed.schema == REMOVED


def test_of_questions_nearly_the_same_with_the_same_answer_one_is_kept() -> None:
    questions = ["When is the garden open to my dog?", "When is the garden open to the dog?", "Where is the garden?"]
    examples = toy(question=questions, context=[GARDEN, NEARLY_GARDEN, GARDEN], answers=[["in summer"]] * 3)

    kept, removed = near(examples)

    assert kept.height == 2
    assert removed["how"].to_list() == [NEARLY]
    assert set(removed["id"]) | set(removed["repeats"]) == set(examples["id"].head(2))
    assert 0.7 <= removed["jaccard"].item() < 1


def test_another_answer_or_other_coordinates_make_another_example() -> None:
    questions = ["Can I order a bowl of hot ramen here?", "Can I order a bowl of hot curry here?"]

    for more in ({"answers": [["yes"], ["no"]]}, {"where": [{"food": "ramen"}, {"food": "curry"}]}):
        assert near(toy(question=questions, **more))[1].is_empty()
    assert near(toy(question=questions))[1].height == 1


def test_the_same_question_about_another_text_is_another_example() -> None:
    assert near(toy(question=["Are dogs allowed?"] * 2, context=[GARDEN, "Leave the dog at home."]))[1].is_empty()


def test_what_a_person_annotated_is_never_left_out() -> None:
    questions = ["Can I order a bowl of ramen here?", "Can I order a bowl of the ramen here?"]

    kept, removed = near(toy(question=questions, origin=["annotation", "x"]))
    both, _ = near(toy(question=questions, origin=["annotation", "annotation"]))

    assert removed["question"].to_list() == [questions[1]]
    assert kept.height == 1
    assert both.height == 2


def test_what_an_earlier_version_had_is_kept() -> None:
    examples = toy(question=["Can I order a bowl of ramen here?", "Can I order a bowl of the ramen here?"])

    for row in (0, 1):
        kept, _ = near(examples, known=examples["id"].slice(row, 1))
        assert kept["id"].to_list() == [examples["id"][row]]


def test_training_examples_about_a_text_near_a_held_out_one_are_left_out() -> None:
    examples = toy(
        question=["a", "b", "c", "d"],
        context=[GARDEN, NEARLY_GARDEN, "Leave the dog at home.", " ".join(reversed(GARDEN.split()))],
        split=["test", "train", "train", "validation"],
    )

    kept, removed = without_held_out(examples, Texts.of(examples, 0.7))

    assert kept["question"].to_list() == ["a", "c"]
    assert removed.sort("question")["how"].to_list() == [HELD_OUT] * 2
    assert set(removed["repeats"]) == {examples["id"][0]}


words = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6).map(" ".join)
rows = st.lists(st.tuples(words, words, st.sampled_from(["train", "validation", "test"])), max_size=14)


@settings(max_examples=100, deadline=None)
@given(rows)
def test_what_is_left_out_repeats_what_is_kept_and_doing_it_twice_is_the_same_as_once(
    rows: list[tuple[str, str, str]],
) -> None:
    question, context, split = [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    examples, _ = without_repeats(toy(question=question, context=context, split=split))
    texts = Texts.of(examples, 0.6)

    for step in (without_near_repeats, without_held_out):
        kept, removed = step(examples, texts)
        assert set(kept["id"]) | set(removed["id"]) == set(examples["id"])
        assert kept.height + removed.height == examples.height
        assert step(kept, Texts.of(kept, 0.6))[1].is_empty()
        assert set(removed["repeats"]) <= set(kept["id"])
