"""Questions that one person answers and another calls unanswerable."""

from __future__ import annotations

import polars as pl

from growloop.dataset.checks.texts import finding, with_context_key
from growloop.records.example import is_answerable
from growloop.records.task import Task
from growloop.records.version import Finding


def disputed(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Questions about one context that are answered in one example and unanswerable in another.

    Case, punctuation and spaces make no difference: two people do not type a question alike.
    """
    keyed = with_context_key(examples).select("id", "question", "context_key", answerable=is_answerable())
    torn_context = pl.col("answerable").any().over("context_key") & (~pl.col("answerable")).any().over("context_key")
    candidates = keyed.filter(torn_context).with_columns(asked=words("question"))
    both = pl.col("answerable").n_unique().over("context_key", "asked") > 1
    torn = candidates.filter(both & (pl.col("asked") != ""))
    if torn.is_empty():
        return []
    hit = examples.join(torn, on="id", how="semi", maintain_order="left")
    questions = torn.select("context_key", "asked").n_unique()
    message = (
        f"{questions:,} questions are answered in one example and unanswerable in another, about the same context "
        f'(first: "{torn["question"][0]}", {torn["id"][0]}).'
    )
    remedy = "Decide which is right and reject the other:  growloop serve"
    return [finding("disputed_answerability", "warning", hit, message, remedy, count=questions)]


def words(name: str) -> pl.Expr:
    """The words of a text in lower case, so that two ways of typing it are equal."""
    return pl.col(name).str.to_lowercase().str.replace_all(r"[^\w]+", " ").str.strip_chars()
