from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from growloop.diagnose.neighbours import votes
from growloop.records.example import examples_frame


def test_near_examples_vote_and_far_ones_do_not():
    examples = examples_frame(
        {
            "question": ["Are dogs allowed?"] * 4 + ["How much is the soup?"],
            "context": [f"Our dogs were welcome at table {n}." for n in range(4)] + ["The soup costs four euros."],
            "answers": [["yes"], ["yes"], ["yes"], ["no"], ["four euros"]],
        }
    )

    found = votes(examples)

    assert found["voters"].to_list() == [3, 3, 3, 3, 0]
    assert found["rival"][3] == "yes"
    assert found["against"][3] > 0.99
    assert found["for_label"][3] == 0
    assert found["against"][4] == found["for_label"][4] == 0


def test_a_group_does_not_vouch_for_itself_unless_the_question_is_the_same():
    twins = {"question": ["Dogs?"] * 3, "context": ["We like dogs.", "We like big dogs.", "We like dogs."]}
    examples = examples_frame({**twins, "answers": [["yes"], ["yes"], []], "group": ["one"] * 3})

    found = votes(examples)

    assert found["voters"].to_list() == [1, 0, 1]
    assert found["rival"].to_list()[0] == ""
    assert found["rival"].to_list()[2] == "yes"


texts = st.text(alphabet="abc ", max_size=8)


@given(st.lists(st.tuples(texts, texts, st.sampled_from(["", "a", "b"])), max_size=14))
def test_votes_are_shares_and_never_more_than_the_whole(rows: list[tuple[str, str, str]]):
    columns = {"question": [q for q, _, _ in rows], "context": [c for _, c, _ in rows]}
    answers = [[answer] if answer else [] for _, _, answer in rows]
    examples = examples_frame({**columns, "answers": pl.Series(answers, dtype=pl.List(pl.String))})

    found = votes(examples)

    assert found.height == len(rows)
    assert ((found["for_label"] + found["against"]) <= 1 + 1e-6).all()
    assert (found["voters"] <= 10).all()
