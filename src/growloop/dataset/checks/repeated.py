"""Examples that say the same twice."""

from __future__ import annotations

import polars as pl

from growloop.dataset.duplicates import with_keys
from growloop.records.task import Task
from growloop.records.version import Finding


def repeated(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """How many examples repeat the question and context of another; a version keeps one of each."""
    keyed = with_keys(examples)
    extra = keyed.filter(pl.col("question_key").is_first_distinct().not_())
    if extra.is_empty():
        return []
    return [
        Finding(
            check="repeated",
            severity="info",
            examples=tuple(extra["id"].head(5)),
            count=extra.height,
            message=f"{extra.height:,} of {examples.height:,} examples repeat the question and context of another; "
            f"one of each is kept.",
        )
    ]
