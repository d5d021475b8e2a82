"""growloop freeze: make a leak-free dataset version."""

from __future__ import annotations

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show


def freeze(project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Freeze the pool and people's corrections into a leak-checked train/validation/test version."""
    version = growloop.loop.freeze(growloop.Project.open(project))
    if as_json:
        print_json(version.model_dump(mode="json"))
        return
    from growloop.reporting.text import version_table

    show(version_table(version))
    next_step("growloop baseline", "measures every candidate before anything is trained")
