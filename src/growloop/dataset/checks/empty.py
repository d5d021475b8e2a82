"""Fields without text."""

from __future__ import annotations

import polars as pl

from growloop.records.task import Task
from growloop.records.version import Finding


def empty(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Questions and answers without text, and contexts without text where the task answers from one."""
    blank_answer = pl.col("answers").list.eval(pl.element().str.strip_chars() == "").list.any()
    conditions = {"question": _blank("question"), "answer": blank_answer}
    if task.answer_kind != "closed_generative":
        closed = pl.col("origin") == "universe"  # it leaves a context out only where its template says so
        on_purpose = pl.col("negative").eq_missing("no_context") | closed
        conditions["context"] = _blank("context") & ~on_purpose
    return [
        Finding(
            check="empty_fields",
            severity="error" if name == "question" else "warning",
            examples=tuple(hit["id"].head(5)),
            count=hit.height,
            message=f"{hit.height:,} of {examples.height:,} examples have an empty {name} (first: {hit['id'][0]}).",
            remedy=f"Fill the {name} in, or reject these examples.",
        )
        for name, condition in conditions.items()
        if (hit := examples.filter(condition)).height
    ]


def _blank(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars() == ""
