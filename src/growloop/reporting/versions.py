"""Versions, what changed between them, and examples of the pool, as tables for the terminal and rows for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from growloop.records.version import DatasetVersion
from growloop.reporting.figures import NOTHING

_SIGNS = {"added": "+", "removed": "−", "relabelled": "≠", "moved": "→", "changed": "~"}
_COLOURS = {"added": "green", "removed": "red", "relabelled": "yellow", "moved": "cyan", "changed": "dim"}
_MOST_SLICES = 8
_MOST_CHARACTERS = 200


def versions_table(used: Sequence[tuple[DatasetVersion, Sequence[int]]]) -> RenderableType:
    """A line for each version, oldest first: when, rows per side, parent, what it changed, its iterations."""
    if not used:
        return Text("No version is frozen yet.")
    sides = list(dict.fromkeys(side for version, _ in used for side in version.counts))
    table = _table("Version", "Frozen", *sides, "Parent", "Changed", "Used in")
    for column in table.columns:
        column.no_wrap = column.header in ("Version", "Parent")  # an id is there to be copied
    for version, iterations in used:
        rows = [f"{version.counts.get(side, 0):,}" for side in sides]
        turns = ", ".join(str(turn) for turn in iterations) or NOTHING
        changes = change_text(version.changes)
        frozen = version.created[:16].replace("T", " ")
        table.add_row(version.id, frozen, *rows, version.parent or NOTHING, changes, turns)
    return table


def change_text(counts: Mapping[str, int]) -> str:
    """Counts of changes in short: `+12 −3 ≠4 →1`, added, removed, relabelled, moved, `~` changed otherwise.

    >>> change_text({"added": 1200, "removed": 0, "moved": 2})
    '+1,200 →2'
    """
    return " ".join(f"{_SIGNS[kind]}{count:,}" for kind, count in counts.items() if count) or NOTHING


def difference_tables(
    before: str, after: str, counts: Mapping[str, int], slices: pl.DataFrame, changes: pl.DataFrame, n: int
) -> list[RenderableType]:
    """What changed from one version to another: counts over all and by slice, then `n` examples of each kind."""
    table = _table(f"{before} → {after}", *counts)
    table.add_row("all", *(f"{count:,}" for count in counts.values()))
    for (name,), rows in slices.group_by("name", maintain_order=True):
        table.add_section()
        for row in rows.head(_MOST_SLICES).iter_rows(named=True):
            label = escape(f"{name}={row['value']}")
            table.add_row(label, *(f"{row[kind]:,}" if row[kind] else NOTHING for kind in counts))
        if rows.height > _MOST_SLICES:
            table.add_row(f"{rows.height - _MOST_SLICES:,} more values of {escape(str(name))}")
    return [table, *(_change(row) for row in _first(changes, n).iter_rows(named=True))]


def _change(row: Mapping[str, Any]) -> Text:
    """One change in three lines: which example, its text, and what became of it."""
    kind = row["change"]
    says = {
        "added": f"{row['split']}: {_answers(row['answers'])}",
        "removed": f"{row['split_before']}: {_answers(row['answers_before'])}",
        "relabelled": f"{_answers(row['answers_before'])}  →  {_answers(row['answers'])}",
        "moved": f"{row['split_before']}  →  {row['split']}",
        "changed": "the same text and answers, with another group, origin or coordinates",
    }
    head = Text.assemble((f"{_SIGNS[kind]} {kind}", _COLOURS[kind]), "  ", _short(row["question"]), "\n")
    return Text.assemble(head, ("    " + _short(row["context"]) + "\n", "dim"), f"    {says[kind]}\n")


def change_facts(changes: pl.DataFrame, n: int) -> list[dict[str, Any]]:
    """The first `n` changes of each kind, `where` as a mapping."""
    return example_facts(_first(changes, n))


def _first(changes: pl.DataFrame, n: int) -> pl.DataFrame:
    return changes.filter(pl.int_range(pl.len()).over("change") < n)


def example_facts(examples: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows for programs, `where` as a mapping."""
    return [{**row, "where": {p["key"]: p["value"] for p in row["where"] or ()}} for row in examples.to_dicts()]


def examples_table(examples: pl.DataFrame) -> RenderableType:
    """Examples of the pool: question, answers, coordinates, status, side."""
    if examples.is_empty():
        return Text("No example of the pool is like that.")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("Question", "Answers", "Where", "Status", "Side", "Id"):
        table.add_column(column, overflow="fold")
    for row in example_facts(examples):
        where = ", ".join(f"{key}={value}" for key, value in row["where"].items())
        texts = (_short(row["question"]), _answers(row["answers"]), where, row["status"], row["split"] or NOTHING)
        table.add_row(*(escape(text) for text in texts), row["id"][:8])
    return table


def _answers(answers: Sequence[str] | None) -> str:
    return " / ".join(_short(answer) for answer in answers or ()) or "(unanswerable)"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_CHARACTERS else line[:_MOST_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(escape(column), justify="right" if number else "left", overflow="fold")
    return table
