"""What a retriever found for questions that came without a text, and whether the answer stands in it."""

from __future__ import annotations

import polars as pl

from growloop.metrics.groundedness import content_words_in
from growloop.records.run import RETRIEVED

HELD = 0.5
"""A text with at least so many of an answer's telling words holds it."""


def retrieved(asked: pl.DataFrame, found: pl.DataFrame, passages: int) -> pl.DataFrame:
    """A RETRIEVED frame: what each of some examples is answered from, the best `passages` of what was found.

    `found` has a row for each text: `question`, the row number of the example, `rank`, from 1, `id` and `text`.
    """
    read = (
        found.filter(pl.col("rank") <= passages)
        .sort("question", "rank")
        .group_by("question", maintain_order=True)
        .agg(pl.col("id").alias("passages"), pl.col("text").str.join("\n\n").alias("context"))
    )
    rows = asked.select("id", "question", "answers", number=pl.int_range(pl.len(), dtype=pl.Int64))
    ranks = _ranks(rows, found)
    told = rows.select("id", "number").join(read, left_on="number", right_on="question", how="left")
    told = told.join(ranks, on="number", how="left").sort("number").with_columns(pl.col("context").fill_null(""))
    return told.select(pl.col(name).cast(dtype) for name, dtype in RETRIEVED.items())


def as_read(examples: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The examples, each with the text that was found for it (RETRIEVED) where one was."""
    read = found.select("id", read="context")
    joined = examples.join(read, on="id", how="left", maintain_order="left")
    return joined.with_columns(context=pl.coalesce("read", "context")).drop("read")


def _ranks(rows: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """`number` and `rank` of the first text that holds an accepted answer, 0 where none does; none of no answer."""
    golds = rows.explode("answers").drop_nulls("answers")
    words = golds.select("number", told=content_words_in("answers"), asked=content_words_in("question"))
    beyond = pl.col("told").list.set_difference("asked")
    telling = words.select("number", telling=pl.when(beyond.list.len() > 0).then(beyond).otherwise("told"))
    telling = telling.filter(pl.col("telling").list.len() > 0)
    texts = found.select(pl.col("question").alias("number"), "rank", text=content_words_in("text"))
    shared = pl.col("telling").list.set_intersection("text").list.len()
    holds = shared >= HELD * pl.col("telling").list.len()
    hits = telling.join(texts, on="number").filter(holds).group_by("number").agg(pl.col("rank").min())
    wanted = telling.select("number").unique()
    return wanted.join(hits, on="number", how="left").with_columns(pl.col("rank").fill_null(0))
