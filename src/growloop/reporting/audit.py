"""Labels that look wrong, for the terminal. Every function returns a Rich renderable; nothing is printed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import polars as pl

_MOST_CHARACTERS = 160
_ID_CHARACTERS = 8


def suspects_table(suspects: pl.DataFrame) -> RenderableType:
    """Examples with the label, what a model said that had not seen it, and why the label looks wrong."""
    if suspects.is_empty():
        return Text("There is no example that a person has not judged already.")
    table = _table("Rank", "Example", "Question, label, answer of a model, reason")
    for row in suspects.iter_rows(named=True):
        said = "(abstained)" if row["abstained"] or not row["prediction"] else _short(row["prediction"])
        lines = [*_asked(row), ("\nmodel   ", "dim"), (said, "yellow"), (f"\n{row['reason']}", "")]
        table.add_row(f"{row['rank']:,}", row["id"][:_ID_CHARACTERS], Text.assemble(*lines))
    return table


def queue_table(queue: pl.DataFrame) -> RenderableType:
    """What waits for a person's verdict, and why."""
    if queue.is_empty():
        return Text("Nothing waits for a verdict.")
    table = _table("Example", "Question, context, label or draft, reason")
    for row in queue.iter_rows(named=True):
        context = [(f"\n{_short(row['context'])}", "dim")] if row["context"].strip() else []
        question, *label = _asked(row)
        lines = [question, *context, *label, (f"\n{row['reason']}", "")]
        table.add_row(row["id"][:_ID_CHARACTERS], Text.assemble(*lines))
    return table


def _asked(row: dict[str, Any]) -> list[tuple[str, str]]:
    nothing = "(unanswerable)" if row.get("proposed", True) else "(no answer yet)"
    label = " / ".join(_short(answer) for answer in row["answers"] or ()) or nothing
    what = "\ndraft   " if row.get("status") == "draft" else "\nlabel   "
    return [(_short(row["question"]), "bold"), (what, "dim"), (label, "cyan")]


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_lines=False, leading=1)
    for column in columns:
        last = column == columns[-1]
        table.add_column(column, no_wrap=not last, overflow="fold" if last else "ellipsis")
    return table


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_CHARACTERS else line[:_MOST_CHARACTERS].rsplit(" ", 1)[0] + " …"
