"""growloop coverage: what the pool covers of the universe, and what to draw next."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show, show_plainly

BY_MEANING = ': that takes three templates with two phrasings each, and  pip install "growloop[retrieve,bundled]"'


def coverage(
    strength: Annotated[
        int | None, typer.Option(min=1, max=3, help="Combine so many coordinates.", show_default="the universe's, or 2")
    ] = None,
    at_least: Annotated[
        int | None, typer.Option(min=1, help="Wanted of every combination.", show_default="the universe's, or 1")
    ] = None,
    over: Annotated[
        list[str] | None, typer.Option(help="A coordinate to combine. Repeatable.", show_default="the universe's")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Show so many gaps and draws.", show_default="10")] = 10,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Show which combinations of coordinates the pool lacks, and the shortest list of draws that brings them."""
    opened = growloop.Project.open(project)
    found = growloop.loop.coverage(opened, strength=strength, at_least=at_least, over=over)
    if as_json:
        totals = {"combinations": found.combinations, "covered": found.covered, "thin": found.thin}
        print_json({**found.model_dump(mode="json"), **totals})
        return
    from growloop.reporting import universe as tables

    show(tables.coverage_table(found))
    if found.by_meaning is None:
        show_plainly(f"What questions mean was not looked at, their words alone{BY_MEANING}")
    if found.meant:
        show(tables.meant_table(found, limit))
    if found.outside_questions:
        show(tables.outside_table(found))
        show("Propose templates for them:  growloop universe suggest")
    if found.unlisted:
        show(tables.unlisted_table(found, limit))
    if found.regions:
        show(tables.gaps_table(found, limit))
    if found.draws:
        show(tables.draws_table(found, limit))
        first = found.draws[0]
        where = " ".join(f"--where {shlex.quote(f'{name}={value}')}" for name, value in first.where.items())
        next_step(f"growloop draw {first.n} {where}")
        return
    next_step("growloop freeze")
