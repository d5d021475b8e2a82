"""growloop versions: every frozen version."""

from __future__ import annotations

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show


def versions(project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """List the frozen versions: when, how many examples, what each changed, which iterations used it."""
    found = growloop.loop.versions(growloop.Project.open(project))
    if as_json:
        listed = [{**used.version.model_dump(mode="json"), "iterations": used.iterations} for used in found]
        print_json({"versions": listed})
        return
    from growloop.reporting.versions import versions_table

    show(versions_table([(used.version, used.iterations) for used in found]))
    if found:
        next_step("growloop diff", "shows what the latest version changed")
    else:
        next_step("growloop freeze")
