"""growloop score: the official SQuAD v2 report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, print_json, show


def score(
    gold: Annotated[Path, typer.Option(help="SQuAD v2 JSON with the right answers; .gz too.")],
    predictions: Annotated[Path, typer.Option(help="JSON {question id: answer}; .gz too.")],
    as_json: JsonOption = False,
) -> None:
    """Score predictions as the official SQuAD v2 script does: its keys, its 0-100 scale."""
    found = growloop.loop.score(gold, predictions)
    for note in found.notes:
        typer.echo(note, err=True)
    if as_json:
        print_json(found.report)
        return
    from growloop.reporting.text import official_table

    show(official_table(found.report))
