"""growloop new: make a project folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import next_step, show


def new(
    path: Annotated[Path, typer.Argument(help="The folder to make.")],
    template: Annotated[str, typer.Option(help="food-qa (a whole worked example), clinic-desk or blank.")] = "blank",
) -> None:
    """Make a project folder with a commented task.yaml, universe.yaml and contexts/."""
    project = growloop.loop.new(path, template=template)
    show(f"Made {project.folder} from the template {template}: task.yaml, universe.yaml, contexts/.")
    next_step(f"growloop check --project {path}", "says what is there and what is missing")
