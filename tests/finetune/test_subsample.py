from __future__ import annotations

from growloop.finetune.subsample import subsample
from growloop.records.example import examples_frame


def test_a_smaller_part_lies_within_a_larger_one_and_keeps_the_order() -> None:
    examples = examples_frame({"question": [f"Question {number}?" for number in range(40)]})

    small, large = subsample(examples, 0.25), subsample(examples, 0.5)

    assert (small.height, large.height) == (10, 20)
    assert set(small["id"]) < set(large["id"])
    assert large["id"].to_list() == [id for id in examples["id"] if id in set(large["id"])]


def test_all_is_all_and_of_next_to_nothing_one_is_left() -> None:
    examples = examples_frame({"question": ["One?", "Two?"]})

    assert subsample(examples, 1.0).equals(examples)
    assert subsample(examples, 0.001).height == 1
