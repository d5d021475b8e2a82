"""What people bring: rows become examples, documents contexts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from growloop.dataset.importers import IMPORTERS, Options, Plan, open_plans
from growloop.dataset.importers.batch import Rejected
from growloop.dataset.importers.columns import ROLES
from growloop.dataset.importers.frames import Coordinates, TooManyValues
from growloop.dataset.importers.rejects import RejectedRows, as_text, rejecting
from growloop.dataset.passages import is_document, read_passages
from growloop.dataset.passages.stored import is_stored
from growloop.errors import BadData
from growloop.pool import Added, Pool
from growloop.project import Project, write_atomically
from growloop.records.example import SplitName
from growloop.records.imports import SHOWN_REJECTED, ImportOptions, ImportPreview, ImportReport, RejectedRow
from growloop.records.progress import Progress

EXCERPT = 300
"""Characters that are shown of a text which may be long."""


def open_import(
    project: Project,
    given: Path | str | Iterable[Mapping[str, Any]],
    *,
    format: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    separator: str = "",
    repair_text: bool = False,
    name: str | None = None,
) -> list[Plan]:
    """How each file would be read: format, encoding, columns, first examples. Nothing is changed by it.

    `name` is what a file is called where its path does not say, as for one that was uploaded.
    """
    options = Options(
        format=format,
        encoding=encoding,
        mapping=mapping or {},
        where=where or {},
        separator=separator,
        repair_text=repair_text,
        abstain_answer=project.task.abstain_answer,
    )
    return open_plans(given, options, name)


def import_examples(
    project: Project,
    given: Path | str | Iterable[Mapping[str, Any]],
    *,
    split: SplitName | None = None,
    **options: Any,
) -> Generator[Progress, None, ImportReport]:
    """Add the examples of a file, a folder or rows made in Python to the pool, all or (killed, or refused) none.

    What cannot be read is kept in `rejected.jsonl` with its reason. `split` binds all rows to one side, whatever the
    file says; the other options are those of `open_import`.
    """
    return (yield from import_plans(project, open_import(project, given, **options), split=split))


def import_plans(
    project: Project, plans: Sequence[Plan], *, split: SplitName | None = None
) -> Generator[Progress, None, ImportReport]:
    """The same for files that were opened already: what is read is what was shown."""
    coordinates = Coordinates()
    with Pool.open(project.pool_url) as pool:
        while True:
            try:
                with pool.adding() as add, rejecting(project.folder) as rejects:
                    report = yield from _imported(plans, coordinates, split, add, rejects)
                    rejects.save()  # before the examples are committed: no row is ever nowhere
                    return report
            except TooManyValues as late:
                coordinates = coordinates.again(late.key)


def _imported(
    plans: Sequence[Plan],
    coordinates: Coordinates,
    split: SplitName | None,
    add: Callable[[pl.DataFrame], Added],
    rejects: RejectedRows,
) -> Generator[Progress, None, ImportReport]:
    counts = dict.fromkeys(("rows", "accepted", "duplicates", "rejected", "repaired", "mojibake"), 0)
    shown: str | None = None
    first: list[RejectedRow] = []
    for plan in plans:
        stage, done = f"import {plan.source.name}", 1
        yield Progress(stage, 0, plan.survey.lines, plan.told())
        for part in plan.parts(coordinates):
            added = add(part.examples.with_columns(split=pl.lit(split)) if split else part.examples)
            rejects.add(part.file, part.content, part.rejected)
            first += _as_records(plan.source.name, part.rejected[: SHOWN_REJECTED - len(first)])
            counts["rows"] += part.examples.height + len(part.rejected)
            counts["accepted"] += added.accepted
            counts["duplicates"] += added.duplicates
            counts["rejected"] += len(part.rejected)
            counts["repaired"] += part.repaired
            counts["mojibake"] += part.mojibake
            shown = shown or part.mojibake_example
            done = max(part.at, done)
            yield Progress(stage, done, max(plan.survey.lines, done), f"{counts['accepted']:,} accepted")
    files = tuple(plan.source.name for plan in plans)
    return ImportReport(**counts, mojibake_example=shown, files=files, first_rejected=tuple(first))


def _as_records(file: str, rejected: Iterable[Rejected]) -> list[RejectedRow]:
    return [
        RejectedRow(file=file, row=row.row, reason=as_text(row.reason), original=as_text(row.original)[:EXCERPT])
        for row in rejected
    ]


@dataclass(frozen=True)
class ImportedContexts:
    """The passages a document was cut into, and where they are kept."""

    path: Path
    source: str
    kind: str
    passages: int
    replaced: bool
    """Passages of a document of this name were there before."""
    first: tuple[str, ...]
    """How the first of them begin."""


def documents_among(files: Iterable[Path]) -> list[Path]:
    """Those of some files that are documents (text, Markdown, HTML, PDF, DOCX), told by content and name."""
    return [file for file in files if is_document(file)]


def import_contexts(project: Project, path: Path, *, keep: bool = True, name: str | None = None) -> ImportedContexts:
    """Cut a document (text, Markdown, HTML, PDF, DOCX) into passages and keep them in `contexts/NAME.jsonl`.

    `index` makes them searchable. A document of the same name replaces the one before. Without `keep` nothing is
    written: the counts are those it would make. `name` is what the document is called where its path does not say.
    """
    found = read_passages(path, name)
    target = project.folder / "contexts" / f"{found.source}.jsonl"
    replaced = target.exists()
    if replaced and not is_stored(target):
        raise BadData(f"{target} holds contexts of another origin; nothing was written. Rename {found.source}.")
    if keep:
        write_atomically(target, found.lines().encode())
    first = tuple(str(row["text"])[:EXCERPT] for row in found.rows[:3])
    return ImportedContexts(target, found.source, found.kind, len(found.rows), replaced, first)


def import_choices() -> dict[str, tuple[str, ...]]:
    """What a person can choose from: `formats`, and the `roles` that columns fill."""
    return {"formats": IMPORTERS, "roles": tuple(ROLES)}


def preview_file(project: Project, path: Path, name: str, options: ImportOptions) -> ImportPreview | ImportedContexts:
    """What a file called `name` would bring: its first examples, or the first passages of a document."""
    if options.format is None and is_document(path, name):
        return import_contexts(project, path, keep=False, name=name)
    return open_import(project, path, name=name, **options.model_dump(exclude={"split"}))[0].preview()


def import_file(
    project: Project, path: Path, name: str, options: ImportOptions
) -> Generator[Progress, None, ImportReport | ImportedContexts]:
    """Bring in a file called `name`, rows as `import_examples` does and a document as `import_contexts` does."""
    if options.format is None and is_document(path, name):
        return import_contexts(project, path, name=name)
    plans = open_import(project, path, name=name, **options.model_dump(exclude={"split"}))
    return (yield from import_plans(project, plans, split=options.split))
