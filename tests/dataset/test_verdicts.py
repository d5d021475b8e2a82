from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from growloop.dataset.verdicts import read_verdicts
from growloop.errors import BadData, NotFound, UnknownColumns
from growloop.records.agreement import VERDICTS

ROW = {"question": "Dogs?", "answers": ["yes"], "prediction": "Yes, dogs.", "verdict": "correct"}


def write_lines(folder: Path, *rows: Any) -> Path:
    path = folder / "verdicts.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_lines_of_json_are_read_with_annotator_and_coordinates(tmp_path: Path) -> None:
    more = {"context": "No dogs.", "annotator": "Zoë", "where": {"template": "dogs", "negative": "none"}}

    frame = read_verdicts(write_lines(tmp_path, ROW | more))

    assert frame.schema == VERDICTS
    [row] = frame.to_dicts()
    assert (row["verdict"], row["annotator"], row["context"], row["answers"]) == (1.0, "Zoë", "No dogs.", ["yes"])
    assert row["where"] == [{"key": "negative", "value": "none"}, {"key": "template", "value": "dogs"}]


def test_the_columns_of_a_table_may_go_by_other_names(tmp_path: Path) -> None:
    path = tmp_path / "judged.csv"
    path.write_text(
        "Question,Gold answers,Model answer,Acceptable?,where\n"
        'Wo?,Köln | Cologne,"Cologne, on the Rhine",Yes,"{""system"": ""a""}"\n'
        "Wer?,Böll,niemand,No,\n",
        encoding="utf-8",
    )

    frame = read_verdicts(path, separator="|")

    assert frame["answers"].to_list() == [["Köln", "Cologne"], ["Böll"]]
    assert frame["prediction"].to_list() == ["Cologne, on the Rhine", "niemand"]
    assert frame["verdict"].to_list() == [1.0, 0.0]
    assert frame["where"].to_list() == [[{"key": "system", "value": "a"}], []]


def test_a_compressed_file_and_rows_made_in_python_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl.gz"
    path.write_bytes(gzip.compress(write_lines(tmp_path, ROW).read_bytes()))

    assert read_verdicts(path).equals(read_verdicts([ROW]))


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("Correct", 1.0),
        (" wrong ", 0.0),
        ("partly", 0.5),
        (True, 1.0),
        (0, 0.0),
        ("0.25", 0.25),
        ("yes", 1.0),
        (1, 1.0),
    ],
)
def test_a_verdict_is_a_word_or_a_number(said: object, counts: float) -> None:
    assert read_verdicts([ROW | {"verdict": said}])["verdict"].to_list() == [counts]


@pytest.mark.parametrize("unsaid", [None, "", "  "])
def test_a_row_that_nobody_judged_is_passed_over(unsaid: str | None) -> None:
    assert read_verdicts([ROW, ROW | {"verdict": unsaid}]).height == 1


def test_a_question_without_accepted_answers_is_unanswerable() -> None:
    frame = read_verdicts([ROW | {"answers": []}, ROW | {"answers": ""}, ROW | {"answers": '["a", "b"]'}])

    assert frame["answers"].to_list() == [[], [], ["a", "b"]]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"verdict": 4}, "the verdict is 4; a graded one goes from 0"),
        ({"verdict": "so-so"}, 'the verdict is "so-so"; wanted: correct, partly, wrong'),
        ({"verdict": ["yes"]}, "the verdict is"),
        ({"verdict": "nan"}, "the verdict is"),
        ({"question": " "}, "the question is empty"),
        ({"prediction": {"text": "x"}}, "is no text"),
        ({"where": "dogs"}, "where is"),
        ({"answers": [["x"]]}, "is no text"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    path = write_lines(tmp_path, ROW, ROW, ROW | wrong)

    with pytest.raises(BadData) as refused:
        read_verdicts(path)

    assert "verdicts.jsonl, line 3: " in str(refused.value)
    assert told in str(refused.value)


def test_broken_json_and_rows_without_columns_are_named_with_their_line(tmp_path: Path) -> None:
    path = write_lines(tmp_path, ROW)
    for broken in ('{"question": "half', "[1, 2]"):
        path.write_text(f"{json.dumps(ROW)}\n{broken}\n", encoding="utf-8")
        with pytest.raises(BadData, match=r"verdicts\.jsonl, line 2: "):
            read_verdicts(path)


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownColumns, match=r"known to be the verdict .*\n.*question, answers, prediction"):
        read_verdicts(write_lines(tmp_path, {key: ROW[key] for key in ("question", "answers", "prediction")}))


def test_what_is_no_file_of_verdicts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "squad.json").write_text('{"data": []}', encoding="utf-8")

    with pytest.raises(NotFound, match=r"none\.jsonl"):
        read_verdicts(tmp_path / "none.jsonl")
    with pytest.raises(BadData, match="holds no verdicts"):
        read_verdicts(tmp_path / "squad.json")
