"""The opposite of an answer, made from its words: yes for no, "is not" for "is"."""

from __future__ import annotations

import polars as pl

_AUXILIARY = r"(?i)\b(is|are|was|were|can|may|must|should|will|does|do|did|has|have)(n['’]t| not)?\b"


def opposites(answers: pl.Series) -> pl.Series:
    """Each answer with yes and no exchanged, and "not" put after its first auxiliary verb or taken away.

    What has neither gets a "not " before it. English only.

    >>> opposites(pl.Series(["Yes, dogs are allowed.", "No, they do not offer it", "ramen"])).to_list()
    ['No, dogs are not allowed.', 'Yes, they do offer it', 'not ramen']
    """
    text = pl.col("text")
    rows = pl.DataFrame({"text": answers.cast(pl.String).fill_null("")})
    rows = rows.with_columns(start=text.str.extract(r"^(?i)\s*(yes|no)\b").str.to_lowercase(), verb=_verb())
    return rows.select(
        pl.when(pl.col("start").is_not_null() | pl.col("verb").is_not_null())
        .then(_swapped(_negated(text)))
        .otherwise(pl.lit("not ") + text)
        .alias("text")
    )["text"]


def can_be_denied(answers: pl.Series) -> pl.Series:
    """True where an answer says yes or no, or has an auxiliary verb: its opposite is the opposite in truth.

    >>> can_be_denied(pl.Series(["No.", "The bar is open.", "ramen"])).to_list()
    [True, True, False]
    """
    return answers.str.contains(r"^(?i)\s*(yes|no)\b") | answers.str.contains(_AUXILIARY)


def _verb() -> pl.Expr:
    return pl.col("text").str.extract(_AUXILIARY, 1)


def _negated(text: pl.Expr) -> pl.Expr:
    """The first auxiliary verb turned round; an answer without one as it is."""
    found = text.str.extract(_AUXILIARY, 0)
    denied = text.str.extract(_AUXILIARY, 2).is_not_null()
    turned = pl.when(denied).then(text.str.extract(_AUXILIARY, 1)).otherwise(found + " not")
    return pl.when(found.is_null()).then(text).otherwise(_replaced_first(text, found, turned))


def _replaced_first(text: pl.Expr, found: pl.Expr, turned: pl.Expr) -> pl.Expr:
    """Where a whole word was found, the text before it, the new words, the text behind it."""
    before = text.str.extract(rf"^(?s)(.*?){_AUXILIARY}", 1)
    length = before.str.len_chars() + found.str.len_chars()
    return before + turned + text.str.slice(length)


def _swapped(text: pl.Expr) -> pl.Expr:
    """Yes and no at the start exchanged, the first letter as large as it was."""
    start = text.str.extract(r"^\s*((?i:yes|no))\b", 1)
    rest = text.str.replace(r"^\s*(?i:yes|no)\b", "")
    other = pl.when(start.str.to_lowercase() == "yes").then(pl.lit("no")).otherwise(pl.lit("yes"))
    large = start.str.contains(r"^\p{Lu}")
    return (
        pl.when(start.is_null())
        .then(text)
        .otherwise(pl.when(large).then(other.str.to_titlecase()).otherwise(other) + rest)
    )
