"""The sentence an answer rests on."""

from __future__ import annotations

import pytest

from growloop.models.evidence import evidence

TEXT = "Lupo has no parking. Dogs may lie on the terrace! The pasta is great.\n\nTaco Bar: cash only."


def marked(question: str, answer: str, span: tuple[int, int] | None = None) -> list[tuple[str, str]]:
    return [(mark.kind, TEXT[mark.start : mark.end]) for mark in evidence(question, answer, TEXT, span)]


def test_an_answer_in_the_text_is_marked_in_its_sentence() -> None:
    assert marked("Where may dogs lie?", "on the terrace") == [
        ("sentence", "Dogs may lie on the terrace!"),
        ("answer", "on the terrace"),
    ]


def test_what_a_model_marked_itself_is_taken_before_what_reads_alike() -> None:
    place = TEXT.index("only")

    assert marked("What?", "on the terrace", (place, place + 4)) == [
        ("sentence", "Taco Bar: cash only."),
        ("answer", "only"),
    ]


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        ("May I bring my dog?", "Yes, dogs are welcome outside.", "Dogs may lie on the terrace!"),
        ("Is the pasta any good?", "Yes", "The pasta is great."),
        ("Are dogs allowed?", "No.", "Dogs may lie on the terrace!"),  # not the sentence with "no" in it
    ],
)
def test_an_answer_in_other_words_rests_on_the_sentence_that_shares_most(
    question: str, answer: str, sentence: str
) -> None:
    assert marked(question, answer) == [("sentence", sentence)]


@pytest.mark.parametrize("answer", ["", "Sushi"])
def test_nothing_is_marked_where_nothing_is_shared(answer: str) -> None:
    assert marked("Sushi?", answer) == []


def test_without_a_text_there_is_no_evidence() -> None:
    assert evidence("Dogs?", "Yes", "") == ()
