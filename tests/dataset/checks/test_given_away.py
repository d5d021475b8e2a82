from __future__ import annotations

import pytest

from growloop.dataset.checks.given_away import given_away
from growloop.records.example import examples_frame
from growloop.records.task import Task

TASK = Task(name="t", purpose="p", answer_kind="extractive")


def count(question: str, *answers: str) -> int:
    examples = examples_frame({"question": [question], "context": ["c"], "answers": [list(answers)]})
    return sum(finding.count for finding in given_away(examples, TASK))


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("What fluid is used in a mercury turbine?", ["Mercury"]),
        ("Where is the home of the Sunnyside Country Club?", ["Sunnyside"]),
        ("Who runs Fortran-77 (the language)?", ["Fortran-77"]),
        ("What is the EU law called?", ["EU law", "the EU law"]),
    ],
)
def test_a_question_that_holds_all_its_answers_is_reported(question: str, answers: list[str]) -> None:
    assert count(question, *answers) == 1


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Is it cheap or expensive?", ["cheap"]),
        ("What is the strongest force?", ["strong"]),
        ("Is it a no?", ["no"]),
        ("What fluid is used in a mercury turbine?", ["Mercury", "quicksilver"]),
        ("Which is higher, X between Y?", ["higher"]),
        ("What does the café serve?", []),
    ],
)
def test_choices_parts_of_words_and_one_answer_of_several_are_not(question: str, answers: list[str]) -> None:
    assert count(question, *answers) == 0
