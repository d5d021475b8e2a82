"""growloop report: the report page of an iteration."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show


def report(
    number: Annotated[int | None, typer.Argument(help="Which iteration.", show_default="the last")] = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Write an iteration's report: one self-contained HTML page."""
    opened = growloop.Project.open(project)
    path = growloop.loop.report(opened, number)
    facts = growloop.loop.build_report(opened, number)
    if as_json:
        print_json({"path": str(path), **facts.model_dump(mode="json")})
        return
    from growloop.reporting.text import headline_table

    before = [facts.compared_to] if facts.compared_to else []
    show(headline_table([*before, facts.iteration]), f"Report:  {path}")
    next_step("growloop serve", "ask the model, correct what is wrong")
