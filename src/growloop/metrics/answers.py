"""Answers made comparable by the rules of the official SQuAD v2 script, one at a time and by the column.

The rules, in order: lower case; drop ASCII punctuation; put a space for each of the words a, an, the; collapse
white space. A column is treated as one long string, which costs a few passes in C instead of a loop in Python.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

import polars as pl

Texts = Sequence[str] | pl.Series

_ARTICLES = re.compile(r"(?:t(?<!\wt)he|a(?<!\wa)n?)(?!\w)")
r"""What \b(?:a|an|the)\b finds, sooner: each way to begin is a letter, so that the search can look for it."""
_DROPPED = string.punctuation.encode()

# the quick way, for ASCII
BLANKS = b"\t\v\f\r\x1c\x1d\x1e\x1f"
"""What `str.split` takes for white space in ASCII, beside space and newline."""
_CONTROLS = bytes(set(range(0x20)) - set(BLANKS + b"\n")) + b"\x7f"
"""Neither white space nor part of a word: an article beside one counts as a word, so the quick way is wrong."""
_LOWERED = bytes.maketrans(
    string.ascii_uppercase.encode() + BLANKS, string.ascii_lowercase.encode() + b" " * len(BLANKS)
)
_SPACED_ARTICLES = re.compile(r" (?:the|an?)(?= )")


def normalise(text: str) -> str:
    """An answer as the official script compares it.

    >>> normalise("The  Eiffel Tower!")
    'eiffel tower'
    """
    return " ".join(_lines(text.replace("\n", " "))[0].split())


def normalise_all(texts: Texts) -> list[str]:
    """`normalise` on every row of a column; null counts as the empty answer."""
    return [" ".join(line.split()) for line in loosely_normalised(texts)]


def loosely_normalised(texts: Texts) -> list[str]:
    """Every row normalised but for its white space; splitting it gives its tokens.

    Rows that agree already need no splitting, so that step is left to the caller.
    """
    rows = as_list(texts)
    if not rows:
        return []
    odd = [number for number, plain in enumerate(map(str.isascii, rows)) if not plain]
    if not odd:
        return _ascii_lines(_joined(rows, " \n "))
    if 4 * len(odd) > len(rows):
        return _lines(_joined(rows, "\n"))
    rest = rows.copy()
    for number in odd:
        rest[number] = ""
    lines = _ascii_lines(_joined(rest, " \n "))
    for number, line in zip(odd, _lines(_joined([rows[number] for number in odd], "\n")), strict=True):
        lines[number] = line
    return lines


def as_list(texts: Texts) -> list[str]:
    """The rows of a column as Python strings, null as the empty one."""
    if isinstance(texts, pl.Series):
        return texts.cast(pl.String).fill_null("").to_list()
    return list(texts)


def _joined(rows: list[str], between: str) -> str:
    """All rows as one string with exactly one newline between two of them."""
    joined = between.join(rows)
    if joined.count("\n") == len(rows) - 1:
        return joined
    return between.join([row.replace("\n", " ") for row in rows])  # inside a row it is white space like any other


def _lines(joined: str) -> list[str]:
    """Row by row for any text: case, word boundaries and white space are Unicode's.

    A newline is no letter and no mark, so neither lower-casing (Σ at the end of a word) nor a
    word boundary looks across it into the next row.
    """
    return _ARTICLES.sub(" ", _without_punctuation(joined.lower())).split("\n")


def _without_punctuation(text: str) -> str:
    """In UTF-8 no byte of another character looks like one of ASCII, so a pass over bytes does it."""
    return text.encode("utf-8", "surrogatepass").translate(None, _DROPPED).decode("utf-8", "surrogatepass")


def _ascii_lines(joined: str) -> list[str]:
    """The same for ASCII rows joined by " \\n ", so that every word stands between spaces: one pass over bytes."""
    content = joined.encode("ascii")
    if len(content.translate(None, _CONTROLS)) != len(content):
        return _lines(joined)
    lowered = content.translate(_LOWERED, _DROPPED).decode("ascii")
    return _SPACED_ARTICLES.sub("", f" {lowered} ").split("\n")


def is_abstention(predictions: Texts, abstain_answer: str) -> pl.Series:
    """True where a prediction is empty or says the abstain answer, whatever its case, punctuation and articles.

    >>> is_abstention(["I don’t know.", "", "No"], "I don't know").to_list()
    [True, True, False]
    """
    silent = {"", normalise(_straight(abstain_answer))}
    said = normalise_all([_straight(text) for text in as_list(predictions)])
    return pl.Series("abstained", [text in silent for text in said], dtype=pl.Boolean)


def _straight(text: str) -> str:
    """Curly apostrophes as straight ones, which normalising drops: "don’t" and "don't" are one word."""
    return text.replace("’", "'").replace("‘", "'")
