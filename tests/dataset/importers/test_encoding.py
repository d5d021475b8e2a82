from __future__ import annotations

import json
from pathlib import Path

import pytest

from growloop.dataset.importers import read_examples
from growloop.dataset.importers.encoding import survey
from growloop.dataset.importers.source import Source
from growloop.errors import BadData

FRENCH = "Où est le café de l’été ?"
RUSSIAN = "Можно ли прийти с собакой в этот ресторан вечером?"


def saved(folder: Path, content: bytes) -> Source:
    (folder / "text").write_bytes(content)
    return Source(folder / "text", "text", "text")


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (FRENCH, "utf-8", "utf-8"),
        (FRENCH, "utf-8-sig", "utf-8-sig"),
        (FRENCH, "utf-16", "utf-16"),
        ("plain ASCII text", "utf-16-le", "utf-16-le"),
        ("plain ASCII text", "utf-16-be", "utf-16-be"),
        (FRENCH, "utf-32", "utf-32"),
        (FRENCH, "cp1252", "cp1252"),
        (FRENCH.replace("’", "\x90"), "latin-1", "latin-1"),
        (RUSSIAN, "cp1251", "cp1251"),
        ("", "utf-8", "utf-8"),
    ],
)
@pytest.mark.parametrize("line", ['{{"question": "{}", "answer": "a"}}\n', "question,answer\n{},a\n"])
def test_encodings_are_recognised_and_read(tmp_path: Path, text: str, encoding: str, found: str, line: str) -> None:
    source = saved(tmp_path, line.format(text or "empty").encode(encoding))

    assert survey(source).encoding == found
    assert read_examples(source.path).examples["question"].to_list() == [text or "empty"]


def test_a_file_of_utf_8_with_a_few_other_bytes_stays_utf_8(tmp_path: Path) -> None:
    lines = [json.dumps({"question": f"žluť {n}", "answer": "a"}, ensure_ascii=False).encode() for n in range(5)]

    imported = read_examples(saved(tmp_path, b"\n".join([*lines, b'{"question": "caf\xe9", "answer": "a"}'])).path)

    assert imported.examples.height == 5
    assert imported.rejected.rows() == [(6, "not UTF-8 text", '{"question": "caf\ufffd", "answer": "a"}')]


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    source = saved(tmp_path, '{"question": "Žluťoučký kůň?", "answer": "a"}'.encode("cp1250"))

    assert read_examples(source.path, encoding="cp1250").examples["question"][0] == "Žluťoučký kůň?"
    with pytest.raises(BadData, match='no encoding "cp125O"'):
        read_examples(source.path, encoding="cp125O")


def test_the_same_content_has_the_same_name_and_lines_are_counted(tmp_path: Path) -> None:
    first, second = survey(saved(tmp_path, b"a\nb\n")), survey(saved(tmp_path, b"a\nb\n"))

    assert first == second
    assert first.lines == 3
    assert survey(saved(tmp_path, b"a\nc\n")).content != first.content
