"""Failing slices in the terminal and on the page."""

from __future__ import annotations

from typing import Any, get_args

import polars as pl
import pytest
from rich.console import Console

from growloop.records.diagnosis import Diagnosis, FailingSlice, FailureKind
from growloop.records.estimate import Estimate
from growloop.reporting.diagnosis import KINDS, diagnosis_tables, evidence_rows

SLICE = FailingSlice(
    where={"template": "vegan"},
    words="questions of kind [vegan]",
    declared=True,
    n=112,
    wrong=46,
    rate=Estimate(value=0.406, low=0.32, high=0.5, n=112),
    elsewhere=Estimate(value=0.09, low=0.07, high=0.11, n=888),
    recoverable=35.4,
    q_value=0.0123,
    kinds={"refused": 30, "format": 16},
    evidence=("b", "a"),
)


def diagnosis(*slices: FailingSlice, **more: Any) -> Diagnosis:
    named = {"run": "r", "version": "v", "split": "test", "metric": "exact_match", "right_from": 1.0}
    counts = {
        "n": 1000,
        "wrong": 126,
        "tested": 40,
        "false_discovery_rate": 0.1,
        "kinds": {"refused": 90, "format": 36},
    }
    return Diagnosis(**(named | counts | {"slices": slices} | more))


def shown(found: Diagnosis, width: int = 110) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(*diagnosis_tables(found))
    return " ".join(captured.get().split())


def test_a_slice_is_told_with_its_rate_the_rest_and_what_went_wrong() -> None:
    table = shown(diagnosis(SLICE))

    for told in (
        "126 of 1,000 answers wrong (13 %)",
        "1. Questions of kind [vegan]",
        "41 % [32, 50]",
        "9 %",
        "112",
        "35",
    ):
        assert told in table
    assert "mostly: abstained, though the text answers it (30 of 46)" in table
    assert "40 slices tested; at most 10 % of those shown are expected to be chance." in table
    assert "Right, in the wrong form 36 16" in table


def test_without_a_failing_slice_it_says_so_and_notes_are_shown() -> None:
    assert "40 slices tested; none fails more than the rest beyond chance." in shown(diagnosis())
    assert "No answer is wrong." in shown(diagnosis(n=5, wrong=0, tested=0, kinds={}, notes=("No answer is wrong.",)))
    assert "0 of 0 answers wrong:" in shown(diagnosis(n=0, wrong=0, tested=0, kinds={}))


def test_of_very_many_slices_the_first_are_shown() -> None:
    assert "5 more: --json has them all." in shown(diagnosis(*[SLICE] * 25))


def test_every_kind_of_failure_has_words() -> None:
    assert set(KINDS) == set(get_args(FailureKind))


def test_evidence_comes_in_its_order_with_what_was_said() -> None:
    examples = pl.DataFrame({"id": ["a", "b", "c"], "question": ["A?", "B?", "C?"]})
    predictions = pl.DataFrame({"id": ["a", "b", "c"], "prediction": ["1", "2", "3"], "abstained": [False] * 3})

    rows = evidence_rows(SLICE, examples, predictions, 2)

    assert [(row["question"], row["prediction"]) for row in rows] == [("B?", "2"), ("A?", "1")]


def test_the_page_shows_slices_with_examples_folded(made) -> None:
    pytest.importorskip("altair")
    from growloop.reporting.html import render

    report, kept = made(40)
    ids = tuple(kept["scores"].filter(pl.col("exact_match") < 1)["id"].head(2))
    failing = SLICE.model_copy(update={"evidence": ids})

    html = render(report.model_copy(update={"diagnosis": diagnosis(failing)}), **kept)

    section = html[html.index('id="failing"') : html.index('id="slices"')]
    assert "Questions of kind [vegan]" in section
    assert "41 % [32, 50] wrong, n=112" in section
    assert section.count('<li class="example">') == len(ids)
    assert "<summary>" in section
    assert 'style="' not in section
