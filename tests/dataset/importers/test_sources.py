from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from growloop.dataset.importers import read_examples
from growloop.errors import BadData

LINE = b'{"question": "q", "answer": "a"}\n'


def test_gzip_and_zstandard_are_recognised_by_content(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard", reason="needs the extra growloop[import]")
    (tmp_path / "one").write_bytes(gzip.compress(LINE) + gzip.compress(LINE.replace(b'q"', b'r"')))
    (tmp_path / "two").write_bytes(zstandard.compress(LINE) + zstandard.compress(LINE.replace(b'q"', b'r"')))

    assert read_examples(tmp_path / "one").examples["question"].to_list() == ["q", "r"]
    assert read_examples(tmp_path / "two").examples["question"].to_list() == ["q", "r"]


def test_a_compressed_file_that_ends_early_is_refused(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard", reason="needs the extra growloop[import]")
    for name, whole in (("x.gz", gzip.compress(LINE * 500)), ("x.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 99)):
        (tmp_path / name).write_bytes(whole[: len(whole) - 9])

        with pytest.raises(BadData, match=f"{name} cannot be read"):
            read_examples(tmp_path / name)
    assert zstandard.decompress(zstandard.compress(LINE)) == LINE


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINE)))

    imported = read_examples("-")

    assert imported.examples["origin"].to_list() == ["import:standard input"]


def test_rows_made_in_python_are_read() -> None:
    imported = read_examples({"question": f"q{n}", "answer": "žluť"} for n in range(3))

    assert imported.examples["question"].to_list() == ["q0", "q1", "q2"]
    assert imported.examples["answers"].to_list() == [["žluť"]] * 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"question": "q", "question": "r", "answer": "a"}', '"question" stands twice'),
        ('{"question": "q", "answers": {"text": "a", "text": "b"}}', '"text" stands twice'),
        ('{"question": "q", "answer": Infinity}', "no number that can be written"),
        ('{"question": "q", "answer": 123456789012345678901.5}', "too long to keep its digits"),
        ('{"question": "q", "answer": "a", "id": 12345678901234567890123}', "too long to keep its digits"),
        ('{"question": "q", "answers": {"text": ["x"], "answer_start": [1]}, "context": "y"}', "does not occur"),
    ],
)
@pytest.mark.parametrize("in_array", [False, True])
def test_values_that_cannot_be_trusted_set_the_row_aside(
    tmp_path: Path, line: str, reason: str, in_array: bool
) -> None:
    lines = [LINE.decode().strip(), line]
    (tmp_path / "rows").write_text("[" + ",\n".join(lines) + "]" if in_array else "\n".join(lines))

    imported = read_examples(tmp_path / "rows")

    assert imported.examples["question"].to_list() == ["q"]
    assert reason in imported.rejected["reason"][0]
    assert imported.rejected["row"].to_list() == [2]


def test_a_key_that_says_the_same_twice_and_not_a_number_do_no_harm(tmp_path: Path) -> None:
    lines = ['{"question": "q", "question": "q", "answer": "a", "topic": NaN}', '{"question": "r", "answer": "a\\":"}']
    (tmp_path / "rows").write_text("\n".join(lines))

    imported = read_examples(tmp_path / "rows")

    assert imported.examples.select("question", "answers").rows() == [("q", ["a"]), ("r", ['a":'])]
    assert imported.examples["where"].to_list() == [[], []]


def test_a_text_of_ten_megabytes_and_deep_nesting_are_read(tmp_path: Path) -> None:
    long = {"question": "q", "answer": "a", "context": "ž" * 10_000_000}
    deep = '{"question": "r", "answer": "a", "x": ' + "[" * 500 + "]" * 500 + "}"
    (tmp_path / "rows").write_text(json.dumps(long, ensure_ascii=False) + "\n" + deep, encoding="utf-8")

    imported = read_examples(tmp_path / "rows")

    assert imported.examples["context"].str.len_chars().to_list() == [10_000_000, 0]


def test_an_array_larger_than_what_is_looked_at_once_is_read_in_order(tmp_path: Path) -> None:
    rows = [{"question": f"q{n}", "answer": "a", "context": "x" * (n % 300)} for n in range(5_000)]
    (tmp_path / "rows").write_text(json.dumps([*rows, 12345], indent=1))

    imported = read_examples(tmp_path / "rows")

    assert imported.examples["question"].to_list() == [row["question"] for row in rows]
    assert imported.rejected["row"].to_list() == [5_001]


def test_a_key_with_too_many_values_late_in_the_file_is_no_coordinate_anywhere(tmp_path: Path) -> None:
    lines = [
        json.dumps({"question": f"q{n}", "answer": "a", "late": str(max(0, n - 40_000) % 60)}) for n in range(41_000)
    ]
    (tmp_path / "rows").write_text("\n".join(lines))

    imported = read_examples(tmp_path / "rows")

    assert imported.examples.height == 41_000
    assert imported.examples["where"].list.len().sum() == 0
