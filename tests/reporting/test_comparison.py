"""Two runs, a gate and kinds of failure as tables."""

from __future__ import annotations

import polars as pl
import pytest
from rich.console import Console, RenderableType

from growloop.records.comparison import Comparison, Promotion, RunComparison
from growloop.records.estimate import Estimate
from growloop.reporting.comparison import SLICES_SHOWN, comparison_tables, promotion_lines
from growloop.reporting.failures import failures_table


def shown(*parts: RenderableType, width: int = 160) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    return " ".join(captured.get().split())


def line(**more: object) -> Comparison:
    figure = Estimate(value=0.5, low=0.4, high=0.6, n=80)
    difference = Estimate(value=0.01, low=-0.02, high=0.04, n=80)
    known = {"metric": "token_f1", "before": figure, "after": figure, "difference": difference, "p_value": 0.3}
    return Comparison.model_validate({**known, "wins": 3, "losses": 2, "ties": 75, **more})


@pytest.fixture
def compared() -> RunComparison:
    slices = [line(where={"food": f"[b]{number}"}, adjusted_p_value=1.0) for number in range(SLICES_SHOWN + 5)]
    overall = (line(verdict="better", p_value=0.0001), line(metric="exact_match", needed=277_371))
    return RunComparison(
        before="one", after="other", shared=80, overall=overall, slices=tuple(slices), notes=("Both are the same run.",)
    )


def test_every_line_says_its_verdict_and_how_many_more_would_tell(compared: RunComparison) -> None:
    said = shown(*comparison_tables(compared))

    assert "one → other: 80 questions that both answered" in said
    assert "better, p < 0.001" in said
    assert "cannot tell, p 0.300" in said
    assert "about 280,000 more would" in said
    assert "food=[b]0" in said  # a user's text is no markup
    assert "; 5 more in --json" in said
    assert "Note: Both are the same run." in said


def test_a_comparison_of_many_thousand_questions_fits_eighty_columns() -> None:
    many = line(where={"answerable": "yes"}, adjusted_p_value=0.3, wins=1308, losses=1994, ties=9560, needed=277_371)
    found = RunComparison(before="one", after="other", shared=80, overall=(many,), slices=(many,))

    said = shown(*comparison_tables(found), width=80)

    assert said.count("1,308 1,994 9,560") == 2
    assert said.count("+0.01 [−0.02, +0.04]") == 2
    assert "answerable=yes" in said


def test_a_gate_says_yes_or_no_and_its_reasons() -> None:
    assert shown(*promotion_lines(Promotion(promoted=False, reasons=("It fell.",)))) == "Not promoted. It fell."
    assert shown(*promotion_lines(Promotion(promoted=True, reasons=("No fall.",)))) == "Promoted. No fall."


def test_kinds_of_failure_stand_beside_each_other_by_slice() -> None:
    schema = {"key": pl.String, "value": pl.String, "n": pl.Int64, "wrong": pl.Int64, "refused": pl.Int64}
    rows = [(None, None, 1200, 2, 2), ("t", "a", 3, 2, 2), ("t", "b", 9, 0, 0)]
    found = pl.DataFrame(rows, schema=schema, orient="row")

    said = shown(failures_table(found))

    assert "Refused" in said
    assert "all 1,200 2 2 t=a 3 2 2" in said
    assert "t=b" not in said
    assert shown(failures_table(found.with_columns(wrong=pl.lit(0)))) == "No answer was wrong."
