"""growloop train: fine-tune a model on a dataset version."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.next_ import EpochsOption
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show


def train(
    model: Annotated[str | None, typer.Option(help="Which candidate.", show_default="the task's first")] = None,
    version: Annotated[str | None, typer.Option(help="Dataset version.", show_default="the latest")] = None,
    epochs: EpochsOption = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Fine-tune a candidate on a version. Killed at any moment, the same command goes on."""
    opened = growloop.Project.open(project)
    run = drawn(growloop.loop.train(opened, model=model, version=version, epochs=epochs))
    if as_json:
        print_json(run.model_dump(mode="json"))
        return
    from growloop.reporting.text import metrics_table, operating_points_table

    show(metrics_table(run.metrics, title=f"{run.id} on the validation questions"))
    if run.operating_points:
        show(operating_points_table(run.operating_points))
    show(f"The model:  {opened.run_folder(run.id) / 'model'}")
    next_step("growloop evaluate")
