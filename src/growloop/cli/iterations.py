"""growloop iterations: every turn of the loop, what was recommended, what it gained; and one made again."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show


def iterations(project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Show every turn: its data, its scores, what was followed, the gain expected beside the gain seen."""
    turns = growloop.Project.open(project).iterations()
    if as_json:
        print_json({"iterations": [turn.model_dump(mode="json") for turn in turns]})
        return
    from growloop.reporting.recommendations import hindsight_text, iterations_table

    if not turns:
        show("No turn of the loop is finished yet.")
        next_step("growloop next")
        return
    show(iterations_table(turns), hindsight_text(turns))
    next_step("growloop recommend")


def reproduce(
    number: Annotated[int, typer.Argument(min=1, help="Which iteration.")],
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Train and evaluate an iteration again from its record, and compare; nothing else changes."""
    found = drawn(growloop.loop.reproduce(growloop.Project.open(project), number))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    from growloop.reporting.recommendations import reproduced_table

    show(reproduced_table(found))
