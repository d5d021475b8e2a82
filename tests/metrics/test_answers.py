"""Normalising by the column agrees with normalising one by one, on any text."""

from __future__ import annotations

import re
import string

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from growloop.metrics.answers import is_abstention, normalise, normalise_all

SNAGS = ["the", "The", "a", "an", "AN", "ΟΔΟΣ", "Σ", "σ", "İ", "ß", "ﬀ", "é", "e\u0301", "don't", "1,000", "U.S.", "а"]
GAPS = [
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\v",
    "\f",
    "\x1c",
    "\x1f",
    "\x85",
    "\u00a0",
    "\u2028",
    "\u3000",
    "\u200b",
    "\x00",
    "\x7f",
]
MARKS = [*"!\"#'-_.,", "—", "’", "“", "\x01", "\x1b", "\u0301", ""]
pieces = st.lists(st.sampled_from([*SNAGS, *GAPS, *MARKS, "the ", " a ", "x"]), max_size=12).map("".join)
texts = st.one_of(pieces, st.text(max_size=20), st.text(alphabet="ath enTHE.,\n\t", max_size=30))


def by_the_rules(text: str) -> str:
    """The official script's steps, one character and one text at a time."""
    lowered = text.lower()
    without_punctuation = "".join(character for character in lowered if character not in set(string.punctuation))
    without_articles = re.sub(r"\b(a|an|the)\b", " ", without_punctuation, flags=re.UNICODE)
    return " ".join(without_articles.split())


@given(texts)
@example("the\x01cat")
@example("the the the a an the")
def test_one_answer_is_normalised_by_the_official_rules(text: str) -> None:
    assert normalise(text) == by_the_rules(text)


@given(st.lists(texts, max_size=8))
@example([])
@example([""])
@example(["\n", "a\nthe", "\r\n"])
@example(["ΟΔΟΣ", "Σ", "ΑΣ\nΒ"])
@example(["the", "plain ascii", "more", "words", "é the"])
@example(["a\x00the", "b"])
def test_a_column_is_normalised_as_its_rows_would_be(rows: list[str]) -> None:
    assert normalise_all(rows) == [by_the_rules(row) for row in rows]


def test_a_hundred_thousand_rows_are_normalised_as_their_rows_would_be() -> None:
    rows = [f"The {number % 7} cats, an owl\tand A dog{'é' * (number % 50 == 0)}!" for number in range(100_000)]

    assert normalise_all(rows) == [by_the_rules(row) for row in rows]


def test_null_is_the_empty_answer() -> None:
    assert normalise_all(pl.Series(["The cat", None])) == ["cat", ""]


@pytest.mark.parametrize(
    "said", ["I don't know", "i DON’T know.", "I dont know", "  I don't  know\r\n", "", " ", "...", "the"]
)
def test_an_empty_answer_and_any_spelling_of_the_abstain_answer_abstain(said: str) -> None:
    assert is_abstention([said], "I don't know").to_list() == [True]


@pytest.mark.parametrize("said", ["I know", "I don't know whether dogs may come", "no", "0"])
def test_an_answer_that_says_something_does_not_abstain(said: str) -> None:
    assert is_abstention([said], "I don't know").to_list() == [False]


def test_no_predictions_give_an_empty_boolean_column() -> None:
    column = is_abstention(pl.Series([], dtype=pl.String), "I don't know")

    assert column.dtype == pl.Boolean
    assert column.len() == 0
