from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.difference import CHANGES, DIFFERENCE, by_slice, change_counts, difference
from growloop.records.example import EXAMPLES, examples_frame


def rows(*asked: tuple[str, str, str], topic: str = "t") -> pl.DataFrame:
    """Examples from question, answer and side."""
    question, answer, split = ([row[k] for row in asked] for k in range(3))
    where = [{"topic": topic}] * len(asked)
    answers = [[text] if text else [] for text in answer]
    return examples_frame({"question": question, "answers": answers, "split": split, "where": where})


def test_each_kind_of_change_is_told() -> None:
    before = rows(("same", "a", "train"), ("moved", "a", "train"), ("told", "a", "train"), ("gone", "a", "test"))
    after = rows(("same", "a", "train"), ("moved", "a", "test"), ("told", "b", "train"), ("new", "", "validation"))

    found = difference(before, after)

    assert found.schema == DIFFERENCE
    shown = found.select("change", "question", "answers_before", "answers", "split_before", "split").rows()
    assert shown == [
        ("added", "new", None, [], None, "validation"),
        ("removed", "gone", ["a"], None, "test", None),
        ("relabelled", "told", ["a"], ["b"], "train", "train"),
        ("moved", "moved", ["a"], ["a"], "train", "test"),
    ]


def test_the_same_example_with_other_coordinates_has_changed() -> None:
    found = difference(rows(("q", "a", "train"), topic="x"), rows(("q", "a", "train"), topic="y"))

    assert found["change"].to_list() == ["changed"]
    assert found["where"].to_list() == [[{"key": "topic", "value": "y"}]]


def test_answers_in_another_order_are_no_new_label() -> None:
    before, after = (
        examples_frame({"question": ["q"], "answers": [answers], "split": ["train"]})
        for answers in (["a", "b"], ["b", "a"])
    )

    assert difference(before, after)["change"].to_list() == ["changed"]


def test_a_question_that_becomes_unanswerable_is_relabelled() -> None:
    [change] = difference(rows(("q", "a", "train")), rows(("q", "", "train"))).to_dicts()

    assert (change["change"], change["answers_before"], change["answers"]) == ("relabelled", ["a"], [])


def test_the_same_question_about_another_text_is_another_example() -> None:
    before, after = (examples_frame({"question": ["q"], "context": [text], "answers": [["a"]]}) for text in ("x", "y"))

    assert change_counts(difference(before, after)) == {**dict.fromkeys(CHANGES, 0), "added": 1, "removed": 1}


def test_twins_are_paired_one_to_one() -> None:
    before = rows(("q", "a", "train"), ("q", "b", "train"))
    after = rows(("q", "c", "train"))

    assert change_counts(difference(before, after)) == {**dict.fromkeys(CHANGES, 0), "relabelled": 1, "removed": 1}


def test_nothing_beside_nothing_has_not_changed() -> None:
    found = difference(EXAMPLES.to_frame(), EXAMPLES.to_frame())

    assert found.schema == DIFFERENCE
    assert change_counts(found) == dict.fromkeys(CHANGES, 0)
    assert by_slice(found, ["topic"]).is_empty()


def test_changes_are_counted_by_side_and_by_coordinate() -> None:
    before = rows(("gone", "a", "test"))
    after = pl.concat([rows(("b", "a", "train"), ("c", "a", "train")), rows(("d", "a", "test"), topic="u")])

    counted = by_slice(difference(before, after), ["topic"])

    assert counted.select("name", "value", "added", "removed").rows() == [
        ("split", "test", 1, 1),
        ("split", "train", 2, 0),
        ("topic", "t", 2, 1),
        ("topic", "u", 1, 0),
    ]


asked = st.lists(
    st.tuples(st.sampled_from("pqr"), st.sampled_from(["", "a", "b"]), st.sampled_from(["train", "test"])),
    max_size=4,
    unique_by=lambda row: row[0],
)


@settings(max_examples=100, deadline=None)
@given(asked, asked)
def test_a_difference_accounts_for_every_row(
    one: list[tuple[str, str, str]], other: list[tuple[str, str, str]]
) -> None:
    before, after = rows(*one), rows(*other)

    counts = change_counts(difference(before, after))

    assert after.height - before.height == counts["added"] - counts["removed"]
    assert sum(counts.values()) == len({row[0] for row in set(one) ^ set(other)})
    back = change_counts(difference(after, before))
    assert back == {**counts, "added": counts["removed"], "removed": counts["added"]}
