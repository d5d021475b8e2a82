"""growloop import: bring examples from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import growloop
from growloop.cli.terminal import (
    JsonOption,
    ProjectOption,
    Split,
    coordinates,
    drawn,
    next_step,
    print_json,
    show,
    show_plainly,
)
from growloop.errors import GrowloopError

if TYPE_CHECKING:
    from growloop.records.imports import ImportPreview

COUNTS = ("rows", "accepted", "duplicates", "rejected", "repaired")
FORMATS = "jsonl, json, squad, csv, tsv, parquet, arrow, xlsx; or alpaca, sharegpt, messages, label-studio, argilla"
LONGEST_SHOWN = 300


def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Files or folders; .gz and .zst too; - is standard input.", allow_dash=True)
    ],
    format: Annotated[str | None, typer.Option(help=f"{FORMATS}.", show_default="recognised")] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="What fills a role, e.g. question=q. Repeatable.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", help="A coordinate from a column, e.g. topic=col. Repeatable.")
    ] = None,
    separator: Annotated[str, typer.Option(help="Stands between the answers of one text, e.g. /.")] = "",
    encoding: Annotated[str | None, typer.Option(help="Of text files, e.g. cp1250.", show_default="recognised")] = None,
    repair_text: Annotated[bool, typer.Option("--repair-text", help="Put wrongly decoded text right.")] = False,
    split: Annotated[
        Split | None, typer.Option(help="Bind all to one side.", show_default="as the file says, or dealt")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would come in; change nothing.")] = False,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Add the examples of files to the pool, and the passages of documents to contexts/; nothing is lost.

    Rows that cannot be read are kept with their reason. Text, Markdown, HTML, PDF and DOCX count as documents.
    """
    opened = growloop.Project.open(project)
    totals: dict[str, object] = dict.fromkeys((*COUNTS, "mojibake"), 0)
    documents, told = _import_documents(opened, files if format is None else [], preview=preview, as_json=as_json)
    for file in files:
        if file in documents:
            continue
        plans = growloop.loop.open_import(
            opened,
            file,
            format=format,
            encoding=encoding,
            mapping=coordinates(map_, "--map"),
            where=coordinates(where),
            separator=separator,
            repair_text=repair_text,
        )
        first = plans[0].preview()
        if not as_json:
            _show(first, opened.task.abstain_answer, len(plans))
        if preview:
            told.append(first.model_dump(mode="json"))
            continue
        report = drawn(growloop.loop.import_plans(opened, plans, split=split))
        told.append({"format": first.format, "columns": first.columns, **report.model_dump(mode="json")})
        totals |= {name: int(str(totals[name])) + getattr(report, name) for name in totals}
    if as_json:
        print_json({"preview": told} if preview else {**totals, "files": told})
    elif not preview and len(documents) < len(files):
        _show_counts(totals, told, str(opened.folder / "rejected.jsonl"), repair_text)
    if documents and not as_json:
        next_step("growloop index", "makes the passages searchable")
    if any("problem" in document for document in told):
        raise typer.Exit(1)


def _import_documents(
    project: growloop.Project, files: list[Path], *, preview: bool, as_json: bool
) -> tuple[list[Path], list[dict[str, object]]]:
    """Those of the files that are documents, and what became of each; one that cannot be read stops no other."""
    documents = growloop.loop.documents_among(files)
    told: list[dict[str, object]] = []
    for file in documents:
        try:
            found = growloop.loop.import_contexts(project, file, keep=not preview)
        except GrowloopError as error:
            told.append({"file": file.name, "problem": str(error)})
            line = f"Not imported: {error}"
        else:
            told.append({"file": file.name, "format": found.kind, "passages": found.passages, "path": str(found.path)})
            again = ", replacing those that were there" if found.replaced else ""
            line = f"{file.name}: {found.kind}, {found.passages:,} passages{again}"
        if not as_json:
            show_plainly(line)
    return documents, told


def _show(first: ImportPreview, abstain_answer: str, files: int) -> None:
    """What was recognised, and the first rows as a model will see them: context, question, answer."""
    more = f" and {files - 1} more" if files > 1 else ""
    columns = ", ".join(f"{role} = {column}" for role, column in first.columns.items())
    show_plainly(" · ".join(text for text in (f"{first.file}{more}: {first.format}", first.encoding, columns) if text))
    for example in first.examples:
        answers = " | ".join(example.answers) or f"{abstain_answer} (unanswerable)".strip()
        for name, text in (("context", example.context), ("question", example.question), ("answer", answers)):
            cut = f"{text[:LONGEST_SHOWN]} …" if len(text) > LONGEST_SHOWN else text
            show_plainly(f"  {name:>8}  {' '.join(cut.split())}")
        show_plainly("")


def _show_counts(totals: dict[str, object], told: list[dict[str, object]], rejects: str, repair_text: bool) -> None:
    show(" · ".join(f"{totals[name]:,} {name}" for name in COUNTS))
    if totals["rejected"]:
        show_plainly(f"Rejected rows, each with its reason:  {rejects}")
    if totals["mojibake"] and not repair_text:
        example = next((report["mojibake_example"] for report in told if report["mojibake_example"]), "")
        show_plainly(f"{totals['mojibake']:,} rows look wrongly decoded, e.g. {example!r}. To put such text right:")
        show_plainly("  growloop import --repair-text FILE   (into a pool that does not hold it yet)")
    next_step("growloop freeze")
