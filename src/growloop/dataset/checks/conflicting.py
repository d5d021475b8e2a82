"""One question about one context, answered in ways that cannot both be right."""

from __future__ import annotations

import polars as pl

from growloop.dataset.duplicates import with_keys
from growloop.records.example import is_answerable
from growloop.records.task import Task
from growloop.records.version import Finding


def conflicting(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Answered examples of one question and context without an answer common to all of them."""
    answered = with_keys(examples).filter(is_answerable())
    repeated = answered.filter(pl.col("question_key").is_duplicated())
    if repeated.is_empty():
        return []
    spelled = pl.col("answers").list.eval(pl.element().str.to_lowercase().str.strip_chars()).list.unique()
    answers = repeated.select("question_key", "id", spelled).with_row_index().explode("answers")
    agreed = answers.group_by("question_key", "answers").agg(pl.col("index").n_unique().alias("said_by"))
    asked = repeated.group_by("question_key").agg(pl.len().alias("times"))
    best = agreed.group_by("question_key").agg(pl.col("said_by").max())
    torn = asked.join(best, on="question_key").filter(pl.col("said_by") < pl.col("times"))
    hit = repeated.join(torn, on="question_key", how="semi", maintain_order="left")
    if hit.is_empty():
        return []
    return [
        Finding(
            check="conflicting_answers",
            severity="warning",
            examples=tuple(hit["id"].head(5)),
            count=torn.height,
            message=f"{torn.height:,} questions have answers that disagree about the same context (first: "
            f'"{hit["question"][0]}", {hit["id"][0]}). A person\'s annotation wins, else the later example.',
            remedy="Keep the right one, or give all right answers in one example.",
        )
    ]
