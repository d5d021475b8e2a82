"""growloop universe: how large the declared universe is, and what it lacks of the questions people ask."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show, show_plainly

if TYPE_CHECKING:
    from growloop.records.suggestion import Suggestion

KEYS = "[a]ccept / [s]kip / [q]uit "


def universe(context: typer.Context, project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Tell how many questions the universe holds, by template and kind of negative; none is listed for it."""
    if context.invoked_subcommand is not None:
        return
    size = growloop.loop.universe(growloop.Project.open(project))
    if as_json:
        print_json(size.model_dump())
        return
    from growloop.reporting.universe import size_table

    show(size_table(size))
    next_step("growloop coverage")


def suggest(
    questions: Annotated[
        str | None,
        typer.Argument(help="JSONL, CSV, a text line each, or -.", show_default="the pool's that were not drawn"),
    ] = None,
    column: Annotated[str | None, typer.Option(help="Holds the questions.", show_default="recognised")] = None,
    smallest: Annotated[int, typer.Option(min=2, help="Questions that a template stands for at least.")] = 5,
    most: Annotated[int, typer.Option(min=1, help="Propose at most so many.")] = 30,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Propose templates with slots for the questions that people ask and the universe does not have."""
    opened = growloop.Project.open(project)
    given = Path(questions) if questions and questions != "-" else questions
    found = growloop.loop.suggest(opened, given, column=column, smallest=smallest, most=most)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    from growloop.reporting.universe import suggestions_table

    show(suggestions_table(found))
    if not found.suggestions:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        _accept(opened, found.suggestions)
        next_step("growloop check")
        return
    show("To take some over, paste them into universe.yaml, all under one key:\n")
    show_plainly("proposed:\n" + "".join(growloop.loop.as_yaml(one) for one in found.suggestions))


def _accept(project: growloop.Project, suggestions: tuple[Suggestion, ...]) -> None:
    """Show one suggestion after the other and take over what is accepted by one key."""
    for suggestion in suggestions:
        show_plainly("\n" + growloop.loop.as_yaml(suggestion))
        key = ""
        while key not in ("a", "s", "q"):
            typer.echo(KEYS, nl=False)
            key = typer.getchar().casefold()
            typer.echo(key)
        if key == "q":
            break
        if key == "a":
            growloop.loop.accept(project, suggestion)
            show_plainly(f"{suggestion.name} is in universe.yaml, under `proposed`.")
