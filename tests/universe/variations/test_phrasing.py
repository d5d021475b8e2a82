from __future__ import annotations

from random import Random

import pytest

from growloop.universe.variations.phrasing import contractions, no_function_words, politeness, spelling, synonyms
from growloop.universe.variations.word_lists import entries, pairs


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is on the menu?", "What's on the menu?"),
        ("What's on the menu?", "What is on the menu?"),
        ("I don’t eat meat.", "I do not eat meat."),
        ("I DO NOT EAT MEAT.", "I DON'T EAT MEAT."),
        ("Which dishes?", "Which dishes?"),
    ],
)
def test_questions_are_contracted_or_written_out(question: str, expected: str) -> None:
    assert contractions(question, Random(0)) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Any flavours without sugar?", "Any flavors without sugar?"),
        ("Any flavors without sugar?", "Any flavours without sugar?"),
        ("Do you take a cheque?", "Do you take a check?"),
        ("Please check it.", "Please check it."),
        ("The CENTRE?", "The CENTER?"),
    ],
)
def test_spelling_crosses_the_ocean(question: str, expected: str) -> None:
    assert spelling(question, Random(0)) == expected


def test_an_american_word_that_means_more_in_britain_stays() -> None:
    lost = {american for _, american in pairs("spellings", ">")} & {american for _, american in pairs("spellings")}

    assert not lost


def test_a_synonym_replaces_whole_words_only() -> None:
    assert synonyms("Are dogs allowed?", Random(0)) == "Are dogs permitted?"
    assert synonyms("Are dogs disallowed?", Random(0)) == "Are dogs disallowed?"


@pytest.mark.parametrize("seed", range(20))
def test_hurried_questions_keep_every_telling_word(seed: int) -> None:
    short = no_function_words("Is there any parking for the guests of {hotel}, or is it not allowed?", Random(seed))

    assert len(short) < len("Is there any parking for the guests of {hotel}, or is it not allowed?")
    for word in ("parking", "guests", "{hotel}", "not", "allowed"):
        assert word in short.lower()


def test_no_negation_is_a_function_word() -> None:
    assert not {"no", "not", "without", "never"} & {*entries("function_words"), *entries("auxiliaries")}


def test_a_question_of_function_words_alone_stays() -> None:
    assert no_function_words("Is it?", Random(0)) == "Is it?"


@pytest.mark.parametrize("seed", range(20))
def test_a_polite_question_holds_the_question(seed: int) -> None:
    polite = politeness("Are dogs allowed at {bar}?", Random(seed))

    assert "re dogs allowed at {bar}?" in polite
    assert len(polite) > len("Are dogs allowed at {bar}?")


def test_a_name_in_front_keeps_its_capital() -> None:
    assert "Kumo House, dogs ok?" in politeness("Kumo House, dogs ok?", Random(0))
