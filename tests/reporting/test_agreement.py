from __future__ import annotations

from typing import Any

from rich.console import Console

import growloop
from growloop.records.agreement import Agreement
from growloop.reporting.agreement import advice, agreement_tables


def row(number: int, said: str, verdict: float, **more: Any) -> dict[str, Any]:
    return {"question": f"q{number}", "answers": ["right"], "prediction": said, "verdict": verdict, **more}


def told_apart(n: int, **more: Any) -> list[dict[str, Any]]:
    return [row(i, "right" if i % 2 else "other", float(i % 2), **more) for i in range(n)]


def guessed(n: int, **more: Any) -> list[dict[str, Any]]:
    return [row(10_000 + i, "right", float(i % 2), **more) for i in range(n)]


def agreement(rows: list[dict[str, Any]]) -> Agreement:
    return growloop.loop.agreement(rows, metrics=["exact_match"])


def test_a_metric_that_agrees_is_to_be_trusted_from_its_threshold_on() -> None:
    assert advice(agreement(told_apart(200))).startswith("Trust exact_match from 0.50 on: kappa 1.00 [0.9")


def test_the_sentence_names_where_none_is_to_be_trusted() -> None:
    rows = told_apart(900, where={"lane": "good"}) + guessed(60, where={"lane": "[bold]bad"})

    said = advice(agreement(rows))

    assert said.startswith("Trust exact_match")
    assert "; trust none at lane=[bold]bad." in said


def test_where_no_metric_agrees_none_is_trusted_but_where_one_does() -> None:
    rows = told_apart(200, where={"lane": "good"}) + guessed(600, where={"lane": "bad"})

    said = advice(agreement(rows))

    assert said.startswith("Trust no metric over all answers: the best, exact_match from 0.50 on, reaches kappa ")
    assert "; trust one at lane=good (exact_match from 0.50 on)." in said


def test_few_verdicts_leave_it_open() -> None:
    assert advice(agreement(told_apart(8))).startswith(
        "Cannot tell whether to trust exact_match from 0.50 on: kappa 1.00"
    )


def test_verdicts_that_are_all_alike_choose_nothing() -> None:
    said = advice(agreement([row(i, "right", 1.0) for i in range(30)]))

    assert said.startswith("No metric can be chosen: people call all 30 answers correct")


def test_verdicts_that_are_all_undecided_choose_nothing() -> None:
    assert "undecided" in advice(agreement([row(i, "right", 0.5) for i in range(30)]))


def test_people_stand_beside_the_metrics_as_the_ceiling() -> None:
    rows = told_apart(60, annotator="Ann") + told_apart(60, annotator="Bo")

    found = agreement(rows)

    assert "(two people: 1.00)" in advice(found)
    assert "Ann and Bo on 60 answers" in shown(found)


def test_the_tables_show_every_part_and_take_names_as_they_are() -> None:
    rows = [*told_apart(60, where={"[red]lane": "[bold]x"}), row(999, "half", 0.5)]

    told = shown(agreement(rows))

    for piece in ("[red]lane", "[bold]x", "short_span", "n=60", "Exact match", "1 answer half right", "Kappa by style"):
        assert piece in told


def shown(found: Agreement) -> str:
    console = Console(width=160)
    with console.capture() as captured:
        console.print(*agreement_tables(found))
    return captured.get()
