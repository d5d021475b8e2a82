"""growloop examples: look into the pool."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, WhereOption, coordinates, drawn, print_json, show

ExampleStatus = Literal["draft", "accepted", "rejected", "duplicate", "set_aside"]
"""The statuses of the record again: to import that one would bring in polars before `--help` could answer."""


def examples(
    where: WhereOption = None,
    status: Annotated[ExampleStatus | None, typer.Option(help="Only of this status.", show_default="any")] = None,
    origin: Annotated[
        str | None, typer.Option(help="Only of this origin, e.g. universe or import:menu.csv.", show_default="any")
    ] = None,
    text: Annotated[str, typer.Option(help='Only with all these words, e.g. "dog* allowed".', show_default="")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Show so many.")] = 20,
    after: Annotated[int, typer.Option(min=0, help="Go on where the page before ended.")] = 0,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Show the pool's examples: at some coordinates, of a status, with some words in them."""
    opened = growloop.Project.open(project)
    asked = {
        "where": coordinates(where),
        "status": status,
        "origin": origin,
        "text": text,
        "limit": limit,
        "after": after,
    }
    if (where or text) and not growloop.loop.is_searchable(opened):
        drawn(growloop.loop.index_examples(opened))
    found = growloop.loop.examples(opened, **asked)  # type: ignore[arg-type]
    from growloop.reporting.versions import example_facts, examples_table

    if as_json:
        rows = example_facts(found.examples)
        print_json({"count": found.count, "more": found.more, "after": found.after, "examples": rows})
        return
    show(examples_table(found.examples))
    show(f"{found.examples.height:,} of {'more than ' if found.more else ''}{found.count:,} examples.")
    if found.after is not None:
        show(f"The next page:  --after {found.after}")
