from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.duplicates import connected, drop_duplicates, normalised, with_keys
from growloop.records.example import EXAMPLES, examples_frame


def test_spaces_and_composition_of_characters_make_no_difference() -> None:
    texts = pl.Series(["cafe\u0301  au\u00a0\nlait ", "café au lait"])

    assert normalised(texts).to_list() == ["café au lait"] * 2


def test_case_and_punctuation_make_another_question_of_it() -> None:
    examples = examples_frame({"question": ["Dogs?", "dogs?", "Dogs"]})

    assert drop_duplicates(examples).height == 3


def test_the_later_example_wins() -> None:
    examples = examples_frame({"question": ["q", "other", "q "], "answers": [["old"], [], ["new"]]})

    assert drop_duplicates(examples)["answers"].to_list() == [[], ["new"]]


def test_an_annotation_wins_even_over_later_examples() -> None:
    examples = examples_frame(
        {
            "question": ["q"] * 4,
            "answers": [["1"], ["2"], ["3"], ["4"]],
            "origin": ["x", "annotation", "annotation", "x"],
        }
    )

    assert drop_duplicates(examples)["answers"].to_list() == [["3"]]


def test_nothing_has_no_duplicates() -> None:
    assert drop_duplicates(EXAMPLES.to_frame()).equals(EXAMPLES.to_frame())


texts = st.lists(st.tuples(st.text("aA \n", max_size=3), st.text("bé\u0301 ", max_size=3)), max_size=12)


@settings(max_examples=100, deadline=None)
@given(texts)
def test_twice_is_the_same_as_once_and_keys_are_unique_after(rows: list[tuple[str, str]]) -> None:
    examples = examples_frame({"question": [q for q, _ in rows], "context": [c for _, c in rows]})

    once = drop_duplicates(examples)

    assert drop_duplicates(once).equals(once)
    assert with_keys(once)["question_key"].is_unique().all()
    assert set(with_keys(once)["question_key"]) == set(with_keys(examples)["question_key"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=12))
def test_linked_names_share_a_family(pairs: list[tuple[str, str]]) -> None:
    families = connected(pairs)

    assert all(families[one] == families[other] for one, other in pairs)
    assert all(family <= name for name, family in families.items())
