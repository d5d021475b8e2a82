"""growloop compare: two runs side by side."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show


def compare(
    before: Annotated[str, typer.Argument(help="An evaluation run, or the number of an iteration.")],
    after: Annotated[str, typer.Argument(help="The one to hold against it.")],
    metric: Annotated[
        list[str] | None,
        typer.Option(help="Only this metric; slices go by the first. Repeatable.", show_default="all, by token_f1"),
    ] = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Hold two runs against each other on the questions of both, over all and by slice: better, worse, cannot tell."""
    found = growloop.loop.compare(growloop.Project.open(project), before, after, metrics=metric)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    from growloop.reporting.comparison import comparison_tables

    show(*comparison_tables(found))
    next_step("growloop report", "the last iteration beside the one before it, with its worst answers")
