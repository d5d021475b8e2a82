"""Questions that hold their own answer."""

from __future__ import annotations

import re

import polars as pl

from growloop.dataset.checks.texts import finding
from growloop.records.example import is_answerable
from growloop.records.task import Task
from growloop.records.version import Finding

SHORTEST = 3
"""Characters: shorter answers (`a`, `no`, `12`) stand in many questions by chance."""
CHOICE = r"(?i)\b(?:or|nor|between|either|which of)\b"
"""A question that names what there is to choose from has to hold the answer."""


def given_away(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Answerable questions in which every accepted answer stands, word for word: copying them is no reading."""
    answer, question = pl.col("answers").str.to_lowercase(), pl.col("question").str.to_lowercase()
    candidates = (
        examples.select("id", "question", "answers")
        .filter(is_answerable(), ~pl.col("question").str.contains(CHOICE))
        .explode("answers")
        .with_columns(inside=question.str.contains(answer, literal=True) & (answer.str.len_chars() >= SHORTEST))
    )
    all_inside = candidates.group_by("id").agg(pl.col("inside").all()).filter("inside")
    rows = candidates.join(all_inside, on="id", how="semi")
    whole = [_as_words(row["answers"], row["question"]) for row in rows.iter_rows(named=True)]
    part = rows.filter(~pl.Series(whole, dtype=pl.Boolean))
    hit = examples.join(rows.join(part, on="id", how="anti"), on="id", how="semi", maintain_order="left")
    if hit.is_empty():
        return []
    first = hit.row(0, named=True)
    message = (
        f"{hit.height:,} of {examples.height:,} questions hold their own answer (first: {first['id']}: "
        f'"{first["question"]}" — "{first["answers"][0]}"). Copying may be enough to answer.'
    )
    return [
        finding(
            "answer_given_away",
            "info",
            hit,
            message,
            "Ask without the answer's words, unless the question is about them.",
        )
    ]


def _as_words(answer: str, question: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(answer.strip())}(?!\w)", question, flags=re.IGNORECASE) is not None
