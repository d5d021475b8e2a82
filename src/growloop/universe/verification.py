"""Whether a context answers a question: what shows that it does not, and what leaves it in doubt.

A pure check over columns. It clears a pair where the context is about somebody else, or where nothing in it speaks of
what is asked; anything else is a doubt, with its reason. It never says that a question is answered: that takes a
reader. How often it is right is measured on labelled pairs by `python benchmarks/verification.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from growloop.universe.variations.word_lists import entries
from growloop.universe.wording import words_of

DOUBT = "doubt"
"""The coordinate that says why a negative may be answerable after all."""

PAIRS = pl.Schema(
    {
        "question": pl.String(),
        "context": pl.String(),
        "entity": pl.List(pl.String()),
        "other_entity": pl.Boolean(),
        "value": pl.List(pl.String()),
        "subject": pl.List(pl.String()),
        "answers": pl.List(pl.String()),
    }
)
"""Questions and contexts: the names of the entity asked about, whether the context is known to be about another one,
the names of the value asked for, the words of the subject, and answers that are right elsewhere. Any may be empty."""

Similarity = Callable[[pl.Series, pl.Series], pl.Series]
"""Two columns of texts → the cosine of their embeddings, row by row."""

SHORTEST_ANSWER = 4
"""Characters: shorter answers stand in most texts by chance."""
STEM = 4
"""Letters that two words have to share from the start to count as forms of one."""
IDLE = [word for name in ("function_words", "auxiliaries", "openers", "idle_words") for word in entries(name)]
"""Words that any question and any text may have."""
ENDING = 3
"""Letters that a longer word may lose at its end: parking, park."""
SHARED_WORDS = 0.5
"""Where neither value nor subject is known: so many of the question's words in one sentence are a doubt."""


def doubts(pairs: pl.DataFrame, *, similarity: Similarity | None = None, threshold: float | None = None) -> pl.Series:
    """For each row of a PAIRS frame the reason why the context may answer the question; null where it does not."""
    rows = _bare(pairs.with_row_index("row"))
    sentences = _sentences(rows)
    reasons = [
        _names_entity(rows),
        _holds(rows, "answers", "holds the answer"),
        _holds(rows, "value", "mentions"),
        _scattered(rows, sentences),
        _speaks_of(rows),
        _shares_words(rows, sentences),
    ]
    if similarity is not None and threshold is not None:
        reasons.append(_near(rows, similarity, threshold))
    found = rows.select("row", "elsewhere")
    for number, reason in enumerate(reasons):
        found = found.join(reason.rename({DOUBT: str(number)}), on="row", how="left", maintain_order="left")
    first = pl.coalesce(str(number) for number in range(len(reasons)))
    return found.select(pl.when(~pl.col("elsewhere")).then(first).alias(DOUBT)).to_series()


def _bare(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the bare words of their contexts; `elsewhere` where that is empty, or about somebody else alone."""
    named = pl.col("entity").list.len() > 0
    bare = pairs.with_columns(words_of(pl.col("context")).alias("words"))
    mentions = _holds(bare, "entity", "names").with_columns(pl.lit(True).alias("named")).drop(DOUBT)
    joined = bare.join(mentions, on="row", how="left", maintain_order="left")
    empty = pl.col("context").str.strip_chars() == ""
    elsewhere = pl.col("other_entity").fill_null(False) & named & pl.col("named").is_null()
    return joined.with_columns((elsewhere | empty).alias("elsewhere"))


def _names_entity(rows: pl.DataFrame) -> pl.DataFrame:
    """A context about somebody else that names the one asked about all the same."""
    return _holds(rows.filter(pl.col("other_entity").fill_null(False)), "entity", "names")


def _holds(rows: pl.DataFrame, column: str, says: str) -> pl.DataFrame:
    """Rows whose context has one of the names of a column in it, as whole words."""
    long_enough = SHORTEST_ANSWER if column == "answers" else 1
    named = rows.select("row", "words", pl.col(column).alias("name")).explode("name").drop_nulls("name")
    named = named.filter(pl.col("name").str.len_chars() >= long_enough).with_columns(
        words_of(pl.col("name")).alias("bare")
    )
    inside = (pl.col("bare").str.strip_chars() != "") & pl.col("words").str.contains(pl.col("bare"), literal=True)
    return _first(named.filter(inside), says, "name")


def _scattered(rows: pl.DataFrame, sentences: pl.DataFrame) -> pl.DataFrame:
    """Rows with a sentence that has all words of the value, in any order and form: soup with miso, for miso soup."""
    names = rows.select("row", pl.col("value").alias("name")).explode("name").drop_nulls("name")
    names = names.with_columns(_stems(words_of(pl.col("name"))).alias("asked")).filter(pl.col("asked").list.len() > 0)
    both = names.join(sentences.select("row", "stems"), on="row")
    whole = both.filter(pl.col("asked").list.set_difference("stems").list.len() == 0)
    return _first(whole, "has the words of", "name")


def _speaks_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose context has a word of the subject, in any form."""
    subject = rows.select("row", "words", pl.col("subject").alias("name")).explode("name").drop_nulls("name")
    length = pl.max_horizontal(pl.col("name").str.len_chars().cast(pl.Int64) - ENDING, STEM)
    start = " " + pl.col("name").str.to_lowercase().str.strip_chars_end("s").str.slice(0, length)
    return _first(subject.filter(pl.col("words").str.contains(start, literal=True)), "speaks of", "name")


def _shares_words(rows: pl.DataFrame, sentences: pl.DataFrame) -> pl.DataFrame:
    """Rows of which neither value nor subject is known, with a sentence that has half of the question's words."""
    unknown = (pl.col("value").list.len() == 0) & (pl.col("subject").list.len() == 0)
    asked = rows.filter(unknown).select("row", "entity", _stems(words_of(pl.col("question"))).alias("asked"))
    asked = asked.with_columns(pl.col("asked").list.set_difference(_stems(words_of(pl.col("entity").list.join(" ")))))
    both = asked.filter(pl.col("asked").list.len() > 0).join(sentences, on="row")
    shared = pl.col("asked").list.set_intersection("stems").list.len() / pl.col("asked").list.len()
    return _first(both.filter(shared >= SHARED_WORDS), "shares words with", "sentence")


def _near(rows: pl.DataFrame, similarity: Similarity, threshold: float) -> pl.DataFrame:
    """Rows with a sentence whose meaning is close to the question's."""
    pairs = rows.filter(~pl.col("elsewhere")).select("row", "question", _split("context").alias("sentence"))
    pairs = pairs.explode("sentence").drop_nulls("sentence").filter(pl.col("sentence").str.strip_chars() != "")
    close = pairs.filter(similarity(pairs["question"], pairs["sentence"]) >= threshold)
    return _first(close, "means nearly", "sentence")


def _first(found: pl.DataFrame, says: str, name: str) -> pl.DataFrame:
    """One reason a row."""
    reason = pl.concat_str(pl.lit(says + ' "'), pl.col(name).str.strip_chars(), pl.lit('"'))
    return found.select("row", reason.alias(DOUBT)).unique("row", keep="first", maintain_order=True)


def _sentences(rows: pl.DataFrame) -> pl.DataFrame:
    """The sentences of each context: `row`, `sentence`, and the stems of its words."""
    apart = rows.filter(~pl.col("elsewhere")).select("row", _split("context").alias("sentence")).explode("sentence")
    return apart.drop_nulls("sentence").with_columns(_stems(words_of(pl.col("sentence"))).alias("stems"))


def _split(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all(r"[.!?\n]+", "\n").str.split("\n")


def _stems(bare: pl.Expr) -> pl.Expr:
    """The telling words of a bare text, cut to what their forms have in common."""
    telling = pl.element().filter(~pl.element().is_in(IDLE) & (pl.element() != ""))
    return bare.str.strip_chars().str.split(" ").list.eval(telling.str.slice(0, STEM))
