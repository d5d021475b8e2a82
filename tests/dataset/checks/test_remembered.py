from __future__ import annotations

import polars as pl

from growloop.dataset.checks import lint
from growloop.records.example import content_ids, examples_frame
from growloop.records.task import Task

TASK = Task(name="t", purpose="p", answer_kind="open_generative")
EXAMPLES = examples_frame(
    {"question": ["Open?", " Vegan?"], "context": ["Text one.", "Text two."], "answers": [["yes"], ["no"]]}
)


def found(examples: pl.DataFrame, task: Task = TASK) -> set[str]:
    return {finding.check for finding in lint(examples, task)}


def test_what_was_found_is_found_again() -> None:
    assert lint(EXAMPLES, TASK) == lint(EXAMPLES, TASK) != []


def test_a_changed_text_is_looked_at_again() -> None:
    assert "white_space" in found(EXAMPLES)

    trimmed = EXAMPLES.with_columns(pl.col("question").str.strip_chars())
    assert "white_space" not in found(trimmed.with_columns(content_ids(trimmed)))


def test_another_task_looks_for_itself() -> None:
    assert "white_space" in found(EXAMPLES)

    assert "white_space" not in found(EXAMPLES, Task(**{**TASK.model_dump(), "lint": {"skip": ["white_space"]}}))


def test_sides_are_looked_at_each_time() -> None:
    alike = EXAMPLES.with_columns(group=pl.lit("one"))
    assert "leakage" not in found(alike)

    assert "leakage" in found(alike.with_columns(split=pl.Series(["train", "test"])))
