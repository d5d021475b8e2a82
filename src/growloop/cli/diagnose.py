"""growloop diagnose: what fails, where, and in which way."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, Split, next_step, print_json, show


def diagnose(
    run: Annotated[str | None, typer.Argument(help="Which run.", show_default="the last evaluation")] = None,
    split: Annotated[Split | None, typer.Option(help="The last evaluation of this side.", show_default="any")] = None,
    metric: Annotated[
        str | None, typer.Option(help="What says whether an answer is wrong.", show_default="exact match")
    ] = None,
    right_from: Annotated[
        float | None, typer.Option(help="The score from which it is right.", show_default="0.8")
    ] = None,
    clusters: Annotated[
        bool, typer.Option("--clusters", help="Look at questions that mean alike too, by the embedded model.")
    ] = False,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Find the slices that fail more often than the rest, confirmed on examples that had no part in finding them."""
    opened = growloop.Project.open(project)
    found = growloop.loop.diagnosis(opened, run, split=split, metric=metric, right_from=right_from, clusters=clusters)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    from growloop.reporting.diagnosis import diagnosis_tables

    show(*diagnosis_tables(found))
    next_step("growloop recommend")
