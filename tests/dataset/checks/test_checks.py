from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from growloop.dataset.checks import CHECKS, lint
from growloop.dataset.importers import read_examples
from growloop.errors import BadDeclaration, NotFound
from growloop.project import Project
from growloop.records.example import EXAMPLES, examples_frame
from growloop.records.task import Lint, Task
from growloop.records.version import Finding
from growloop.universe import Space

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


def test_a_question_that_is_asked_without_context_on_purpose_lacks_nothing() -> None:
    assert found("empty_fields", examples_frame({"question": ["q"], "negative": ["no_context"]})) == []
    drawn = {"question": ["Which number in an emergency?"], "answers": [["112"]], "origin": ["universe"]}
    assert found("empty_fields", examples_frame(drawn)) == []


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
    torn = examples_frame({"question": ["q", "q"], "context": ["c", "c"], "answers": [["yes"], ["no"]]})

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


def test_a_check_that_the_task_skips_is_not_run_unless_it_is_asked_for() -> None:
    task = TASK.model_copy(update={"lint": Lint(skip=("repeated",))})
    twice = examples_frame({"question": ["q", "q "], "answers": [["a"], ["a"]]})

    assert "repeated" not in {finding.check for finding in lint(twice, task)}
    assert [finding.check for finding in lint(twice, task, checks=["repeated"])] == ["repeated"]


def test_the_task_says_how_heavily_a_finding_weighs() -> None:
    task = TASK.model_copy(update={"lint": Lint(severity={"repeated": "error"})})
    twice = examples_frame({"question": ["q", "q "], "answers": [["a"], ["a"]]})

    assert [finding.severity for finding in lint(twice, task, checks=["repeated"])] == ["error"]


@pytest.mark.parametrize("lint_block", [Lint(skip=("repeeted",)), Lint(severity={"repeeted": "info"})])
def test_a_check_that_task_yaml_misspells_is_refused_with_the_nearest(lint_block: Lint) -> None:
    with pytest.raises(BadDeclaration, match='Did you mean "repeated"'):
        lint(EXAMPLES.to_frame(), TASK.model_copy(update={"lint": lint_block}))


@pytest.mark.parametrize("lint_block", [Lint(skip=("leakage",)), Lint(severity={"leakage": "info"})])
def test_the_check_for_leakage_can_neither_be_skipped_nor_softened(lint_block: Lint) -> None:
    with pytest.raises(BadDeclaration, match="leakage stays as it is"):
        lint(EXAMPLES.to_frame(), TASK.model_copy(update={"lint": lint_block}))


def test_checks_leave_the_examples_as_they_are(qa: Any) -> None:
    examples = examples_frame(pl.DataFrame([qa(" Fish &amp; chips?\u200b", "yes", "dÃ©cor <br>")]))
    before = examples.clone()

    lint(examples, TASK)

    assert examples.equals(before)


@pytest.mark.parametrize("copies", [1, 100_000])
def test_every_default_check_takes_one_example_and_a_hundred_thousand(copies: int) -> None:
    numbers = [str(number) for number in range(copies)]
    examples = examples_frame(
        {
            "question": [f"Is table {number} free?\r\n" for number in numbers],
            "context": [f"Tisch – 桌子 {number}" for number in numbers],
            "answers": [[number] for number in numbers],
        }
    )

    found = {finding.check: finding.count for finding in lint(examples, TASK)}

    assert found["white_space"] == copies
    assert found["class_imbalance"] == 0


@pytest.mark.parametrize(
    ("file", "answer_kind", "expected"),
    [
        (
            "squad_v2/dev-v2.0.json.gz",
            "extractive",
            {
                "answer_given_away": 4,
                "disputed_answerability": 7,
                "negative_answered": 1,
                "control_characters": 23,
                "white_space": 58,
                "class_imbalance": 5944,
                "repeated": 9,
            },
        ),
        ("reviews/dstc11/val_qa.jsonl.gz", "open_generative", {"mojibake": 158, "class_imbalance": 1924}),
    ],
)
def test_what_is_found_in_published_data_was_looked_at_and_is_there(
    shared_data: Path, file: str, answer_kind: str, expected: dict[str, int]
) -> None:
    examples = read_examples(shared_data / file).examples
    task = TASK.model_copy(update={"answer_kind": answer_kind})

    assert {finding.check: finding.count for finding in lint(examples, task)} == expected


def test_the_worked_example_is_clean(repository: Path) -> None:
    folder = repository / "examples" / "food_qa"
    project = Project.open(folder)
    assert project.universe is not None
    space = Space.open(project.universe, folder, project.task.abstain_answer)

    drawn = space.draw(3_000, seed=0, splits_share=project.task.split.shares)

    assert [finding.check for finding in lint(drawn, project.task)] == ["class_imbalance"]
