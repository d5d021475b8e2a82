"""growloop import: bring examples from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, Split, next_step, print_json, show


def import_(
    files: Annotated[list[Path], typer.Argument(help="SQuAD JSON, JSONL or a JSON array; .gz of each.")],
    format: Annotated[str | None, typer.Option(help="squad, jsonl or json.", show_default="recognised")] = None,
    split: Annotated[
        Split | None, typer.Option(help="Bind all to one side.", show_default="as the file says, or dealt")
    ] = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Add the examples of files to the pool; nothing is lost: what cannot be read is kept with its reason."""
    opened = growloop.Project.open(project)
    totals = {"accepted": 0, "duplicates": 0, "rejected": 0, "repaired": 0}
    for file in files:
        imported, added = growloop.loop.import_examples(opened, file, format=format, split=split)
        totals["accepted"] += added.accepted
        totals["duplicates"] += added.duplicates + imported.duplicates
        totals["rejected"] += imported.rejected.height
        totals["repaired"] += imported.repaired
    if as_json:
        print_json(totals)
        return
    show(" · ".join(f"{count:,} {name}" for name, count in totals.items()))
    if totals["rejected"]:
        show(f"Rejected rows, each with its reason:  {opened.folder / 'rejected.jsonl'}")
    next_step("growloop freeze")
