"""Slices in words."""

from __future__ import annotations

from typing import get_args

import pytest

from growloop.diagnose.words import in_words
from growloop.records.universe import NegativeKind, VariationKind


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({}, "all questions"),
        (
            {"negative": "wrong_entity", "template": "vegan-options", "text.case": "lower"},
            "questions of kind vegan-options, in lower case, about another restaurant's text",
        ),
        ({"city": "Kyoto"}, "questions where city is Kyoto"),
        ({"text.opening": "does"}, "questions that begin with “does”"),
        ({"text.word.dogs": "yes"}, "questions with the word “dogs”"),
        ({"text.word.vegan options": "yes"}, "questions with the words “vegan options”"),
        ({"text.question_length": "5-8"}, "questions of 5 to 8 words"),
        ({"text.context_length": "none"}, "questions without a text"),
        ({"text.answer_length": "16 or more"}, "questions with an answer of 16 or more words"),
        ({"text.question_mark": "no"}, "questions without a question mark"),
        ({"text.rank": "2-3"}, "questions whose text the retriever ranked 2 to 3"),
        ({"answer": "list"}, "questions to be answered with a list"),
        ({"answer": "maybe"}, "questions where answer is maybe"),
        ({"text.unheard_of": "so"}, "questions where unheard of is so"),
    ],
)
def test_a_slice_is_said_as_a_person_would(where: dict[str, str], words: str) -> None:
    assert in_words(where, entity="restaurant") == words


@pytest.mark.parametrize("key", ["negative", "variation"])
def test_every_kind_that_a_universe_knows_has_words(key: str) -> None:
    kinds = get_args(NegativeKind) if key == "negative" else get_args(VariationKind)

    assert [kind for kind in (*kinds, "none") if "where" in in_words({key: kind}).split()] == []
