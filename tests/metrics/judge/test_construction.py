"""Answers that are right or wrong by the way they were made."""

from __future__ import annotations

import polars as pl
import pytest

from growloop.metrics.judge.construction import MADE, MADE_BY, constructed
from growloop.records.agreement import VERDICTS
from growloop.records.example import coordinate


@pytest.fixture
def made() -> pl.DataFrame:
    examples = pl.DataFrame(
        {
            "question": ["who wrote Emma", "who wrote Faust", "how many days are in June", "when is it open"],
            "context": ["Jane Austen wrote Emma.", "", "", ""],
            "answers": [["Jane Austen", "Austen"], ["Goethe"], ["30 days"], []],
        },
        schema_overrides={"answers": pl.List(pl.String)},
    )
    return constructed(examples, "No idea.").with_columns(coordinate(MADE).alias("kind"))


def said(made: pl.DataFrame, kind: str) -> set[str]:
    return set(made.filter(pl.col("kind") == kind)["prediction"])


def test_it_makes_verdicts(made: pl.DataFrame) -> None:
    assert made.drop("kind").schema == VERDICTS
    assert set(made["annotator"]) == {MADE_BY}
    assert set(made["question"]) == {"who wrote Emma", "who wrote Faust", "how many days are in June"}


def test_accepted_answers_are_right_alone_and_in_sentences(made: pl.DataFrame) -> None:
    assert said(made, "accepted") == {"Jane Austen", "Austen", "Goethe", "30 days"}
    right = made.filter(pl.col("kind").is_in(["accepted", "sentence", "alias"]))
    assert set(right["verdict"]) == {1.0}


def test_one_of_several_answers_is_held_against_the_others(made: pl.DataFrame) -> None:
    aliases = made.filter(pl.col("kind") == "alias").select("prediction", "answers").rows()

    assert sorted(aliases) == [("Austen", ["Jane Austen"]), ("Jane Austen", ["Austen"])]


def test_the_answer_to_another_question_is_wrong(made: pl.DataFrame) -> None:
    others = made.filter(pl.col("kind") == "other")

    assert set(others["verdict"]) == {0.0}
    assert others.filter(pl.col("answers").list.contains(pl.col("prediction"))).is_empty()


def test_a_number_is_exchanged_for_one_that_no_answer_has(made: pl.DataFrame) -> None:
    [answer] = said(made, "number")

    assert answer.endswith(" days")
    assert answer != "30 days"


def test_opposites_the_question_the_context_and_silence_are_wrong(made: pl.DataFrame) -> None:
    assert "not Goethe" in said(made, "opposite")
    assert "Goethe not Goethe" in said(made, "and_opposite")
    assert "who wrote Emma" in said(made, "question")
    assert said(made, "context") == {"Jane Austen wrote Emma."}
    assert said(made, "silence") == {"No idea."}
    assert made.filter(pl.col("kind") == "silence")["verdict"].sum() == 0


def test_the_same_seed_makes_the_same_answers() -> None:
    examples = pl.DataFrame({"question": ["a", "b", "c"], "context": "", "answers": [["x"], ["y 1"], ["z"]]})

    assert constructed(examples, seed=3).equals(constructed(examples, seed=3))


def test_nothing_is_made_of_nothing() -> None:
    assert constructed(pl.DataFrame(schema=VERDICTS)).is_empty()
