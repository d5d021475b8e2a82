from __future__ import annotations

import pytest

from growloop.dataset.checks.scope import out_of_scope, subjects
from growloop.records.example import examples_frame
from growloop.records.task import Scope, Task

OUTSIDE = ("Prices, opening hours, bookings and directions", "Whether a place is any good", "Anything else")
TASK = Task(name="t", purpose="p", answer_kind="extractive", scope=Scope(outside=OUTSIDE))


def reported(question: str, answers: list[str]) -> bool:
    return bool(out_of_scope(examples_frame({"question": [question], "answers": [answers]}), TASK))


def test_lines_that_describe_name_no_subject() -> None:
    assert subjects(OUTSIDE) == ["Prices", "opening hours", "bookings", "directions"]


@pytest.mark.parametrize("question", ["What is the price?", "What are the OPENING HOURS?", "Do you have directions?"])
def test_an_answered_question_on_a_subject_outside_is_reported(question: str) -> None:
    assert reported(question, ["an answer"])


@pytest.mark.parametrize("question", ["Is it a good place?", "Is it open?", "Are hours counted?", "Is it pricey?"])
def test_questions_that_name_no_such_subject_are_not(question: str) -> None:
    assert not reported(question, ["an answer"])


def test_where_the_model_abstains_the_scope_is_kept() -> None:
    assert not reported("What is the price?", [])
