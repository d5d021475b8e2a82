"""What changed between two dataset versions, row by row and by slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import polars as pl

from growloop.records.example import EXAMPLES, coordinate

Change = Literal["added", "removed", "relabelled", "moved", "changed"]
"""relabelled: the same question and context with other answers; moved: the same example on another side; changed:
the same example with another group, origin or coordinates."""
CHANGES: tuple[Change, ...] = get_args(Change)

DIFFERENCE = pl.Schema(
    {
        "change": pl.String(),
        "id": pl.String(),
        "question": pl.String(),
        "context": pl.String(),
        "answers_before": EXAMPLES["answers"],
        "answers": EXAMPLES["answers"],
        "split_before": pl.String(),
        "split": pl.String(),
        "where": pl.List(pl.Struct({"key": pl.String(), "value": pl.String})),
    }
)
"""A row for each change; of a removed example `answers` and `split` are null, of an added one those before."""


def difference(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """A DIFFERENCE frame of two EXAMPLES frames, kind by kind; rows that are the same in both may be left out.

    >>> from growloop.records.example import examples_frame
    >>> said = [examples_frame({"question": ["Dogs?"], "answers": [[answer]]}) for answer in ("yes", "no")]
    >>> difference(*said).select("change", "answers_before", "answers").rows()
    [('relabelled', ['yes'], ['no'])]
    """
    same = after.join(before, on="id", suffix="_before", maintain_order="left", nulls_equal=True)
    kept = [pl.col(name).eq_missing(pl.col(f"{name}_before")) for name in EXAMPLES if name not in ("id", "split")]
    moved = pl.col("split").ne_missing(pl.col("split_before"))
    differs = moved | ~pl.all_horizontal(kept)
    kind = pl.when(moved).then(pl.lit("moved")).otherwise(pl.lit("changed"))
    same = same.filter(differs).with_columns(change=kind)

    new, gone = (
        _numbered(rows.join(others, on="id", how="anti", maintain_order="left"))
        for rows, others in ((after, before), (before, after))
    )
    asked = ["question", "context", "time_asked"]
    relabelled = new.join(gone, on=asked, suffix="_before", maintain_order="left")
    added = new.join(gone, on=asked, how="anti", maintain_order="left")
    removed = gone.join(new, on=asked, how="anti", maintain_order="left")
    found = [
        added.with_columns(change=pl.lit("added")),
        removed.rename({"answers": "answers_before", "split": "split_before"}).with_columns(change=pl.lit("removed")),
        relabelled.with_columns(change=pl.lit("relabelled")),
        same,
    ]
    together = pl.concat(
        [part.match_to_schema(DIFFERENCE, missing_columns="insert", extra_columns="ignore") for part in found]
    )
    return together.sort(pl.col("change").cast(pl.Enum(CHANGES)), maintain_order=True)


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with how many times their question and context were there before: so twins are paired one to one."""
    return rows.with_columns(time_asked=pl.int_range(pl.len()).over("question", "context"))


def change_counts(changes: pl.DataFrame) -> dict[str, int]:
    """How many examples were added, removed, relabelled, moved and changed otherwise."""
    found = dict(changes["change"].value_counts().iter_rows())
    return {kind: found.get(kind, 0) for kind in CHANGES}


def by_slice(changes: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The changes counted by side and by the values of some coordinates: most changes first within each.

    An example that moved counts on the side where it stands now; a removed one where it stood.
    """
    sides = changes.select(pl.coalesce("split", "split_before").alias("value"), "change")
    columns = [("split", sides)]
    columns += [(name, changes.select(coordinate(name).alias("value"), "change")) for name in names]
    return pl.concat([_counted(name, values) for name, values in columns])


def _counted(name: str, values: pl.DataFrame) -> pl.DataFrame:
    kinds = [(pl.col("change") == kind).sum().alias(kind) for kind in CHANGES]
    counted = values.drop_nulls("value").group_by("value").agg(pl.len().alias("all"), *kinds)
    return counted.sort(["all", "value"], descending=[True, False]).select(
        pl.lit(name).alias("name"), "value", *CHANGES
    )
