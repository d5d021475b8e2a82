"""growloop draw: draw examples from the universe into the pool."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, WhereOption, coordinates, next_step, print_json, show


def draw(
    n: Annotated[int, typer.Argument(min=1, help="How many examples.")],
    where: WhereOption = None,
    seed: Annotated[int | None, typer.Option(help="Of the draw.", show_default="the task's")] = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Draw examples from the universe that the pool does not hold yet."""
    drawn = growloop.loop.draw(growloop.Project.open(project), n, seed=seed, where=coordinates(where))
    if as_json:
        print_json(asdict(drawn))
        return
    got = drawn.accepted + drawn.drafts
    short = f" (the universe holds no more: {n - got} fewer than asked for)" if got < n else ""
    show(f"{drawn.accepted:,} examples drawn into the pool{short}.")
    if drawn.drafts:
        show(f"{drawn.drafts:,} more are drafts: a person decides what is right.")
        next_step("growloop queue --drafts")
        return
    next_step("growloop freeze")
