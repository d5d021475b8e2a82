"""Versions in the forms that other tools read."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from growloop.dataset.exporters import Exported, checked_form, export_examples, with_wrong_answers
from growloop.errors import NothingToDo
from growloop.loop.freezing import version_named
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import SplitName
from growloop.records.version import DatasetVersion


def export(
    project: Project,
    format: str,
    *,
    version: str | None = None,
    split: SplitName | None = None,
    out: Path | None = None,
    plain: bool = False,
    force: bool = False,
) -> Exported:
    """Write a version (the latest, unless named) in a form that other tools read, with context and source.

    A path that ends as the form's files do is one file; any other is a folder with a file per side. By default
    `exports/` in the project. Raises BadData where a file would be overwritten without `force`.
    """
    checked_form(format)
    frozen, task = version_named(project, version), project.task
    examples = project.examples(frozen.id)
    if split:
        examples = examples.filter(pl.col("split") == split)
    if format == "preference":
        with Pool.open(project.pool_url) as pool:
            examples = with_wrong_answers(examples, pool.annotations(), task.abstain_answer)
    if examples.is_empty():
        raise NothingToDo(_nothing_to_export(frozen, format, split))
    card = project.folder / "versions" / frozen.id / "card.md"
    return export_examples(
        examples,
        format,
        out or project.folder / "exports" / f"{frozen.id}-{format}",
        abstain_answer=task.abstain_answer,
        name=task.name,
        card=card.read_text(encoding="utf-8") if card.exists() else "",
        plain=plain,
        force=force,
    )


def _nothing_to_export(version: DatasetVersion, format: str, split: str | None) -> str:
    if format != "preference":
        return f"Version {version.id} has no {split} examples (it has {version.counts})."
    side = f" on the {split} side" if split else ""
    return (
        f"No question of version {version.id}{side} was answered wrongly and corrected. Correct answers, then freeze:"
        "\n  growloop serve   and   growloop freeze"
    )
