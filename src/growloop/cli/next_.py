"""growloop next: one whole turn of the loop."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show

WarmOption = Annotated[bool, typer.Option("--warm-start", help="Train the model in use further, not the candidate.")]
EpochsOption = Annotated[
    float | None, typer.Option(min=0.01, help="How often each example is seen.", show_default="as task.yaml says")
]


def next_(
    n: Annotated[
        int | None, typer.Option("--draw", min=0, help="Draw so many more.", show_default="11400 the first time")
    ] = None,
    warm_start: WarmOption = False,
    epochs: EpochsOption = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """One turn: gather, fold in corrections, freeze, measure, fine-tune, evaluate, diagnose, recommend, report.

    The first turn measures the untrained model as iteration 0. Killed at any moment, the same command goes on.
    """
    opened = growloop.Project.open(project)
    turn = drawn(growloop.loop.next_iteration(opened, n=n, warm_start=warm_start, epochs=epochs))
    facts = growloop.loop.build_report(opened, turn.number)
    path = opened.folder / "reports" / f"{turn.number}.html"
    if as_json:
        print_json({"report": str(path), **facts.model_dump(mode="json")})
        return
    from growloop.reporting.comparison import comparison_table, promotion_lines
    from growloop.reporting.text import budgets_table, headline_table

    before = [facts.compared_to] if facts.compared_to else []
    show(headline_table([*before, turn]), comparison_table(facts.comparisons), budgets_table(facts.budgets))
    if turn.promotion and turn.number > 1:
        show(*promotion_lines(turn.promotion))
    show(f"Report:  {path}")
    found = growloop.loop.status(opened)
    next_step(f"{found.next_step} --project {project}" if project != growloop.HERE else found.next_step, found.because)
