from __future__ import annotations

import polars as pl
import pytest

from growloop.finetune.validation import best_null_threshold, subset, validate
from growloop.models.catalog import load_checkpoint
from growloop.models.extractive import SPANS, judged
from growloop.records.example import examples_frame


def examples(answers: list[list[str]]) -> pl.DataFrame:
    ids = [f"e{number}" for number in range(len(answers))]
    return examples_frame({"id": ids, "question": ids, "answers": answers})


def spans(texts: list[str], margins: list[float]) -> pl.DataFrame:
    """The margin is by how much the null score beats the span's."""
    count = len(texts)
    columns = {
        "id": [f"e{number}" for number in range(count)],
        "text": texts,
        "span_score": [0.0] * count,
        "null_score": margins,
        "cut_tokens": [0] * count,
        "seconds": [0.0] * count,
    }
    return pl.DataFrame(columns, schema=SPANS)


def test_the_null_threshold_parts_what_is_answered_rightly_from_what_has_no_answer():
    gold = examples([["ramen"], ["pad thai"], [], []])
    found = spans(["ramen", "pad thai", "soup", "soup"], [-3.0, 1.0, 5.0, 6.0])

    threshold = best_null_threshold(found, gold)

    assert 1.0 < threshold < 5.0
    assert judged(found, threshold)["abstained"].to_list() == [False, False, True, True]


@pytest.mark.parametrize(
    ("answers", "silent"), [([["ramen"], ["ramen"]], [False, False]), ([[], []], [True, True])], ids=["all", "none"]
)
def test_where_all_or_none_is_answerable_the_threshold_lets_all_or_none_through(answers, silent):
    found = spans(["ramen", "ramen"], [-1.0, 2.0])

    threshold = best_null_threshold(found, examples(answers))

    assert judged(found, threshold)["abstained"].to_list() == silent


def test_equal_margins_are_never_parted():
    found = spans(["ramen", "soup"], [1.0, 1.0])

    threshold = best_null_threshold(found, examples([["ramen"], []]))

    assert judged(found, threshold)["abstained"].n_unique() == 1


def test_the_same_few_examples_are_asked_each_time():
    many = examples([[str(number)] for number in range(50)])

    assert subset(many, 10, seed=3).equals(subset(many, 10, seed=3))
    assert subset(many, 10, seed=3).height == 10
    assert subset(many, 80, seed=3).equals(many)


@pytest.mark.parametrize(("name", "kind"), [("llama", "open_generative"), ("bert", "extractive")])
def test_a_model_in_training_is_measured_and_goes_on_training(tiny, menu, task, name, kind):
    checkpoint = load_checkpoint(str(tiny(name)), kind)
    checkpoint.model.train()

    found = validate(checkpoint, task(kind), menu(2), "fp32")

    assert checkpoint.model.training
    assert found.scores.height == 10
    assert 0 <= found.token_f1 <= 1
    assert (found.null_threshold is not None) == (kind == "extractive")
