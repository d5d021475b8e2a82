"""Scores by example, and their summary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.errors import BadData, BadDeclaration
from growloop.metrics import METRICS, figure_names, score, summarise
from growloop.records.example import EXAMPLES, examples_frame
from growloop.records.run import PREDICTIONS

Qa = Callable[..., dict[str, Any]]
BOTH = ("exact_match", "token_f1")


def examples_of(*rows: dict[str, Any]) -> pl.DataFrame:
    return examples_frame({key: [row[key] for row in rows] for key in rows[0]})


def said(examples: pl.DataFrame, *texts: str | None, abstained: list[bool | None] | None = None) -> pl.DataFrame:
    """Predictions for the examples in their order."""
    silent = abstained or [not text for text in texts]
    columns = {"id": examples["id"], "prediction": texts, "abstained": silent, "seconds": [0.1] * len(texts)}
    return (
        pl.DataFrame(columns)
        .with_columns(confidence=None, cut_tokens=0)
        .select(list(PREDICTIONS))
        .cast(dict(PREDICTIONS))
    )  # type: ignore[arg-type]


def test_scores_stand_in_the_order_of_the_examples(qa: Qa) -> None:
    examples = examples_of(qa("Which animal?", "the cat"), qa("Which city?"), qa("Who?", "Ann Lee"))

    scores = score(examples, said(examples, "Cat.", "", "Ann")[::-1], BOTH)

    assert scores["id"].to_list() == examples["id"].to_list()
    assert scores["answerable"].to_list() == [True, False, True]
    assert scores["exact_match"].to_list() == [1, 1, 0]
    assert scores["token_f1"].to_list() == pytest.approx([1, 1, 2 / 3])


def test_an_abstention_in_words_counts_as_the_empty_answer(qa: Qa) -> None:
    examples = examples_of(qa("Which city?"), qa("Who?", "nobody knows"))

    scores = score(examples, said(examples, "nobody knows", "nobody knows", abstained=[True, True]), BOTH)

    assert scores["token_f1"].to_list() == [1, 0]


def test_an_answer_to_an_unanswerable_question_scores_zero(qa: Qa) -> None:
    examples = examples_of(qa("Which city?"))

    assert score(examples, said(examples, "Paris"), BOTH)["token_f1"].to_list() == [0]


def test_an_answer_that_normalises_to_nothing_is_an_abstention(qa: Qa) -> None:
    examples = examples_of(qa("Which city?"))

    scores = score(examples, said(examples, "The ...", abstained=[None]), BOTH)

    assert scores.select("abstained", "exact_match").row(0) == (True, 1)


def test_an_example_without_a_prediction_is_reported_with_its_remedy(qa: Qa) -> None:
    examples = examples_of(qa("Which animal?", "cat"), qa("Who?", "Ann"))

    with pytest.raises(BadData, match=r"1 of 2 examples have no prediction(.|\n)*growloop evaluate"):
        score(examples, said(examples, "cat", "Ann")[:1], BOTH)


def test_an_example_with_two_predictions_is_reported(qa: Qa) -> None:
    examples = examples_of(qa("Which animal?", "cat"))
    predictions = said(examples, "cat")

    with pytest.raises(BadData, match="several predictions"):
        score(examples, pl.concat([predictions, predictions]), BOTH)


def test_predictions_for_other_examples_are_ignored(qa: Qa) -> None:
    examples = examples_of(qa("Which animal?", "cat"), qa("Who?", "Ann"))

    assert score(examples[:1], said(examples, "cat", "Ann"), BOTH).height == 1


def test_an_unknown_metric_is_refused_with_the_nearest_name(qa: Qa) -> None:
    examples = examples_of(qa("Which animal?", "cat"))

    with pytest.raises(BadDeclaration, match='Did you mean "token_f1"'):
        score(examples, said(examples, "cat"), ["tokenf1"])


@pytest.mark.parametrize("name", sorted(METRICS))
def test_each_metric_alone_gives_what_all_together_give(name: str, qa: Qa) -> None:
    examples = examples_of(qa("Which animal?", "the cat"), qa("Which city?"), qa("Who?", "Ann Lee"))
    predictions = said(examples, "a cat", "Rome", "Ann")

    assert score(examples, predictions, [name])[name].equals(score(examples, predictions, list(METRICS))[name])


def test_the_summary_has_every_figure_in_order_with_both_sides_apart(qa: Qa) -> None:
    examples = examples_of(qa("Which animal?", "cat"), qa("Which city?"), qa("Who?", "Ann"), qa("When?"))

    summary = summarise(score(examples, said(examples, "cat", "", "Bob", "now"), BOTH))

    assert list(summary) == figure_names(BOTH)
    assert (summary["token_f1"].value, summary["token_f1"].n) == (0.5, 4)
    assert summary["token_f1_answerable"].value == 0.5
    assert summary["token_f1_unanswerable"].n == 2
    assert summary["abstention_recall"].value == 0.5
    assert summary["over_refusal"].value == 0


def test_no_examples_have_a_summary_of_nothing() -> None:
    nothing = score(pl.DataFrame(schema=EXAMPLES), pl.DataFrame(schema=PREDICTIONS), BOTH)

    assert nothing.is_empty()
    assert {estimate.n for estimate in summarise(nothing).values()} == {0}
    assert list(summarise(nothing)) == figure_names(BOTH)


answers = st.lists(st.sampled_from(["cat", "the dog", "a b c"]), max_size=2)
texts = st.sampled_from(["cat", "dog", "c b", "", "The!"])


@settings(max_examples=40)
@given(st.lists(st.tuples(answers, texts), min_size=1, max_size=12), st.integers(0, 9))
def test_the_order_of_rows_does_not_change_the_summary(rows: list[tuple[list[str], str]], seed: int) -> None:
    examples = examples_frame(
        {"question": [str(number) for number in range(len(rows))], "answers": [row[0] for row in rows]}
    )
    scores = score(examples, said(examples, *[row[1] for row in rows]), BOTH)

    assert summarise(scores.sample(fraction=1, shuffle=True, seed=seed)) == summarise(scores)


def test_a_hundred_thousand_examples_are_scored_and_summed_up() -> None:
    n = 100_000
    questions = pl.select(question=pl.int_range(n).cast(pl.String)).with_columns(
        answers=pl.when(pl.int_range(n) % 4 > 0)
        .then(pl.concat_list("question"))
        .otherwise(pl.lit([], dtype=pl.List(pl.String)))
    )
    examples = examples_frame(questions)
    predictions = examples.select(
        "id", prediction=pl.when(pl.int_range(n) % 8 > 0).then("question").otherwise(pl.lit(""))
    )
    predictions = predictions.with_columns(abstained=False)

    summary = summarise(score(examples, predictions, BOTH))

    assert summary["exact_match"].value == pytest.approx(7 / 8)
    assert summary["abstention_recall"].value == pytest.approx(1 / 2)
    assert summary["abstention_recall"].n == 25_000
