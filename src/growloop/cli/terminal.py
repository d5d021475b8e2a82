"""How commands talk: tables and progress for people, one JSON object for programs."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer
from rich.console import Console, RenderableType

if TYPE_CHECKING:
    from growloop.records.progress import Progress

T = TypeVar("T")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Split = Literal["train", "validation", "test"]
"""`SplitName` again: to import that one would bring in polars before `--help` could answer."""

ProjectOption = Annotated[Path, typer.Option("--project", "-p", help="The project folder.", show_default="here")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, nothing else.")]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", help="Only at these coordinates, e.g. template=dogs-allowed. Repeatable.")
]


def print_json(content: Any) -> None:
    """One object on standard output; not-a-number becomes null, so that any JSON reader takes it."""
    typer.echo(json.dumps(content, ensure_ascii=False, allow_nan=False, default=str))


def show(*renderables: RenderableType) -> None:
    """Tables and sentences for people, on standard output."""
    for renderable in renderables:
        out.print(renderable)


def show_plainly(text: str) -> None:
    """A line that holds a user's text: nothing in it is markup."""
    out.print(text, markup=False, soft_wrap=True)


def next_step(command: str, because: str = "") -> None:
    """The one next command to try."""
    reason = f"   [dim]{because}[/dim]" if because else ""
    out.print(f"\nNext:  [bold]{command}[/bold]{reason}", soft_wrap=True)


def drawn(stage: Generator[Progress, None, T]) -> T:
    """Run a long stage to its end, drawing its progress with ETA on standard error."""
    from growloop.reporting.progress import drawn as draw_progress

    return draw_progress(stage, err)


def coordinates(where: list[str] | None, option: str = "--where") -> dict[str, str]:
    """`["template=dogs", …]` as a mapping. Raises a usage error on anything else."""
    pairs = [pair.partition("=") for pair in where or []]
    for name, equals, value in pairs:
        if not (name and equals and (value or option == "--map")):
            raise typer.BadParameter(f'"{name}{equals}{value}" is not of the form name=value', param_hint=option)
    return {name: value for name, _, value in pairs}
