"""The same group or the same text on two sides of the split."""

from __future__ import annotations

import polars as pl

from growloop.dataset.duplicates import with_keys
from growloop.records.task import Task
from growloop.records.version import Finding


def leakage(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Examples whose group or text stands on another side too; scores on them would flatter."""
    sided = with_keys(examples).drop_nulls("split")
    found = [
        _straddling(sided.filter(pl.col("group") != ""), "group", "belong to groups"),
        _straddling(sided, "place_key", "share their text with examples"),
    ]
    return [finding for finding in found if finding]


def _straddling(sided: pl.DataFrame, key: str, what: str) -> Finding | None:
    torn = sided.filter(pl.col("split").n_unique().over(key) > 1)
    measured = torn.filter(pl.col("split") != "train")
    if torn.is_empty():
        return None
    first = measured.row(0, named=True)
    total = sided.filter(pl.col("split") != "train").height
    return Finding(
        check="leakage",
        severity="error",
        examples=tuple(measured["id"].head(5)),
        count=measured.height,
        message=f"{measured.height:,} of {total:,} held-out examples {what} that stand on another side too "
        f'(first: {first["id"]}, group "{first["group"]}"). Scores would look better than they are.',
        remedy="Leave `split` empty and freeze again: groups are then dealt whole.",
    )
