"""growloop recommend: what to gather next, and gathering it."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show


def recommend(
    run: Annotated[str | None, typer.Argument(help="Which evaluation.", show_default="the last turn's")] = None,
    apply: Annotated[str, typer.Option("--apply", help="Follow these by number, e.g. 1,3.", show_default="none")] = "",
    examples: Annotated[
        int | None, typer.Option(min=1, help="How many to gather in all.", show_default="as recommended")
    ] = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Say what to gather next about what fails: where, how many, why, what it should gain; --apply gathers it.

    What follows from facts is drawn from the universe; questions without an answer go into the queue.
    """
    opened = growloop.Project.open(project)
    numbers = _numbers(apply)
    taken = drawn(growloop.loop.follow(opened, numbers, run=run, examples=examples)) if numbers else []
    found = growloop.loop.recommend(opened, run)
    if as_json:
        made = [one.model_dump(mode="json") for one in taken]
        print_json({**found.model_dump(mode="json"), "taken": made})
        return
    from growloop.reporting.recommendations import recommendations_table, taken_table

    if not taken:
        show(recommendations_table(found.items))
        first = next((item.number for item in found.items if item.draws), None)
        next_step(f"growloop recommend --apply {first}" if first else "growloop queue")
        return
    show(taken_table(taken))
    queued = any(not one.recommendation.draws for one in taken)
    next_step("growloop queue" if queued else "growloop next")


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.replace(" ", ",").split(",") if part]
    except ValueError:
        raise typer.BadParameter(f'"{text}" is not a list of numbers like 1,3', param_hint="--apply") from None
