"""What makes two verdicts be about the same thing: question and context, however they are spelled."""

from __future__ import annotations

import re
import unicodedata

import polars as pl


def asked() -> pl.Expr:
    """What makes two verdicts be about the same thing: question and context."""
    return pl.concat_str(matched("question"), matched("context"), separator="\x1f").alias("asked")


def matched(text: str) -> pl.Expr:
    """A text as it is compared, never as it is kept: NFKC, white space collapsed."""
    return pl.col(text).map_batches(_all_compared, return_dtype=pl.String)


def _all_compared(texts: pl.Series) -> pl.Series:
    """Texts as they are compared; most are so already, which is found out in a tenth of the time."""
    strange = (~texts.str.contains(_PLAIN)).arg_true()
    spelled = texts.gather(strange).str.normalize("NFKC").str.replace_all(r"\s+", " ").str.strip_chars()
    return texts.scatter(strange, spelled) if strange.len() else texts


_LETTERS = "[!-~À-ÿЀ-џ–—‘’“”一-鿿]"
"""Letters that are normalized, whatever stands beside them."""
_PLAIN = f"^(?:{_LETTERS}+(?: {_LETTERS}+)*)?$"


def as_compared(text: str) -> str:
    """One text as it is compared, without a frame wherever Python's own idea of white space and letters will do.

    >>> as_compared("Dogs \\n allowed？")
    'Dogs allowed?'
    """
    plain = " ".join(text.split())
    # what Python knows and prints is normalized alike by all later versions of Unicode
    if plain.isprintable() and unicodedata.is_normalized("NFKC", plain) and not _NO_SPACE.search(text):
        return plain
    return str(_all_compared(pl.Series([text])).item())


_NO_SPACE = re.compile("[\x1c-\x1f]")
"""White space to Python, and to nobody else."""


def about(examples: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """The examples that verdicts may be about, by their question alone: contexts are long to compare."""
    if verdicts.is_empty():
        return examples.clear().with_columns(asked())
    return examples.filter(asks_as(verdicts)).with_columns(asked())


def asks_as(verdicts: pl.DataFrame) -> pl.Expr:
    """True on examples that ask what one of the verdicts is about, whatever their context."""
    questions = verdicts.select(matched("question").unique().alias("question"))["question"]
    return matched("question").is_in(questions.implode())
