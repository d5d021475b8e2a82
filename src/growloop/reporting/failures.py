"""How the wrong answers are wrong, over all and by slice."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
from rich.console import RenderableType
from rich.markup import escape
from rich.text import Text

from growloop.reporting.figures import where_text
from growloop.reporting.text import table_of

SLICES_SHOWN = 20


class KindRow(NamedTuple):
    """One slice: how many were asked, how many are wrong, and how many of each kind."""

    where: str
    n: int
    wrong: int
    counts: tuple[int, ...]


def kind_labels(failures: pl.DataFrame) -> list[str]:
    """What the kinds that occur are called, in the order in which they are looked for."""
    return [name.replace("_", " ") for name in failures.columns[4:]]


def kind_rows(failures: pl.DataFrame) -> list[KindRow]:
    """All examples first, then the slices in which anything is wrong."""
    rows = failures.filter((pl.col("wrong") > 0) | pl.col("key").is_null())
    return [
        KindRow(where_text({key: value} if key else {}), n, wrong, tuple(counts))
        for key, value, n, wrong, *counts in rows.iter_rows()
    ]


def failures_table(failures: pl.DataFrame) -> RenderableType:
    """A line for each slice, a column for each kind of failure that occurs."""
    rows = kind_rows(failures)
    if not any(row.wrong for row in rows):
        return Text("No answer was wrong.", style="dim")
    table = table_of("How answers are wrong", "n", "Wrong", *(label.capitalize() for label in kind_labels(failures)))
    for row in rows[: SLICES_SHOWN + 1]:
        table.add_row(escape(row.where), f"{row.n:,}", f"{row.wrong:,}", *(f"{n:,}" if n else "" for n in row.counts))
    return table
