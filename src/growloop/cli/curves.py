"""growloop curves: learning curves from parts of the training data."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show


def curves(
    shares: Annotated[str, typer.Option(help="Parts of the training examples, between 0 and 1.")] = "0.25,0.5",
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Train on parts of the data, so that what more of it should gain is read off; it says first how long it takes."""
    opened = growloop.Project.open(project)
    points = drawn(growloop.loop.curves(opened, _shares(shares)))
    if as_json:
        print_json({"points": [point.model_dump(mode="json") for point in points]})
        return
    from growloop.reporting.recommendations import curve_table

    show(curve_table(points))
    next_step("growloop recommend")


def _shares(text: str) -> list[float]:
    try:
        return [float(part) for part in text.replace(" ", ",").split(",") if part]
    except ValueError:
        raise typer.BadParameter(f'"{text}" is not a list of shares like 0.25,0.5', param_hint="--shares") from None
