"""growloop metrics: what metrics there are, and whether they can be trusted."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")


def metrics() -> None:
    """The metrics there are, and what they are worth."""
