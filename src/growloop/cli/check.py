"""growloop check: validate every declaration."""

from __future__ import annotations

from dataclasses import asdict

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, out, print_json, show


def check(project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Validate task.yaml, universe.yaml and contexts; say what is there and what is missing."""
    found = growloop.loop.check(growloop.Project.open(project, checked=False))
    if as_json:
        print_json({"ok": not found.problems, **asdict(found)})
    else:
        show(*(f"[green]✓[/green] {line}" for line in found.present))
        for warning in found.warnings:
            out.print("[yellow]![/yellow]", end=" ")
            out.print(warning, markup=False, soft_wrap=True)
        for problem in found.problems:
            out.print("[red]✗[/red]", end=" ")
            out.print(problem, markup=False, soft_wrap=True)
    if found.problems:
        raise typer.Exit(1)
    if not as_json:
        next_step("growloop status")
