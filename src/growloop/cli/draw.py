"""growloop draw: draw examples from the universe into the pool."""

from __future__ import annotations

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
    added = growloop.loop.draw(growloop.Project.open(project), n, seed=seed, where=coordinates(where))
    if as_json:
        print_json({"accepted": added.accepted, "duplicates": added.duplicates})
        return
    short = f" (the universe holds no more: {n - added.accepted} fewer than asked for)" if added.accepted < n else ""
    show(f"{added.accepted:,} examples drawn into the pool{short}.")
    next_step("growloop freeze")
