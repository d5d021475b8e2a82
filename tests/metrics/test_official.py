"""The official report, to the last digit, and what is said of files that cannot be scored."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from growloop.errors import BadData, NotFound
from growloop.metrics.official import score_squad_v2

SYSTEMS = ("bert_single.json", "bidaf_elmo_single.json", "nlnet_single.json")


def squad(**answers: list[str]) -> dict[str, Any]:
    """A SQuAD v2 data set with these questions and answers."""
    questions = [
        {"id": name, "question": "?", "answers": [{"text": t} for t in texts]} for name, texts in answers.items()
    ]
    return {"version": "v2.0", "data": [{"title": "t", "paragraphs": [{"context": "c", "qas": questions}]}]}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_report_is_the_official_one_to_the_last_digit_and_in_its_order(system: str, shared_data: Path) -> None:
    folder = shared_data / "squad_v2"
    expected = json.loads((folder / "expected_scores.json").read_text())[system]

    report = score_squad_v2(folder / "dev-v2.0.json.gz", folder / "official_predictions" / f"{system}.gz").report

    assert json.dumps(report) == json.dumps(expected)


def test_sides_that_have_no_questions_are_left_out() -> None:
    assert list(score_squad_v2(squad(a=["cat"]), {"a": "cat"}).report) == [
        *("exact", "f1", "total"),
        *("HasAns_exact", "HasAns_f1", "HasAns_total"),
    ]
    assert score_squad_v2(squad(a=[]), {"a": ""}).report["NoAns_exact"] == 100.0


def test_questions_without_a_prediction_are_noted_and_left_out() -> None:
    scored = score_squad_v2(squad(a=["cat"], b=["dog"], c=[]), {"a": "the cat", "c": "?!"})

    assert scored.notes == ("Missing prediction for b",)
    assert scored.report["total"] == 2
    assert scored.report["exact"] == 100.0
    assert scored.report["HasAns_total"] == 1


def test_many_missing_predictions_are_counted_after_the_first_ten() -> None:
    gold = squad(**{f"q{number:02}": ["x"] for number in range(25)})

    notes = score_squad_v2(gold, {"q00": "x"}).notes

    assert len(notes) == 11
    assert notes[-1] == "Missing predictions for 14 more questions"


def test_predictions_for_other_questions_are_ignored() -> None:
    assert score_squad_v2(squad(a=["cat"]), {"a": "cat", "zzz": "dog"}).report["total"] == 1


def test_files_may_be_compressed_or_not_and_start_with_a_byte_order_mark(tmp_path: Path) -> None:
    gold, predictions = tmp_path / "gold.json.gz", tmp_path / "said.json"
    gold.write_bytes(gzip.compress(json.dumps(squad(a=["Café"])).encode()))
    predictions.write_text('{"a": "café"}\r\n', encoding="utf-8-sig")

    assert score_squad_v2(gold, predictions).report["exact"] == 100.0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "line 1, column 2: not JSON"),
        (b"", "line 1, column 1: not JSON"),
        (b"[]", "a JSON list where an object should be"),
        (b'{"a": null}', 'the prediction for "a" is None, not a text'),
        (b'{"zzz": "cat"}', "none of its 1 ids is among the 1 questions"),
        (b"{}", "none of its 0 ids"),
        (b"\x1f\x8b broken", "cannot be read as JSON or JSON.gz"),
        (b'{"a": "\xff"}', "cannot be read as JSON or JSON.gz"),
    ],
)
def test_bad_predictions_are_refused_with_file_and_reason(content: bytes, complaint: str, tmp_path: Path) -> None:
    predictions = tmp_path / "said.json"
    predictions.write_bytes(content)

    with pytest.raises(BadData) as problem:
        score_squad_v2(squad(a=["cat"]), predictions)

    assert str(predictions) in str(problem.value)
    assert complaint in str(problem.value)


@pytest.mark.parametrize(
    "gold",
    [
        {},
        {"data": [{}]},
        {"data": "text"},
        {"data": [{"paragraphs": [{"qas": [{"id": "a", "answers": [{"text": 3}]}]}]}]},
    ],
)
def test_gold_data_of_another_shape_is_refused_with_the_shape_wanted(gold: dict[str, Any]) -> None:
    with pytest.raises(BadData, match=r"not a SQuAD v2 data set(.|\n)*Wanted"):
        score_squad_v2(gold, {"a": "cat"})


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nowhere\.json: there is no such file"):
        score_squad_v2(tmp_path / "nowhere.json", {})
