"""Fields longer than anybody writes on purpose."""

from __future__ import annotations

import polars as pl

from growloop.dataset.checks.texts import by_context, finding
from growloop.records.task import Task
from growloop.records.version import Finding

LONGEST_QUESTION = 1_000
LONGEST_ANSWER = 2_000
LONGEST_CONTEXT = 50_000
"""Characters. A question beyond this has a text pasted into it, a context is a whole document."""


def over_long(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Questions, answers and contexts so long that something else was put into the field."""
    long_context = by_context(examples, lambda text: text.str.len_chars() > LONGEST_CONTEXT)
    longest_answer = pl.col("answers").list.eval(pl.element().str.len_chars()).list.max()
    conditions: list[tuple[str, int, pl.Expr | pl.Series, str]] = [
        ("a question", LONGEST_QUESTION, pl.col("question").str.len_chars() > LONGEST_QUESTION, _MOVE),
        ("an answer", LONGEST_ANSWER, longest_answer > LONGEST_ANSWER, "Shorten it, or ask for less."),
        ("a context", LONGEST_CONTEXT, long_context, "Cut it into passages, each with its own questions."),
    ]
    return [
        finding("over_long", "warning", hit, _told(hit, examples, name, longest), remedy)
        for name, longest, condition, remedy in conditions
        if (hit := examples.filter(condition)).height
    ]


_MOVE = "Move what is no question to the context."


def _told(hit: pl.DataFrame, examples: pl.DataFrame, name: str, longest: int) -> str:
    return (
        f"{hit.height:,} of {examples.height:,} examples have {name} of more than {longest:,} characters "
        f"(first: {hit['id'][0]})."
    )
