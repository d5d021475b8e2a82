"""growloop status: where the project stands."""

from __future__ import annotations

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show


def status(project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Show where the project stands, every iteration's scores, and the next step."""
    found = growloop.loop.status(growloop.Project.open(project))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    from growloop.reporting.text import status_table

    show(status_table(found))
    next_step(found.next_step, found.because)
