from __future__ import annotations

from pathlib import Path

import pytest

from growloop.dataset.importers.questions import read_questions
from growloop.errors import BadData, NotFound, UnknownColumns


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("q.txt", "Hi, is it open?\r\n\r\nDogs?\r\n", ["Hi, is it open?", "Dogs?"]),
        ("q.txt", "\ufeffCrème brûlée?", ["Crème brûlée?"]),
        ("q.jsonl", '{"question": "A?"}\n{"question": "B?", "x": 1}\n{"question": 3}\n', ["A?", "B?"]),
        ("q.jsonl", '{"text": "A?", "label": "x"}\n', ["A?"]),
        ("q.json", '["A?", "B?"]', ["A?", "B?"]),
        ("q.csv", 'id,question\n1,"A, b?"\n2,C?\n', ["A, b?", "C?"]),
        ("q", "question\tid\nA?\t1\n", ["A?"]),
        ("q.csv", "asked\nA?\n", ["A?"]),
    ],
)
def test_questions_are_read_from_any_kind_of_file(tmp_path: Path, name: str, text: str, wanted: list[str]) -> None:
    (tmp_path / name).write_bytes(text.encode())

    assert read_questions(tmp_path / name).to_list() == wanted


def test_a_column_can_be_named_and_unknown_ones_are_told(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"said": {"words": "A?"}, "by": "me"}\n')

    assert read_questions(file, "said.words").to_list() == ["A?"]
    with pytest.raises(UnknownColumns, match=r"Columns here: said, by\n  Say which:  --column"):
        read_questions(file)


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("\n")

    with pytest.raises(BadData, match=r"q.txt is empty\. Write one question a line"):
        read_questions(tmp_path / "q.txt")
    with pytest.raises(NotFound):
        read_questions(tmp_path / "no.txt")


def test_a_hundred_thousand_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("".join(f"Is number {number} open?\n" for number in range(100_000)))

    assert len(read_questions(tmp_path / "q.txt")) == 100_000
