from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.duplicates import with_keys
from growloop.dataset.kinship import LINKS, Texts, family, links, merged
from growloop.records.example import EXAMPLES, examples_frame

GARDEN = "The garden behind the house is open to dogs in summer and in winter."
NEARLY = "The garden behind the house is open to cats in summer and in winter."
POOL = "Nobody may swim here after ten, whatever the weather."


def linked(**columns: Any) -> list[tuple[str, str]]:
    """The links between groups named `a`, `b`, …, one for each row."""
    rows = len(next(iter(columns.values())))
    texts = {"question": [f"q{n}" for n in range(rows)], "context": [f"unlike{n}" for n in range(rows)]}
    examples = with_keys(examples_frame({**texts, "group": [chr(97 + n) for n in range(rows)], **columns}))
    found = links(examples, family(examples), Texts.of(examples, 0.7))
    assert found.schema == LINKS
    return sorted(found.select("one", "other").iter_rows())


def test_contexts_that_nearly_repeat_each_other_are_linked() -> None:
    assert linked(context=[GARDEN, NEARLY, POOL]) == [("a", "b")]


def test_short_contexts_that_differ_by_a_word_say_different_things() -> None:
    assert linked(context=["Bar 1: there is no terrace.", "Bar 2: there is no terrace."]) == []


def test_contexts_of_the_same_words_are_linked_whatever_their_order() -> None:
    assert linked(context=[GARDEN, POOL, " ".join(reversed(GARDEN.split())), GARDEN[:-1]]) == [("a", "c"), ("a", "d")]


def test_questions_of_one_template_are_not_linked_though_they_differ_by_one_word() -> None:
    dishes = ["ramen", "pie", "soup", "curry"]

    assert linked(question=[f"Can I get a bowl of {dish} at the Luna Bar today?" for dish in dishes]) == []


def test_questions_without_context_are_not_linked_by_one_template_and_yes_or_no() -> None:
    questions = [f"Can I get a bowl of {dish} at the Luna Bar today?" for dish in ("ramen", "pie", "soup")]

    assert linked(question=questions, context=[""] * 3, answers=[["yes"], ["yes"], ["no"]]) == []


def test_questions_without_context_that_ask_the_same_of_a_telling_answer_are_linked() -> None:
    questions = ["Which city is the capital of France?", "Which city is capital of France?", "Is Paris large?"]
    other = "Which city is the capital of Spain?"

    found = linked(question=[*questions, other], context=[""] * 4, answers=[["Paris"]] * 3 + [["Madrid"]])

    assert found == [("a", "b")]


def test_a_long_and_rare_answer_links_and_a_common_or_short_one_does_not() -> None:
    fact = "opened in the spring of 1907"

    assert linked(answers=[[fact], [fact.upper() + "."], ["in 1907"], ["in 1907"]]) == [("a", "b")]
    assert linked(answers=[[fact]] * 11) == []


def test_what_descends_from_an_example_is_linked_to_it_and_to_its_siblings() -> None:
    origin = examples_frame({"question": ["q0"], "context": ["unlike0"], "group": ["a"]})["id"].item()

    assert linked(parent=[None, origin, None, "gone", "gone"]) == [("a", "b"), ("d", "e")]


def test_nothing_is_linked_to_nothing() -> None:
    nothing = with_keys(EXAMPLES.to_frame())

    assert links(nothing, family(nothing), Texts.of(nothing, 0.7)).is_empty()


def test_links_do_not_tie_two_sides_and_the_strongest_decides() -> None:
    ties = pl.DataFrame({"one": ["free", "free"], "other": ["trained", "tested"], "strength": [0.9, 0.8]})

    together = merged({"free": None, "trained": "train", "tested": "test"}, ties)

    assert together["free"] == together["trained"] != together["tested"]


names = st.sampled_from("abcdefgh")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(names, names), max_size=12), st.dictionaries(names, st.sampled_from(["train", "test"])))
def test_what_stands_together_is_bound_to_one_side_and_is_all_that_links_reach(
    pairs: list[tuple[str, str]], bound: dict[str, str]
) -> None:
    sides = {name: bound.get(name) for name in "abcdefgh"}
    ties = pl.DataFrame(pairs, schema={"one": pl.String, "other": pl.String}, orient="row")

    together = merged(sides, ties)

    for name in sides:
        assert len({sides[other] for other in sides if together[other] == together[name]} - {None}) <= 1
    for one, other in pairs:
        if together[one] != together[other]:  # both already lean to a side, and not to the same
            lean = [{sides[n] for n in sides if together[n] == together[end]} - {None} for end in (one, other)]
            assert len(lean[0] | lean[1]) == 2


def test_text_numbers_follow_the_texts_and_not_the_rows() -> None:
    examples = examples_frame({"question": list("abcd"), "context": [GARDEN, POOL, NEARLY, GARDEN.upper()]})

    one, other = Texts.of(examples, 0.7), Texts.of(examples.reverse(), 0.7)

    assert one.keys.equals(other.keys)
    assert one.alike.pairs == other.alike.pairs == 1


@pytest.mark.parametrize("similarity", [0.7, 1.0])
def test_ten_thousand_texts_of_one_entity_each_are_not_linked(similarity: float) -> None:
    contexts = [f"Notes on number {n}: colour {n * 7}, size {n * 13}, weight {n * 17}." for n in range(10_000)]
    examples = with_keys(examples_frame({"question": ["What colour?"] * 10_000, "context": contexts}))

    assert links(examples, family(examples), Texts.of(examples, similarity)).is_empty()
