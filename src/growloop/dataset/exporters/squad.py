"""SQuAD v2 JSON and its rows: every answer with the place where it stands in the context."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from growloop.dataset.exporters.rows import own

NOWHERE = -1
"""The `answer_start` of an answer that the context does not hold word for word."""


def squad_rows(examples: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    """Rows as `datasets` keeps SQuAD: id, title, context, question, answers as `{text, answer_start}`."""
    starts = pl.Series("answer_start", _starts(examples), dtype=pl.List(pl.Int32))
    answers = pl.struct(pl.col("answers").alias("text"), starts).alias("answers")
    return examples.select("id", pl.col("group").alias("title"), "context", "question", answers, *own(examples))


def squad_articles(examples: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    """A group is an article, a context a paragraph; both in the order in which they come up."""
    impossible = (pl.col("answers").list.len() == 0).alias("is_impossible")
    asked = pl.struct("id", "question", impossible, _spans(examples).alias("answers"), *own(examples))
    rows = examples.select("group", "context", asked.alias("qas"))
    paragraphs = rows.group_by("group", "context", maintain_order=True).agg("qas")
    articles = paragraphs.group_by("group", maintain_order=True).agg(pl.struct("context", "qas").alias("paragraphs"))
    return articles.select(pl.col("group").alias("title"), "paragraphs")


def write_squad(articles: pl.DataFrame, path: Path) -> None:
    """The file: `{"version": "v2.0", "data": [articles]}`."""
    with path.open("wb") as file:
        file.write(b'{"version": "v2.0", "data": ')
        articles.write_json(file)
        file.write(b"}")


def elsewhere(examples: pl.DataFrame) -> int:
    """How many examples have an answer that their context does not hold word for word."""
    return sum(NOWHERE in starts for starts in _starts(examples))


def _spans(examples: pl.DataFrame) -> pl.Series:
    """The answers of each example as `{text, answer_start}`."""
    starts = pl.Series("answer_start", _starts(examples), dtype=pl.List(pl.Int32))
    rows = examples.select(text="answers").with_columns(starts).with_row_index("row")
    span = pl.struct("text", "answer_start").alias("answers")
    found = rows.filter(pl.col("text").list.len() > 0).explode("text", "answer_start")
    spans = found.group_by("row", maintain_order=True).agg(span)
    return rows.select("row").join(spans, on="row", how="left", maintain_order="left")["answers"].fill_null([])


def _starts(examples: pl.DataFrame) -> list[list[int]]:
    """Where each answer first stands in its context, in characters; `str.find` counts them as SQuAD does."""
    pairs = zip(examples["context"].to_list(), examples["answers"].to_list(), strict=True)
    return [[context.find(answer) for answer in answers] for context, answers in pairs]
