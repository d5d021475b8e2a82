"""growloop metrics agree: metrics held against people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, coordinates, print_json, show


def agree(
    verdicts: Annotated[
        Path | None, typer.Argument(help="A file of people's verdicts on answers.", show_default="the annotations")
    ] = None,
    metric: Annotated[list[str] | None, typer.Option(help="Only this metric. Repeatable.", show_default="all")] = None,
    separator: Annotated[str, typer.Option(help="What stands between several accepted answers in a cell.")] = "",
    halves: Annotated[int, typer.Option(min=1, help="How many times to halve the questions.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the halves and the intervals.")] = 0,
    chosen_on: Annotated[
        list[str] | None, typer.Option(help="Choose thresholds at these coordinates, e.g. half=1. Repeatable.")
    ] = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Hold every metric against people's verdicts; say which to trust for this task, and where none."""
    opened = growloop.Project.open(project) if verdicts is None or (project / "task.yaml").is_file() else None
    found = growloop.loop.agreement(
        verdicts,
        project=opened,
        metrics=metric,
        separator=separator,
        halves=halves,
        seed=seed,
        chosen_on=coordinates(chosen_on, "--chosen-on"),
    )
    from growloop.reporting.agreement import advice, agreement_tables

    if as_json:
        print_json({"advice": advice(found), **found.model_dump(mode="json")})
    else:
        show(*agreement_tables(found))
