"""growloop report: the report page of an iteration."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show


def report(
    number: Annotated[int | None, typer.Argument(help="Which iteration.", show_default="the last")] = None,
    cross: Annotated[
        list[str] | None,
        typer.Option(help="Draw the coverage of two coordinates, e.g. template,food. Repeatable."),
    ] = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Write an iteration's report: one self-contained HTML page."""
    opened = growloop.Project.open(project)
    path = growloop.loop.report(opened, number, cross=_pairs(cross) if cross else None)
    facts = growloop.loop.build_report(opened, number)
    if as_json:
        print_json({"path": str(path), **facts.model_dump(mode="json")})
        return
    from growloop.reporting.text import headline_table

    before = [facts.compared_to] if facts.compared_to else []
    show(headline_table([*before, facts.iteration]), f"Report:  {path}")
    next_step("growloop serve", "ask the model, correct what is wrong")


def _pairs(cross: list[str]) -> list[tuple[str, str]]:
    """`["template,food"]` as pairs. Raises a usage error on anything else."""
    pairs = [tuple(pair.split(",")) for pair in cross]
    if wrong := next((pair for pair, names in zip(cross, pairs, strict=True) if len(names) != 2), None):
        raise typer.BadParameter(f'"{wrong}" is not of the form rows,columns', param_hint="--cross")
    return [(names[0].strip(), names[1].strip()) for names in pairs]
