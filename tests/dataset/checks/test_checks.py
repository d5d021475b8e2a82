from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from growloop.dataset.checks import CHECKS, lint
from growloop.errors import NotFound
from growloop.records.example import EXAMPLES, examples_frame
from growloop.records.task import Task
from growloop.records.version import Finding

TASK = Task(name="t", purpose="p", answer_kind="extractive")
GENERATIVE = TASK.model_copy(update={"answer_kind": "open_generative"})


def found(check: str, examples: pl.DataFrame, task: Task = TASK) -> list[Finding]:
    return lint(examples, task, checks=[check])


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_takes_no_examples_at_all(check: str) -> None:
    assert found(check, EXAMPLES.to_frame()) == []


@pytest.mark.parametrize("check", [check for check in CHECKS if check != "class_imbalance"])
def test_every_check_is_silent_on_good_data(check: str, qa: Any) -> None:
    good = examples_frame(
        pl.DataFrame(
            [qa("Open?", "Yes", "Yes, daily.", split="train"), qa("Dogs?", None, "Yes, daily.", split="train")],
            schema_overrides={"answers": pl.List(pl.String)},
        )
    )

    assert found(check, good) == []


def test_an_unknown_check_is_refused_with_the_nearest() -> None:
    with pytest.raises(NotFound, match='Did you mean "leakage"'):
        lint(EXAMPLES.to_frame(), TASK, checks=["leakages"])


def test_one_manual_on_both_sides_of_a_split_is_reported_with_its_remedy(qa: Any) -> None:
    rows = [
        qa("How long is the warranty?", "two years", "Two years.", group="manual-7", split="train"),
        qa("Is there a warranty?", "two years", "Yes, two.", group="manual-7", split="test"),
        qa("Is it blue?", "yes", "It is blue.", group="manual-8", split="test"),
    ]

    [finding] = found("leakage", examples_frame(pl.DataFrame(rows)))

    assert finding.severity == "error"
    assert "manual-7" in finding.message
    assert "1 of 2 held-out" in finding.message
    assert finding.count == 1
    assert finding.remedy


def test_one_text_on_both_sides_is_reported_even_between_groups(qa: Any) -> None:
    rows = [
        qa("a", "1", "The text.", group="A", split="validation"),
        qa("b", "2", "the  text.", group="B", split="test"),
    ]

    [finding] = found("leakage", examples_frame(pl.DataFrame(rows)))

    assert finding.count == 2
    assert "share their text" in finding.message


def test_empty_fields_are_counted_by_field() -> None:
    examples = examples_frame({"question": [" ", "q"], "context": ["c", ""], "answers": [["a"], ["", "b"]]})

    assert [(f.count, f.message.split("empty ")[1].split()[0]) for f in found("empty_fields", examples)] == [
        (1, "question"),
        (1, "answer"),
        (1, "context"),
    ]


def test_questions_without_context_are_fine_where_the_model_answers_from_memory() -> None:
    closed = TASK.model_copy(update={"answer_kind": "closed_generative"})

    assert found("empty_fields", examples_frame({"question": ["q"], "answers": [["a"]]}), closed) == []


def test_an_extractive_answer_must_stand_in_the_context() -> None:
    examples = examples_frame(
        {
            "question": ["1", "2", "3", "4"],
            "context": ["in (France)", "in Spain", "in Spain", "in Spain"],
            "answers": [["Italy", "(France)"], ["spain"], [], ["in .*"]],
        }
    )

    [finding] = found("answer_not_in_context", examples)

    assert finding.count == 2
    assert set(finding.examples) == set(examples["id"].gather([1, 3]))
    assert found("answer_not_in_context", examples, GENERATIVE) == []


def test_answers_that_share_one_are_no_conflict() -> None:
    agreeing = examples_frame({"question": ["q", "q"], "context": ["c", "c"], "answers": [["Yes"], ["yes ", "sure"]]})
    torn = examples_frame({"question": ["q", "q"], "context": ["c", "c"], "answers": [["yes"], []]})

    assert found("conflicting_answers", agreeing) == []
    assert [finding.count for finding in found("conflicting_answers", torn)] == [1]


def test_repetitions_are_counted() -> None:
    [finding] = found("repeated", examples_frame({"question": ["q", "q ", "q", "r"]}))

    assert (finding.severity, finding.count) == ("info", 2)


@pytest.mark.parametrize(
    ("unanswerable", "severity", "words"),
    [
        (0, "warning", "never sees when to abstain"),
        (3, "info", "30%"),
        (9, "warning", "abstain from nearly"),
    ],
)
def test_the_share_of_unanswerable_questions_is_always_told(unanswerable: int, severity: str, words: str) -> None:
    answers = [[] if n < unanswerable else ["a"] for n in range(10)]
    examples = examples_frame(
        {"question": list("abcdefghij"), "answers": answers, "split": ["train"] * 5 + ["test"] * 5}
    )

    [finding] = found("class_imbalance", examples)

    assert finding.severity == severity
    assert words in finding.message
    assert "train" in finding.message
