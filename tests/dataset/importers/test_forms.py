from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from growloop.dataset.importers import Imported, read_examples


@pytest.fixture
def importing(tmp_path: Path) -> Any:
    def read(*rows: Any, **options: Any) -> Imported:
        path = tmp_path / "rows.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        return read_examples(path, **options)

    return read


def turns(*texts: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for role, text in texts]


def test_alpaca_is_recognised(importing: Any) -> None:
    imported = importing(
        {"instruction": "Dogs?", "input": "No dogs.", "output": "no"},
        {"instruction": "Cats?", "input": "", "output": "yes"},
    )

    assert imported.format == "alpaca in jsonl"
    assert imported.examples.select("question", "context", "answers").rows() == [
        ("Dogs?", "No dogs.", ["no"]),
        ("Cats?", "", ["yes"]),
    ]


@pytest.mark.parametrize("form", ["sharegpt", "messages"])
def test_each_answer_of_a_conversation_is_a_row_and_earlier_turns_its_context(importing: Any, form: str) -> None:
    said = [("user", "Dogs?"), ("assistant", "no"), ("user", "And cats?"), ("assistant", "yes")]
    names = {"user": "human", "assistant": "gpt"}
    row = {"messages": turns(*said)}
    if form == "sharegpt":
        row = {"conversations": [{"from": names[who], "value": text} for who, text in said]}

    imported = importing(row, {**row, "id": "again"})

    assert imported.format == f"{form} in jsonl"
    assert imported.examples.select("question", "context", "answers").rows() == [
        ("Dogs?", "", ["no"]),
        ("And cats?", "User: Dogs?\n\nAssistant: no", ["yes"]),
    ]
    assert imported.duplicates == 2


def test_a_system_text_is_context_where_it_varies_and_an_instruction_where_it_does_not(importing: Any) -> None:
    asked = [("user", "Dogs?"), ("assistant", "no")]
    varying = [{"messages": turns(("system", f"Review {n}"), *asked)} for n in range(3)]
    constant = [{"messages": turns(("system", "Be kind."), *asked), "n": n} for n in range(3)]

    assert importing(*varying).examples["context"].to_list() == ["Review 0", "Review 1", "Review 2"]
    assert importing(*constant).examples["context"].to_list() == [""]


def test_a_conversation_that_is_none_is_set_aside(importing: Any) -> None:
    good = {"messages": turns(("user", "q"), ("assistant", "a"))}
    bad = [{"messages": turns(("user", "q"))}, {"messages": [{"role": "martian", "content": "x"}]}, {"messages": 5}, 7]
    picture = {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, *turns(("assistant", "a"))]}

    imported = importing(good, good, good, good, good, good, *bad, picture)

    assert imported.examples.height == 1
    assert imported.rejected["row"].to_list() == [7, 8, 9, 10, 11]


def test_label_studio_answers_are_texts_and_marked_regions(importing: Any) -> None:
    def task(number: int, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
        data = {"question": f"q{number}", "text": "Normandy is in France."}
        return {"id": number, "data": data, "annotations": [{"result": list(results), **more}]}

    region = {"type": "labels", "value": {"start": 15, "end": 21, "text": "France", "labels": ["Answer"]}}
    typed = {"type": "textarea", "value": {"text": ["in France"]}}
    impossible = {"type": "choices", "from_name": "kind", "value": {"choices": ["Unanswerable"]}}
    kind = {"type": "choices", "from_name": "kind", "value": {"choices": ["easy"]}}

    imported = importing(
        task(1, region, kind), task(2, typed), task(3, impossible), task(4), task(5, region, was_cancelled=True)
    )

    assert imported.format == "label-studio in jsonl"
    assert imported.examples["answers"].to_list() == [["France"], ["in France"], []]
    assert imported.examples["where"].to_list()[0] == [{"key": "kind", "value": "easy"}]
    assert imported.examples["context"].unique().to_list() == ["Normandy is in France."]
    assert imported.rejected["row"].to_list() == [4, 5]


def test_label_studio_annotators_who_contradict_each_other_are_not_merged(importing: Any) -> None:
    answer = {"result": [{"type": "textarea", "value": {"text": ["x"]}}]}
    refusal = {"result": [{"type": "choices", "value": {"choices": ["no answer"]}}]}

    imported = importing({"data": {"question": "q"}, "annotations": [answer, refusal]})

    assert "others call it unanswerable" in imported.rejected["reason"][0]


def test_argilla_responses_of_both_versions_are_the_answers(importing: Any) -> None:
    new = {
        "id": "1",
        "fields": {"question": "Dogs?", "context": "No dogs."},
        "metadata": {"topic": "dogs"},
        "responses": {
            "answer": [
                {"value": "no", "user_id": "u"},
                {"value": "never", "status": "submitted"},
                {"value": "x", "status": "discarded"},
            ]
        },
        "suggestions": {"answer": {"value": "maybe"}},
    }
    old = {
        "external_id": "2",
        "fields": {"question": "Cats?"},
        "responses": [{"values": {"answer": {"value": "yes"}}, "status": "submitted"}],
    }
    waiting = {"fields": {"question": "Cows?"}, "responses": {}, "suggestions": {"answer": {"value": "no"}}}

    imported = importing(new, old, waiting)

    assert imported.format == "argilla in jsonl"
    assert imported.examples.select("question", "context", "answers", "source_id").rows() == [
        ("Dogs?", "No dogs.", ["no", "never"], "1"),
        ("Cats?", "", ["yes"], "2"),
    ]
    assert imported.examples["where"].to_list()[0] == [{"key": "topic", "value": "dogs"}]
    assert imported.rejected["reason"].to_list() == ["no response was submitted"]


CARRIED = {
    "answers": ["no", " never "],
    "negative": None,
    "where": {"template": "dogs"},
    "group": "Luna Bar",
    "split": "test",
    "origin": "universe",
    "parent": "abc",
    "source_id": "7",
    "status": "draft",
}


@pytest.mark.parametrize(
    "row",
    [
        {"question": "Dogs?", "context": "No dogs.", "answer": "x", "topic": "other"},
        {"instruction": "Dogs?", "input": "No dogs.", "output": "x", "topic": "other"},
        {"messages": turns(("system", "No dogs."), ("user", "Dogs?"), ("assistant", "x"))},
        {"data": {"question": "Dogs?", "context": "No dogs."}, "annotations": []},
        {"fields": {"question": "Dogs?", "context": "No dogs."}, "responses": {}},
    ],
)
def test_what_a_form_has_no_place_for_is_restored_from_growloop(importing: Any, row: dict[str, Any]) -> None:
    [example] = importing({**row, "growloop": CARRIED}).examples.to_dicts()

    where = {pair["key"]: pair["value"] for pair in example["where"]}
    assert (example["question"], example["context"]) == ("Dogs?", "No dogs.")
    assert {name: example[name] for name in CARRIED} | {"where": where} == CARRIED


def test_a_coordinate_that_is_null_is_one_that_the_example_lacks(importing: Any) -> None:
    carried = {"where": {"template": "dogs", "food": None}}

    [where] = importing({"question": "q", "answer": "a", "growloop": carried}).examples["where"].to_list()

    assert where == [{"key": "template", "value": "dogs"}]


@pytest.mark.parametrize(
    "carried", [5, "text", {"answers": "no list"}, {"where": ["x"]}, {"status": "lost"}, {"split": "holdout"}]
)
def test_a_growloop_object_that_is_none_sets_the_row_aside(importing: Any, carried: Any) -> None:
    imported = importing({"question": "q", "answer": "a"}, {"question": "q", "answer": "a", "growloop": carried})

    assert '"growloop"' in imported.rejected["reason"][0]


def test_the_words_for_not_knowing_mean_unanswerable(importing: Any) -> None:
    imported = importing({"instruction": "q", "output": "I don't know."}, abstain_answer="I don't know.")

    assert imported.examples.select("answers", "negative").row(0) == ([], "unanswerable")


def test_paths_lead_into_nested_objects(importing: Any) -> None:
    row = {"userInput": {"text": "For two at eight"}, "labels": [{"slot": "people"}, {"slot": "time"}, {"other": 1}]}

    imported = importing(row, mapping={"question": "userInput.text", "answers": "labels.slot"})

    assert imported.examples.select("question", "answers").row(0) == ("For two at eight", ["people", "time"])
