"""growloop diff: what changed between two versions."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, WhereOption, coordinates, print_json, show


def diff(
    before: Annotated[
        str | None, typer.Argument(help="A version; alone: it beside its parent.", show_default="the latest")
    ] = None,
    after: Annotated[str | None, typer.Argument(help="The version to compare it with.", show_default="none")] = None,
    where: WhereOption = None,
    n: Annotated[int, typer.Option("--show", min=0, help="Show so many examples of each kind of change.")] = 3,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Tell which examples were added, removed, relabelled or moved to another side, and in which slices."""
    found = growloop.loop.diff(growloop.Project.open(project), before, after, where=coordinates(where))
    from growloop.reporting.versions import change_facts, difference_tables

    if as_json:
        facts = {"before": found.before, "after": found.after, **found.counts}
        print_json({**facts, "slices": found.slices.to_dicts(), "examples": change_facts(found.changes, n)})
        return
    show(*difference_tables(found.before, found.after, found.counts, found.slices, found.changes, n))
