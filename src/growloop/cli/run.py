"""growloop run: turn after turn until the model is good enough."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.next_ import EpochsOption, WarmOption
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show


def run(
    turns: Annotated[int | None, typer.Option(min=1, help="Stop at this iteration.", show_default="none")] = None,
    first: Annotated[
        int | None, typer.Option(min=0, help="What the very first turn draws.", show_default="11400")
    ] = None,
    examples: Annotated[
        int | None, typer.Option(min=1, help="What the second turn gathers.", show_default="as recommended")
    ] = None,
    growth: Annotated[
        float, typer.Option(min=0.1, max=10, help="By how many times that grows from turn to turn.")
    ] = 1.0,
    budget: Annotated[
        int | None, typer.Option(min=1, help="Gather at most so many in all.", show_default="no limit")
    ] = None,
    warm_start: WarmOption = False,
    epochs: EpochsOption = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Go round until every budget in task.yaml is met, following what is recommended and needs no person.

    Killed at any moment, the same command goes on.
    """
    opened = growloop.Project.open(project)
    ended = drawn(
        growloop.loop.run_until_good(
            opened,
            turns=turns,
            first=first,
            examples=examples,
            growth=growth,
            budget=budget,
            warm_start=warm_start,
            epochs=epochs,
        )
    )
    iterations = opened.iterations()
    if as_json:
        told = [turn.model_dump(mode="json") for turn in iterations]
        print_json({"reason": ended.reason, "words": ended.words, "iterations": told})
        return
    from growloop.reporting.recommendations import ended_text, hindsight_text, iterations_table
    from growloop.reporting.text import budgets_table, headline_table

    checks = growloop.loop.budgets(opened, opened.run(ended.turn.run))
    show(headline_table(iterations), budgets_table(checks), iterations_table(iterations))
    show(hindsight_text(iterations), ended_text(ended))
    show(f"Report:  {opened.folder / 'reports' / f'{ended.turn.number}.html'}")
    step = "growloop recommend" if ended.reason == "person" else "growloop serve"
    next_step(f"{step} --project {project}" if project != growloop.HERE else step)
