"""growloop queue: what waits for a person's verdict, and giving one."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show

Verdict = Literal["correct", "partly", "wrong", "unanswerable", "bad_question"]
"""The verdicts of the record again: to import that one would bring in polars before `--help` could answer."""


def queue(
    example: Annotated[str | None, typer.Argument(help="An id, or its beginning.", show_default="all")] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="On the label of that example.", show_default="none")] = None,
    answer: Annotated[list[str] | None, typer.Option(help="What is right. Repeatable.", show_default="none")] = None,
    by: Annotated[str | None, typer.Option(help="Whose verdict it is.", show_default="your login, if a user")] = None,
    take_off: Annotated[bool, typer.Option("--take-off", help="Take it off the queue without a verdict.")] = False,
    drafts: Annotated[bool, typer.Option("--drafts", help="Show drafts alone.")] = False,
    most: Annotated[int, typer.Option(min=1, help="Show so many.")] = 20,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Show the examples and drafts that wait for a person's verdict; with an example, judge it or take it off."""
    opened = growloop.Project.open(project)
    if example and take_off:
        growloop.loop.take_off(opened, example)
    elif example and verdict:
        if verdict in ("partly", "wrong") and not answer:
            raise typer.BadParameter(f"{verdict} needs what is right:  --answer TEXT")
        growloop.loop.judge(opened, example, verdict, answers=answer or (), by=growloop.loop.speaker(opened, by))
    elif example or verdict or answer or take_off:
        raise typer.BadParameter("give an example with --verdict or with --take-off, or nothing at all")
    waiting = growloop.loop.queue(opened, drafts_alone=drafts)
    if as_json:
        print_json({"queued": waiting.height, "examples": waiting.head(most).to_dicts()})
        return
    from growloop.reporting.audit import queue_table

    show(queue_table(waiting.head(most)), f"{waiting.height:,} waiting.")
    judge = "growloop queue EXAMPLE --verdict wrong --answer TEXT" if waiting.height else "growloop status"
    next_step("growloop next" if verdict else judge)
