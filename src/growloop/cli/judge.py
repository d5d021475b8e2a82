"""growloop judge: the learned judge of answers, trained and asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show

SeparatorOption = Annotated[str, typer.Option(help="What stands between several accepted answers in a cell.")]


def judge(context: typer.Context, project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Say what the project's judge learned from, and how far it agrees with people on what it has not seen."""
    if context.invoked_subcommand:
        return
    card = growloop.loop.judge_card(growloop.Project.open(project))
    from growloop.reporting.judge import card_tables

    if as_json:
        print_json(card.model_dump(mode="json"))
    else:
        show(*card_tables(card))


def train(
    verdicts: Annotated[
        list[Path] | None, typer.Argument(help="Files of people's verdicts.", show_default="the annotations alone")
    ] = None,
    separator: SeparatorOption = "",
    accuracy: Annotated[float, typer.Option(min=0.5, max=1, help="Say nothing with less than this accuracy.")] = 0.95,
    most: Annotated[int, typer.Option(min=0, help="Make right and wrong answers from so many examples.")] = 1000,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Train the judge on the annotations, on verdicts of files, and on answers made right or wrong."""
    opened = growloop.Project.open(project)
    stage = growloop.loop.train_judge(opened, verdicts or (), separator=separator, wanted=accuracy, most=most)
    card = drawn(stage)
    from growloop.reporting.judge import card_tables

    if as_json:
        print_json(card.model_dump(mode="json"))
        return
    show(*card_tables(card))
    next_step("growloop judge score", "or list `judge` among the metrics of task.yaml")


def score(
    answers: Annotated[
        Path | None, typer.Argument(help="A file of answers to judge.", show_default="the last evaluation's")
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="The answers of this run.", show_default="the last evaluation")
    ] = None,
    separator: SeparatorOption = "",
    to: Annotated[Path | None, typer.Option(help="Write every answer with its verdict here, as JSON lines.")] = None,
    most: Annotated[int, typer.Option(min=0, help="Show so many, the likeliest wrong first.")] = 10,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Have the judge say of each answer whether it is right, and how sure it is."""
    if answers and run:
        raise typer.BadParameter("give a file of answers or --run, not both")
    opened = growloop.Project.open(project)
    found = growloop.loop.judge_answers(opened, answers, run=run, separator=separator)
    if to:
        from growloop.project import write_atomically

        write_atomically(to, found.write_ndjson().encode())
    from growloop.reporting.judge import judged_tables, verdict_counts

    if as_json:
        print_json({"answers": found.height, **verdict_counts(found), "judged": found.to_dicts()})
        return
    show(*judged_tables(found, most))
    if to:
        show(f"All of them:  {to}")
