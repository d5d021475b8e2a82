"""growloop draw: draw examples from the universe into the pool, or to a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, WhereOption, coordinates, next_step, print_json, show


def draw(
    n: Annotated[int, typer.Argument(min=1, help="How many examples.")],
    where: WhereOption = None,
    seed: Annotated[int | None, typer.Option(help="Of the draw.", show_default="the task's")] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="Write them to this Parquet file instead, by the million.", show_default="the pool"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --to.")] = False,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Draw examples from the universe that the pool does not hold yet."""
    opened, at = growloop.Project.open(project), coordinates(where)
    if to is not None:
        _draw_to(opened, n, to, seed, at, force, as_json)
        return
    drawn = growloop.loop.draw(opened, n, seed=seed, where=at)
    if as_json:
        print_json(asdict(drawn))
        return
    show(f"{drawn.accepted:,} examples drawn into the pool{_short(n, drawn.accepted + drawn.drafts)}.")
    if drawn.drafts:
        show(f"{drawn.drafts:,} more are drafts: a person decides what is right.")
        next_step("growloop queue --drafts")
        return
    next_step("growloop freeze")


def _draw_to(
    project: growloop.Project, n: int, to: Path, seed: int | None, where: dict[str, str], force: bool, as_json: bool
) -> None:
    written = growloop.loop.draw_to(project, n, to, seed=seed, where=where, force=force)
    if as_json:
        print_json({"written": written, "path": str(to)})
        return
    show(f"{written:,} examples drawn{_short(n, written)}.", f"Written:  {to}")


def _short(n: int, got: int) -> str:
    return f" (the universe holds no more: {n - got} fewer than asked for)" if got < n else ""
