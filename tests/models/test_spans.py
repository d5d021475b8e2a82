from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from growloop.models.spans import locate_answer


def test_of_several_occurrences_the_one_near_the_question_s_words_is_taken() -> None:
    context = "Lunch starts at six. " + "Nothing more to say. " * 10 + "Dinner starts at six."

    start, end = locate_answer(context, ["six"], "When does dinner start?") or (0, 0)

    assert context[start:end] == "six"
    assert start > 100


def test_whole_words_come_before_parts_of_words() -> None:
    assert locate_answer("Carpets are old. My car is new.", ["car"]) == (20, 23)


def test_another_case_is_found_and_what_is_not_there_is_none() -> None:
    assert locate_answer("Pad Thai is good", ["pad thai"]) == (0, 8)
    assert locate_answer("Pad Thai is good", ["ramen", ""]) is None
    assert locate_answer("Pad Thai is good", None) is None


@given(before=st.text(max_size=20), answer=st.text(min_size=1, max_size=10), after=st.text(max_size=20))
def test_what_stands_in_the_context_is_found(before: str, answer: str, after: str) -> None:
    context = before + answer + after

    found = locate_answer(context, [answer])

    assert (found is None) == (not answer.strip())
    if found:
        assert context[found[0] : found[1]] == answer.strip()
