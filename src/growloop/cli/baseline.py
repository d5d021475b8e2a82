"""growloop baseline: measure the candidates before training."""

from __future__ import annotations

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show


def baseline(project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Run every candidate zero-shot on the validation questions; rank by score, seconds and memory."""
    candidates = drawn(growloop.loop.baseline(growloop.Project.open(project)))
    if as_json:
        print_json({"candidates": [candidate.model_dump(mode="json") for candidate in candidates]})
        return
    from growloop.reporting.text import candidates_table

    show(candidates_table(candidates))
    next_step(f"growloop train --model {candidates[0].model}")
