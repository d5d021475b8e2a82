"""growloop universe: how large the declared universe is."""

from __future__ import annotations

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show


def universe(project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Tell how many questions the universe holds, by template and kind of negative; none is listed for it."""
    size = growloop.loop.universe(growloop.Project.open(project))
    if as_json:
        print_json(size.model_dump())
        return
    from growloop.reporting.universe import size_table

    show(size_table(size))
    next_step("growloop coverage")
