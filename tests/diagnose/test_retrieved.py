from __future__ import annotations

import polars as pl

from growloop.diagnose.retrieved import as_read, retrieved
from growloop.records.example import examples_frame

ASKED = examples_frame(
    {
        "id": ["phone", "dish", "nobody", "bare"],
        "question": ["What is the number of Nori?", "What is served at Nori?", "Who owns Nori?", "Open?"],
        "answers": [["020 7946"], ["ramen", "soup"], [], ["Yes."]],
    }
)
FOUND = pl.DataFrame(
    {
        "question": [0, 0, 1, 1, 2],
        "rank": [1, 2, 1, 2, 1],
        "id": ["a", "b", "a", "b", "a"],
        "text": ["Nori is nice.", "Call 020 1111.", "Nori is nice.", "They do soup.", "Nori is nice."],
    }
)


def test_what_is_read_is_the_best_of_what_was_found_and_the_rank_says_where_the_answer_stands() -> None:
    found = retrieved(ASKED, FOUND, 1)

    assert found["id"].to_list() == ASKED["id"].to_list()
    assert found["context"].to_list() == ["Nori is nice."] * 3 + [""]
    assert found["rank"].to_list() == [2, 2, None, None]


def test_of_several_passages_all_are_read_the_best_first() -> None:
    found = retrieved(ASKED, FOUND, 2)

    assert found["passages"][1].to_list() == ["a", "b"]
    assert found["context"][1] == "Nori is nice.\n\nThey do soup."


def test_examples_whose_text_was_not_looked_for_keep_their_own() -> None:
    both = ASKED.with_columns(context=pl.lit("its own"))

    read = as_read(both, retrieved(ASKED.head(1), FOUND, 1))

    assert read["context"].to_list() == ["Nori is nice.", "its own", "its own", "its own"]
