"""growloop ask: one question, one answer, with its evidence."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, print_json, show


def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    context: Annotated[str | None, typer.Option(help="Answer from this text, without the indexer.")] = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the context given, or from what the indexer finds, and show the evidence."""
    answered = growloop.loop.ask(growloop.Project.open(project), question, context)
    if as_json:
        print_json(asdict(answered))
        return
    from growloop.reporting.text import answer_panel, source_lines

    show(answer_panel(answered.answer, answered.context, answered.model, answered.seconds, answered.abstained))
    show(*source_lines(answered.passages))
