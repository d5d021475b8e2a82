from __future__ import annotations

from typing import Any

from growloop.dataset.checks.verdicts import disputed_verdicts
from growloop.records.annotation import Annotation
from growloop.records.example import examples_frame
from growloop.records.task import Task
from growloop.records.version import Finding

TASK = Task(name="t", purpose="p", answer_kind="open_generative", abstain_answer="I don't know.")
DATA = examples_frame(
    {
        "question": ["Dogs?", "Open?", "Cheap?"],
        "context": ["Dogs may come in."] * 3,
        "answers": [["yes"], [], ["no"]],
        "origin": ["import:rows.csv"] * 3,
    }
)


def said(by: str, verdict: str, question: str = "Dogs?", **more: Any) -> Annotation:
    given = {"context": "Dogs may come in.", "shown_answer": "yes", "at": "2026-01-01T00:00:00Z", **more}
    return Annotation(question=question, verdict=verdict, by=by, **given)  # type: ignore[arg-type]


def found(*annotations: Annotation) -> list[Finding]:
    numbered = [given.model_copy(update={"id": number}) for number, given in enumerate(annotations)]
    return disputed_verdicts(numbered, DATA)(DATA, TASK)


def test_two_people_who_disagree_are_named_with_what_they_said_and_what_to_do() -> None:
    [finding] = found(said("ana", "wrong", answers=("Yes, they may.",)), said("ben", "unanswerable", "dogs"))

    assert (finding.severity, finding.count) == ("warning", 1)
    assert '"Dogs?": ana says "Yes, they may.", ben says unanswerable' in finding.message
    assert finding.examples == (DATA["id"][0],)
    assert finding.remedy == "Let them agree, and one of them judge it again:  growloop serve"


def test_a_person_and_the_data_disagree_in_either_direction() -> None:
    [finding] = found(said("ana", "unanswerable"), said("ben", "correct", "Open?"), said("ben", "correct", "Cheap?"))

    assert (finding.severity, finding.count) == ("info", 2)
    assert 'ana says unanswerable, the data says "yes"' in finding.message


def test_an_accepted_abstention_says_unanswerable() -> None:
    [finding] = found(said("ana", "correct"), said("ben", "correct", shown_answer=" i don't KNOW. "))

    assert 'ana says "yes", ben says unanswerable' in finding.message


def test_the_last_word_of_each_person_counts_and_nameless_verdicts_are_one_persons() -> None:
    assert found(said("ana", "unanswerable"), said("ana", "correct")) == []
    assert found(said("", "unanswerable"), said(" ", "correct")) == []


def test_what_was_taken_back_bad_questions_and_other_contexts_are_no_dispute() -> None:
    given = [
        said("ana", "correct"),
        said("ben", "unanswerable", withdrawn=True),
        said("ben", "bad_question"),
        said("ben", "wrong"),
        said("ben", "unanswerable", context="Another place."),
        said("ben", "wrong", answers=("Yes, of course.",)),
    ]

    assert found(*given) == []
    assert found() == []
