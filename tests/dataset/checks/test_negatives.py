from __future__ import annotations

from growloop.dataset.checks.negatives import negative_answered
from growloop.records.example import examples_frame
from growloop.records.task import Task

TASK = Task(name="t", purpose="p", answer_kind="extractive")


def test_a_negative_whose_context_holds_the_answer_known_from_elsewhere_is_reported() -> None:
    examples = examples_frame(
        {
            "question": ["Who built it?", "who built it?"],
            "context": ["Papin built it.", "Some say that Papin did."],
            "answers": [["Papin"], []],
            "negative": [None, "wrong_text"],
        }
    )

    [finding] = negative_answered(examples, TASK)

    assert (finding.severity, finding.count) == ("warning", 1)
    assert finding.examples == (examples["id"][1],)


def test_the_answer_of_the_example_it_was_made_from_counts_too() -> None:
    made_from = examples_frame({"question": ["Who built it?"], "context": ["c"], "answers": [["Papin"]]})
    negative = examples_frame(
        {"question": ["Who did build it?"], "context": ["It was Papin."], "parent": [made_from["id"][0]]}
    )

    [finding] = negative_answered(made_from.vstack(negative), TASK)

    assert finding.examples == (negative["id"][0],)


def test_parts_of_words_short_answers_and_the_rightly_unanswerable_are_not() -> None:
    examples = examples_frame(
        {
            "question": ["Who?", "Who?", "Open?", "Open?", "Where?"],
            "context": ["Anna", "Annapolis is a town.", "yes", "yes it has yes", "Paris"],
            "answers": [["Anna"], [], ["yes"], [], []],
        }
    )

    assert negative_answered(examples, TASK) == []


def test_a_negative_with_answers_contradicts_itself() -> None:
    examples = examples_frame(
        {"question": ["q", "r"], "answers": [["a"], []], "negative": ["wrong_entity", "wrong_entity"]}
    )

    [finding] = negative_answered(examples, TASK)

    assert (finding.severity, finding.examples) == ("error", (examples["id"][0],))
