"""growloop export: the dataset in the forms that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, Split, print_json, show

Format = Literal[
    "jsonl",
    "csv",
    "parquet",
    "squad",
    "alpaca",
    "sharegpt",
    "messages",
    "prompt-completion",
    "preference",
    "huggingface",
    "llama-factory",
    "axolotl",
]
"""The names in `exporters.FORMS` again: to import those would bring in polars before `--help` could answer."""


def export(
    format: Annotated[
        Format,
        typer.Argument(
            help="jsonl, csv, parquet, squad · alpaca, sharegpt, messages (OpenAI) · prompt-completion, preference "
            "(TRL) · huggingface, llama-factory, axolotl (folders with what these tools need beside the data).",
            show_default=False,
            show_choices=False,
            metavar="FORMAT",
        ),
    ],
    version: Annotated[str | None, typer.Option(help="Dataset version.", show_default="the latest")] = None,
    split: Annotated[Split | None, typer.Option(help="Only this side.", show_default="all")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="A file name of the form for one file, else a folder.", show_default="exports/ in the project"
        ),
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Only the form's own keys, no growloop object.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Write a frozen version in another tool's form; importing it again gives the same examples."""
    opened = growloop.Project.open(project)
    exported = growloop.loop.export(opened, format, version=version, split=split, out=out, plain=plain, force=force)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(exported))
        return
    counts = " · ".join(f"{count:,} {side}" for side, count in exported.counts.items())
    show(f"{exported.format}: {counts}", *(f"Note: {note}" for note in exported.notes))
    show(f"Written:  {exported.path}", *(f"  {name}" for name in exported.files))
