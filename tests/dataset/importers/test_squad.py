from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from growloop.dataset.importers import Imported, read_examples

CONTEXT = "Normandy is in France. France is old."


@pytest.fixture
def importing(tmp_path: Path) -> Any:
    def read(*questions: Any, articles: list[Any] | None = None) -> Imported:
        data = articles or [{"title": "Normans", "paragraphs": [{"context": CONTEXT, "qas": list(questions)}]}]
        path = tmp_path / "squad.json"
        path.write_text(json.dumps({"version": "v2.0", "data": data}))
        return read_examples(path)

    return read


def asked(*answers: tuple[str, int], **more: Any) -> dict[str, Any]:
    given = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": "1", "question": "Where?", "answers": given, "is_impossible": False, **more}


def test_an_article_is_a_group_and_a_coordinate(importing: Any) -> None:
    [row] = importing(asked(("France", 15), ("France", 15), ("France", 23))).examples.to_dicts()

    assert (row["group"], row["source_id"], row["answers"], row["context"]) == ("Normans", "1", ["France"], CONTEXT)
    assert row["where"] == [{"key": "article", "value": "Normans"}]


def test_an_impossible_question_has_no_answers(importing: Any) -> None:
    [row] = importing(
        asked(is_impossible=True, plausible_answers=[{"text": "France", "answer_start": 15}])
    ).examples.to_dicts()

    assert (row["answers"], row["negative"]) == ([], "unanswerable")


def test_a_wrong_offset_is_repaired_where_the_answer_occurs_once(importing: Any) -> None:
    imported = importing(
        asked(("is in", 3)), asked((" old", 33), question="How?"), asked(("France", 23), question="2?")
    )

    assert imported.examples["answers"].to_list() == [["is in"], ["old"], ["France"]]
    assert imported.repaired == 1


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([("Spain", 15)], "does not occur"),
        ([("France", 3)], "occurs 2 times"),
        ([("France", 15), ("Spain", 3)], "does not occur"),
    ],
)
def test_a_wrong_offset_that_cannot_be_put_right_is_set_aside(
    importing: Any, answers: list[tuple[str, int]], reason: str
) -> None:
    imported = importing(asked(*answers), asked(("Normandy", 0), question="What?"))

    assert imported.examples["answers"].to_list() == [["Normandy"]]
    [rejected] = imported.rejected.to_dicts()
    assert rejected["row"] == 1
    assert reason in rejected["reason"]


def test_the_same_answer_at_a_right_and_a_wrong_place_stays(importing: Any) -> None:
    imported = importing(asked(("France", 15), ("France", 4)))

    assert imported.examples["answers"].to_list() == [["France"]]
    assert imported.repaired == 1


def test_a_malformed_part_does_not_stop_the_rest(importing: Any) -> None:
    good = {"title": "T", "paragraphs": [{"context": CONTEXT, "qas": [asked(("France", 15)), "no question"]}]}

    imported = importing(articles=[{"title": "no paragraphs"}, 3, {"paragraphs": [{"qas": []}]}, good])

    assert imported.examples.height == 1
    assert imported.rejected["row"].to_list() == [1, 2, 3, 5]


def test_squad_v2_dev_is_read_whole(shared_data: Path) -> None:
    imported = read_examples(shared_data / "squad_v2" / "dev-v2.0.json.gz")

    assert imported.format == "squad"
    assert imported.examples.height + imported.duplicates == 11_873
    assert (imported.rejected.height, imported.duplicates, imported.repaired) == (0, 2, 0)
    assert imported.examples["group"].n_unique() == 35
    assert imported.examples["source_id"].n_unique() == imported.examples.height


def test_dstc11_reviews_are_read_sensibly(shared_data: Path) -> None:
    imported = read_examples(shared_data / "reviews" / "dstc11" / "val_qa.jsonl.gz")

    unanswerable = imported.examples["answers"].list.len() == 0
    row = imported.examples.row(1, named=True)
    assert imported.examples.height + imported.duplicates == 3_857
    assert imported.rejected.is_empty()
    assert unanswerable.sum() == 1_924  # three of the file's 1,927 are exact repetitions
    assert (row["group"], row["source_id"]) == ("20", "dstc11-val-1-neg")
    assert row["where"] == [{"key": "domain", "value": "hotel"}, {"key": "kind", "value": "constructed-negative"}]
