from __future__ import annotations

import polars as pl
from rich.console import Console

from growloop.reporting.audit import suspects_table

SUSPECT = {
    "rank": 1,
    "id": "0123456789abcdef",
    "question": "Are [bold]dogs[/bold] allowed?",
    "answers": ["yes"],
    "prediction": "no",
    "abstained": False,
    "reason": "80 % of its near neighbours say “no”",
}


def shown(suspects: pl.DataFrame) -> str:
    console = Console(width=100, record=True, file=None)
    with console.capture() as captured:
        console.print(suspects_table(suspects))
    return " ".join(captured.get().split())


def test_a_suspect_is_shown_with_label_answer_and_reason() -> None:
    table = shown(pl.DataFrame([SUSPECT]))

    for told in ("01234567", "Are [bold]dogs[/bold] allowed?", "label yes", "model no", "80 % of its near neighbours"):
        assert told in table


def test_an_unanswerable_label_and_an_abstention_are_told_as_such() -> None:
    table = shown(pl.DataFrame([{**SUSPECT, "answers": [], "abstained": True, "prediction": ""}]))

    assert "label (unanswerable)" in table
    assert "model (abstained)" in table


def test_without_suspects_there_is_no_table() -> None:
    assert "no example" in shown(pl.DataFrame([SUSPECT]).clear())
