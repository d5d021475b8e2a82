"""What went wrong with each wrong answer."""

from __future__ import annotations

from typing import Any, get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.diagnose.failures import failure_kinds, kinds_by, named_values
from growloop.metrics import score
from growloop.metrics.groundedness import content_words, content_words_in
from growloop.records.diagnosis import FailureKind
from growloop.records.example import examples_frame

QUESTION = "Does Blue Door offer ramen?"
CONTEXT = "Blue Door: we shared the ramen, the gyoza and 2 beers for 1,200 yen. Nori next door has pizza."


def kind_of(said: str, *golds: str, question: str = QUESTION, context: str = CONTEXT, **more: Any) -> str | None:
    """The kind of one answer; None where it is right. Told apart at exact match, unless a metric is named."""
    metric = more.pop("metric", "exact_match")
    examples = examples_frame({"question": [question], "context": [context], "answers": pl.Series([list(golds)])})
    predictions = pl.DataFrame({"id": examples["id"], "prediction": [said], "abstained": [said == ""]})
    scores = score(examples, predictions, [metric])
    found = failure_kinds(examples, predictions, scores, metric=metric, right_from=1.0, **more)
    return found["kind"].to_list()[0] if found.height else None


@pytest.mark.parametrize(
    ("kind", "said", "golds"),
    [
        (None, "Ramen!", ["ramen"]),
        ("refused", "", ["ramen"]),
        ("wrong_polarity", "No, Blue Door does not offer ramen.", ["Yes, Blue Door offers ramen."]),
        ("wrong_polarity", "no", ["Yes, Blue Door offers ramen."]),
        ("wrong_polarity", "Dogs are allowed.", ["Dogs are not allowed."]),
        ("wrong_polarity", "Yes.", ["Blue Door doesn't offer ramen."]),
        ("not_in_context", "a truffle risotto", ["gyoza"]),
        ("not_in_context", "about 1,500 yen", ["1,200 yen"]),
        ("not_in_context", "gyoza for 99", ["gyoza"]),
        ("wrong_in_context", "2 beers", ["gyoza"]),
        ("wrong_in_context", "Blue Door", ["gyoza"]),
        ("incomplete", "the gyoza", ["gyoza, beers"]),
        ("incomplete", "Blue Door offers gyoza", ["gyoza, pizza and beers", "gyoza and beers"]),
        ("format", "<b>gyoza</b>", ["gyoza"]),
        ("format", "Answer: gyoza", ["gyoza"]),
        ("format", "Gyoza. They are dumplings from Japan.", ["gyoza"]),
        ("format", "1,200.00", ["1200"]),
        ("format", "1,200 (about 8 dollars)", ["1,200"]),
        ("format", "2.0 km", ["2"]),
        ("format", "1200 $", ["1,200 dollars"]),
        ("badly_worded", "they shared the gyoza there", ["gyoza"]),
        ("badly_worded", "It is a vegetarian place", ["vegetarians"]),
    ],
)
def test_each_wrong_answer_has_the_kind_that_a_reader_would_give_it(
    kind: str | None, said: str, golds: list[str]
) -> None:
    assert kind_of(said, *golds) == kind


def test_an_answer_to_what_cannot_be_answered_is_that_whatever_it_says() -> None:
    assert kind_of("No.", metric="token_f1") == "answered_unanswerable"


def test_silence_in_the_tasks_own_words_is_a_refusal() -> None:
    assert kind_of("I don’t know.", "gyoza", abstain_answer="I don't know") == "refused"


def test_a_name_that_the_question_does_not_ask_about_is_another_entitys() -> None:
    known = ["ramen", "pizza", "Blue Door", "Nori", "sushi"]

    assert kind_of("Yes, Nori offers ramen.", "Yes, Blue Door offers ramen.", entities=known) == "other_entity"
    assert kind_of("Yes, Blue Door has pizza.", "Yes, Blue Door offers ramen.", entities=known) == "other_entity"
    assert kind_of("Yes, it has sushi.", "Yes, Blue Door offers ramen.", entities=known) == "not_in_context"
    assert kind_of("Yes, ramen", "Yes, Blue Door offers ramen.", entities=known) != "other_entity"


def test_without_a_list_the_values_that_questions_name_are_the_entities() -> None:
    wheres = [{"food": "ramen", "template": "offers-food"}, {"food": "Crème brûlée", "template": "offers-food"}]
    examples = examples_frame({"question": ["Any ramen?", "Is there crème brûlée!"], "where": wheres})

    assert named_values(examples) == ["Crème brûlée", "ramen"]
    assert named_values(examples.clear()) == []


def test_where_the_retriever_found_another_text_the_retrieval_is_to_blame() -> None:
    examples = examples_frame(
        {"question": ["What is shared?"] * 2, "context": ["gyoza", "Gyoza"], "answers": [["gyoza"]] * 2}
    )
    predictions = pl.DataFrame({"id": examples["id"], "prediction": ["pizza", "pizza"], "abstained": [False, False]})
    scores = score(examples, predictions, ["exact_match"])
    read = pl.DataFrame({"id": examples["id"], "context": ["Nori has pizza.", "gyoza or pizza"]})

    found = failure_kinds(examples, predictions, scores, metric="exact_match", right_from=1.0, retrieved=read)

    assert found["kind"].to_list() == ["retrieval_missed", "wrong_in_context"]


def test_rows_without_a_score_and_right_ones_have_no_kind() -> None:
    examples = examples_frame({"question": ["a", "b"], "answers": [["x"], ["x"]]})
    predictions = pl.DataFrame({"id": examples["id"], "prediction": ["x", "y"], "abstained": [False, False]})
    scores = score(examples, predictions, ["numeric_match"])

    assert failure_kinds(examples, predictions, scores, metric="numeric_match", right_from=0.5).is_empty()


words = st.sampled_from(["yes", "no", "not", "ramen", "2", "Blue Door", "**x**", "", "é", "a, b", "(c)", "doesn't"])
texts = st.lists(words, max_size=4).map(" ".join)


@settings(max_examples=60)
@given(st.lists(st.tuples(texts, texts, st.lists(texts, max_size=3), texts), min_size=1, max_size=6))
def test_every_wrong_answer_has_exactly_one_kind(rows: list[tuple[str, str, list[str], str]]) -> None:
    columns: dict[str, Any] = {"id": [f"e{number}" for number in range(len(rows))]}
    columns |= {"question": [row[0] for row in rows], "context": [row[1] for row in rows]}
    answers = pl.Series([row[2] for row in rows], dtype=pl.List(pl.String))
    examples = examples_frame({**columns, "answers": answers})
    predictions = pl.DataFrame({"id": columns["id"], "prediction": [row[3] for row in rows]})
    predictions = predictions.with_columns(abstained=pl.col("prediction") == "")
    scores = score(examples, predictions, ["exact_match"])

    found = failure_kinds(examples, predictions, scores, metric="exact_match", right_from=1.0)

    assert found["id"].to_list() == scores.filter(pl.col("exact_match") < 1)["id"].to_list()
    assert set(found["kind"]) <= set(get_args(FailureKind))


@settings(max_examples=60)
@given(st.lists(st.text(alphabet="aAéß'’s 1,_-—it", max_size=14)))
def test_words_that_say_something_are_the_same_by_the_column(given_texts: list[str]) -> None:
    found = pl.DataFrame({"text": pl.Series(given_texts, dtype=pl.String)}).select(content_words_in("text")).to_series()

    assert [set(row) for row in found.to_list()] == [content_words(text) for text in given_texts]


def test_kinds_are_counted_over_all_and_by_slice() -> None:
    wheres = [{"t": "a"}, {"t": "a"}, {"t": "b"}, {}]
    examples = examples_frame({"id": list("1234"), "question": list("1234"), "where": wheres})
    kinds = pl.DataFrame({"id": ["1", "3", "4"], "kind": ["refused", "format", "refused"]})

    found = kinds_by(examples, kinds)

    assert found.columns == ["key", "value", "n", "wrong", "refused", "format"]
    assert found.rows() == [(None, None, 4, 3, 2, 1), ("t", "b", 1, 1, 0, 1), ("t", "a", 2, 1, 1, 0)]
    assert kinds_by(examples, kinds.clear(), ["t"]).rows()[0] == (None, None, 4, 0)


def test_on_public_answers_no_kind_is_missing_and_none_is_made_up(shared_data: Any) -> None:
    import gzip
    import json

    said = json.loads(gzip.decompress((shared_data / "squad_v2/official_predictions/bert_single.json.gz").read_bytes()))
    data = json.loads(gzip.decompress((shared_data / "squad_v2/dev-v2.0.json.gz").read_bytes()))["data"][:6]
    asked = [(q, p["context"]) for article in data for p in article["paragraphs"] for q in p["qas"]]
    answers = pl.Series([[a["text"] for a in q["answers"]] for q, _ in asked], dtype=pl.List(pl.String))
    columns = {"id": [q["id"] for q, _ in asked], "question": [q["question"] for q, _ in asked]}
    examples = examples_frame({**columns, "context": [text for _, text in asked], "answers": answers})
    predictions = pl.DataFrame({"id": columns["id"], "prediction": [said[id] for id in columns["id"]]})
    predictions = predictions.with_columns(abstained=pl.col("prediction") == "")

    scores = score(examples, predictions, ["exact_match"])
    counts = dict(
        failure_kinds(examples, predictions, scores, metric="exact_match", right_from=1.0)["kind"].value_counts().rows()
    )

    wrong = scores.filter(pl.col("exact_match") < 1)
    assert sum(counts.values()) == wrong.height
    assert counts["answered_unanswerable"] == wrong.filter(~pl.col("answerable")).height
    assert counts["refused"] == wrong.filter(pl.col("answerable") & pl.col("abstained")).height
    assert "not_in_context" not in counts  # this model marks spans: it cannot make anything up
