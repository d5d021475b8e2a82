from __future__ import annotations

import pytest

from growloop.finetune.validation import subset, validate
from growloop.models.catalog import load_checkpoint
from growloop.records.example import examples_frame, is_answerable


def test_the_same_few_examples_are_asked_each_time():
    many = examples_frame({"question": [str(number) for number in range(50)]})

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
    assert found.null_threshold is not None
    assert sum(point.in_use for point in found.operating_points) == 1


@pytest.mark.parametrize("answerable", [True, False])
def test_a_model_that_writes_has_no_threshold_where_all_questions_are_of_one_kind(tiny, menu, task, answerable):
    checkpoint = load_checkpoint(str(tiny("llama")), "open_generative")
    alike = menu(2).filter(is_answerable() == answerable)

    found = validate(checkpoint, task("open_generative"), alike, "fp32")

    assert found.null_threshold is None
    assert found.operating_points == ()
