"""growloop teach: have a teacher model draft answers."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import (
    JsonOption,
    ProjectOption,
    WhereOption,
    coordinates,
    drawn,
    err,
    next_step,
    print_json,
    show,
)


def teach(
    limit: Annotated[int | None, typer.Option(min=1, help="Ask so many questions at most.", show_default="all")] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Spend so many tokens at most, in and out.", show_default="no limit")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="Spend so much at most, at task.yaml's prices.", show_default="no limit")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would be sent, and send nothing.")] = False,
    where: WhereOption = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Have a teacher model answer the drafts, for people to review. Killed, the same command goes on."""
    opened, endpoint = growloop.Project.open(project), growloop.loop.teacher()
    asked = coordinates(where)
    if endpoint.warning:
        err.print(f"[yellow]{endpoint.warning}[/yellow]", soft_wrap=True)
    from growloop.reporting.teaching import taught_lines, teaching_lines

    if preview:
        plan = growloop.loop.teaching(opened, endpoint, where=asked)
        if as_json:
            print_json(vars(plan))
            return
        show(*teaching_lines(plan))
        next_step("growloop teach --limit 20")
        return
    limits = {"limit": limit, "max_tokens": max_tokens, "max_cost": max_cost}
    taught = drawn(growloop.loop.teach(opened, endpoint, where=asked, **limits))  # type: ignore[arg-type]
    if as_json:
        print_json({**taught.model_dump(), "left": taught.left})
        return
    show(*taught_lines(taught))
    next_step("growloop queue" if taught.answered + taught.abstained else "growloop status")
