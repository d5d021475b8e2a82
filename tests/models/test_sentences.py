from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from growloop.models.sentences import LONGEST, choose_sentences, relevance, split_sentences


@given(st.text(max_size=300))
def test_joined_sentences_are_the_text_again(text: str) -> None:
    assert "".join(split_sentences(text)) == text


def test_sentences_end_at_full_stops_and_line_breaks() -> None:
    assert split_sentences('He said "go!" We left.\r\nIt rained') == ['He said "go!" ', "We left.\r\n", "It rained"]


def test_text_without_full_stops_comes_in_pieces() -> None:
    pieces = split_sentences("word " * (LONGEST * 2 + 1))

    assert [len(piece.split()) for piece in pieces] == [LONGEST, LONGEST, 1]


def test_the_sentence_that_shares_rare_words_with_the_question_is_most_relevant() -> None:
    sentences = ["The food is the best.", "The dogs are allowed.", "The wine is the one."]

    scores = relevance("Is the dog allowed?", sentences)

    assert max(scores) == scores[1]


def test_the_most_relevant_sentences_that_fit_are_kept_in_the_order_of_the_text() -> None:
    sentences = ["Bla bla bla. ", "They have ramen. ", "Foo bar. ", "The ramen is hot."]

    assert choose_sentences("Is there ramen?", sentences, [4, 4, 3, 5], room=10) == [1, 3]


@given(
    question=st.text(max_size=30),
    sentences=st.lists(st.text(min_size=1, max_size=20), max_size=8),
    room=st.integers(0, 60),
)
def test_what_is_kept_fits_and_is_in_order(question: str, sentences: list[str], room: int) -> None:
    tokens = [len(sentence) for sentence in sentences]

    kept = choose_sentences(question, sentences, tokens, room)

    assert sum(tokens[number] for number in kept) <= room
    assert kept == sorted(set(kept))
    assert all(
        tokens[number] > room - sum(tokens[place] for place in kept) for number in set(range(len(tokens))) - set(kept)
    )
