from __future__ import annotations

from growloop.dataset.checks.over_long import LONGEST_ANSWER, LONGEST_CONTEXT, LONGEST_QUESTION, over_long
from growloop.records.example import examples_frame
from growloop.records.task import Task

TASK = Task(name="t", purpose="p", answer_kind="open_generative")


def test_fields_beyond_their_longest_are_told_apart() -> None:
    examples = examples_frame(
        {
            "question": ["ü" * (LONGEST_QUESTION + 1), "q", "q"],
            "context": ["c", "c", "c" * (LONGEST_CONTEXT + 1)],
            "answers": [["a"], ["a", "b" * (LONGEST_ANSWER + 1)], []],
        }
    )

    found = over_long(examples, TASK)

    assert [finding.examples for finding in found] == [(id,) for id in examples["id"]]
    assert ["question" in found[0].message, "answer" in found[1].message, "context" in found[2].message] == [True] * 3


def test_fields_of_just_that_length_are_fine() -> None:
    examples = examples_frame(
        {
            "question": ["ü" * LONGEST_QUESTION],
            "context": ["ü" * LONGEST_CONTEXT],
            "answers": [["ü" * LONGEST_ANSWER]],
        }
    )

    assert over_long(examples, TASK) == []
