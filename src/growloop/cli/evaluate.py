"""growloop evaluate: answer a split and score the answers."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, Split, drawn, next_step, print_json, show


def evaluate(
    model: Annotated[
        str | None, typer.Option(help="A training run, or a candidate.", show_default="trained last")
    ] = None,
    version: Annotated[str | None, typer.Option(help="Dataset version.", show_default="the latest")] = None,
    split: Annotated[Split, typer.Option(help="Which side.")] = "test",
    gate: Annotated[bool, typer.Option("--gate", help="Exit with 1 when a budget in task.yaml is missed.")] = False,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Answer the questions of a split and score the answers, over all and by every coordinate."""
    opened = growloop.Project.open(project)
    run = drawn(growloop.loop.evaluate(opened, model=model, version=version, split=split))
    budgets = growloop.loop.budgets(opened, run)
    slices = growloop.loop.slices(opened, run)
    failures = growloop.loop.failures(opened, run)
    if as_json:
        found = {"budgets": [b.model_dump(mode="json") for b in budgets], "failures": failures.to_dicts()}
        print_json({**run.model_dump(mode="json"), **found, "slices": [s.model_dump(mode="json") for s in slices]})
    else:
        from growloop.reporting.failures import failures_table
        from growloop.reporting.text import budgets_table, evaluation_table, slices_table, worst_table

        show(evaluation_table(run), slices_table(slices), failures_table(failures))
        worst, grades = growloop.loop.worst(opened, run, 5), growloop.loop.grades(opened, run)
        show(worst_table(worst, grades), budgets_table(budgets))
    if gate:
        growloop.loop.gate(opened, run)
    if not as_json:
        next_step("growloop next", "keeps this as an iteration and writes its report")
