"""growloop restore: go back to a version."""

from __future__ import annotations

from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show


def restore(
    version: Annotated[str, typer.Argument(help="The version to go back to, or forward to.")],
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Give the pool a version's examples back as the accepted ones; all others are set aside, none is erased."""
    restored = growloop.loop.restore(growloop.Project.open(project), version)
    if as_json:
        print_json({"version": version, "accepted": restored.accepted, "set_aside": restored.set_aside})
        return
    show(f"{restored.accepted:,} examples accepted as in {version} · {restored.set_aside:,} set aside.")
    next_step("growloop next", "goes on from here; the next freeze of the pool as it is gives this version again")
