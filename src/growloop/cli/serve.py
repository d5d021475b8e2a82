"""growloop serve: the page on which people ask and correct."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import ProjectOption


def serve(
    host: Annotated[
        str, typer.Option(help="Address to bind; anything but this machine needs users, or a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8321,
    token: Annotated[
        str | None, typer.Option(envvar="GROWLOOP_TOKEN", help="Whoever has it comes in, as an admin without a name.")
    ] = None,
    overlap: Annotated[int, typer.Option(min=1, help="Have each example reviewed by so many people.")] = 1,
    project: ProjectOption = growloop.HERE,
) -> None:
    """Open the pages: ask, correct the model's answers, review what waits, bring in files."""
    from growloop.web.server import run

    run(growloop.Project.open(project), host=host, port=port, token=token, overlap=overlap)
