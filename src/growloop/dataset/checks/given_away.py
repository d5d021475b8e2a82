"""Questions that hold their own answer."""

from __future__ import annotations

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
    long_enough = pl.col("answers").str.len_chars() >= SHORTEST
    candidates = (
        examples.select("id", "question", "answers")
        .filter(is_answerable(), ~pl.col("question").str.contains(CHOICE))
        .explode("answers")
        .with_columns(inside=question.str.contains(answer, literal=True) & long_enough)
        .filter(pl.col("inside").all().over("id"))
    )
    as_words = _words("question").str.contains(_words("answers"), literal=True)
    given = candidates.filter(as_words.all().over("id"))
    hit = examples.join(given, on="id", how="semi", maintain_order="left")
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


def _words(name: str) -> pl.Expr:
    """A text's words in lower case, a space around each, so that one text can be looked for in another by words."""
    words = pl.col(name).str.to_lowercase().str.replace_all(r"[^\w]+", " ").str.strip_chars()
    return pl.concat_str(pl.lit(" "), words, pl.lit(" "))
