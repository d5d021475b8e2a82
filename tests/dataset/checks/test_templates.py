from __future__ import annotations

import polars as pl

from growloop.dataset.checks.templates import template_imbalance
from growloop.records.example import examples_frame
from growloop.records.task import Task

TASK = Task(name="t", purpose="p", answer_kind="extractive")


def drawn(*templates: tuple[str, int, int]) -> pl.DataFrame:
    """Examples of (template, answerable ones, unanswerable ones)."""
    rows = [(name, number < yes) for name, yes, no in templates for number in range(yes + no)]
    return examples_frame(
        {
            "question": [f"{name} {number}" for number, (name, _) in enumerate(rows)],
            "answers": [["a"] if answerable else [] for _, answerable in rows],
            "where": [{"template": name} for name, _ in rows],
        }
    )


def test_a_template_with_less_than_a_tenth_of_its_share_is_reported() -> None:
    [finding] = template_imbalance(drawn(("dogs", 60, 40), ("food", 60, 40), ("wine", 2, 1)), TASK)

    assert finding.count == 3
    assert "wine 3" in finding.message


def test_a_template_that_tells_whether_there_is_an_answer_is_reported() -> None:
    [finding] = template_imbalance(drawn(("dogs", 60, 0), ("food", 60, 40)), TASK)

    assert "dogs always" in finding.message
    assert finding.count == 60


def test_even_draws_few_examples_and_one_template_are_fine() -> None:
    assert template_imbalance(drawn(("dogs", 60, 40), ("food", 40, 60)), TASK) == []
    assert template_imbalance(drawn(("dogs", 9, 0), ("food", 6, 4)), TASK) == []
    assert template_imbalance(drawn(("dogs", 60, 0)), TASK) == []
    assert template_imbalance(examples_frame({"question": ["imported"]}), TASK) == []


def test_that_out_of_scope_is_never_answered_is_no_finding() -> None:
    out = drawn(("out_of_scope", 0, 80)).with_columns(negative=pl.lit("out_of_scope"))

    assert template_imbalance(pl.concat([drawn(("dogs", 60, 40), ("food", 60, 40)), out]), TASK) == []
