"""growloop audit: which labels are likely wrong."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show


def audit(
    model: Annotated[str | None, typer.Option(help="Which candidate.", show_default="the task's first")] = None,
    version: Annotated[str | None, typer.Option(help="Dataset version.", show_default="the latest")] = None,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Train so many models, each without one fold.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="How often each model sees its examples.")] = 3,
    most: Annotated[int, typer.Option(min=1, help="Show, and queue, so many.")] = 20,
    queue: Annotated[bool, typer.Option("--queue", help="Put those shown in the queue for a person.")] = False,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Rank the examples of a version by how likely their label is wrong. Killed, the same command goes on."""
    opened = growloop.Project.open(project)
    found = drawn(growloop.loop.audit(opened, model=model, version=version, folds=folds, epochs=epochs))
    first = found.suspects.head(most)
    waiting = growloop.loop.enqueue(opened, first) if queue else growloop.loop.queue(opened).height
    if as_json:
        print_json(
            {"run": found.run.id, "examples": found.suspects.height, "queued": waiting, "suspects": first.to_dicts()}
        )
        return
    from growloop.reporting.audit import suspects_table

    show(suspects_table(first), f"{first.height:,} of {found.suspects.height:,} examples; {waiting:,} in the queue.")
    show(f"All of them:  {opened.run_folder(found.run.id) / 'suspects.parquet'}")
    next_step("growloop queue" if queue else "growloop audit --queue")
