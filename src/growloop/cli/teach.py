"""growloop teach: have a teacher model draft answers."""

from __future__ import annotations

from typing import Annotated, Any

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
    paraphrase: Annotated[
        int | None, typer.Option(min=1, help="Instead, have so many questions put in other words.", show_default="none")
    ] = None,
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

    if paraphrase and (limit or preview):
        raise typer.BadParameter("--paraphrase goes with neither --limit nor --preview")
    if preview:
        plan = growloop.loop.teaching(opened, endpoint, where=asked)
        if as_json:
            print_json(vars(plan))
            return
        show(*teaching_lines(plan))
        next_step("growloop teach --limit 20")
        return
    most: dict[str, Any] = {"where": asked, "max_tokens": max_tokens, "max_cost": max_cost}
    if paraphrase:
        taught = drawn(growloop.loop.paraphrase(opened, paraphrase, endpoint, **most))
    else:
        taught = drawn(growloop.loop.teach(opened, endpoint, limit=limit, **most))
    if as_json:
        print_json({**taught.model_dump(), "left": taught.left})
        return
    show(*taught_lines(taught))
    next_step("growloop queue" if taught.answered + taught.abstained + taught.paraphrased else "growloop status")
