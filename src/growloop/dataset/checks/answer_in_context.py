"""Extractive answers that do not stand in their context."""

from __future__ import annotations

import polars as pl

from growloop.records.example import is_answerable
from growloop.records.task import Task
from growloop.records.version import Finding


def answer_in_context(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Answerable examples none of whose answers occurs in the context, word for word. Extractive tasks only.

    An extractive model can only quote, so it cannot learn from such an example.
    """
    if task.answer_kind != "extractive":
        return []
    answerable = examples.filter(is_answerable())
    occurs = pl.col("context").str.contains(pl.col("answers"), literal=True).any()
    found = answerable.select("id", "context", "answers").explode("answers").group_by("id").agg(occurs.alias("occurs"))
    missing = found.filter(~pl.col("occurs")).sort("id")
    if missing.is_empty():
        return []
    return [
        Finding(
            check="answer_not_in_context",
            severity="warning",
            examples=tuple(missing["id"].head(5)),
            count=missing.height,
            message=f"{missing.height:,} of {answerable.height:,} answerable examples have an answer that does not "
            f"stand in the context word for word (first: {missing['id'][0]}). An extractive model cannot give it.",
            remedy="Quote the answer as it is written in the context, or use answer_kind: open_generative.",
        )
    ]
