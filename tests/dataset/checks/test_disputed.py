from __future__ import annotations

from growloop.dataset.checks.disputed import disputed
from growloop.records.example import examples_frame
from growloop.records.task import Task

TASK = Task(name="t", purpose="p", answer_kind="extractive")


def test_one_annotators_answer_is_another_ones_unanswerable() -> None:
    examples = examples_frame(
        {
            "question": ["Are dogs allowed?", "are dogs  allowed", "Is it open?"],
            "context": ["c", "c", "c"],
            "answers": [["yes"], [], []],
        }
    )

    [finding] = disputed(examples, TASK)

    assert finding.count == 1
    assert finding.examples == tuple(examples["id"].head(2))


def test_other_contexts_other_questions_and_other_answers_are_no_dispute() -> None:
    examples = examples_frame(
        {
            "question": ["Dogs?", "Dogs?", "Dogs inside?", "Cats?", "Cats?", "?", "!"],
            "context": ["one", "two", "one", "one", "one", "one", "one"],
            "answers": [["yes"], [], [], ["yes"], ["no"], ["a"], []],
        }
    )

    assert disputed(examples, TASK) == []
