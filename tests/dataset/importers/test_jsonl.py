from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from growloop.dataset.importers import Imported, read_examples
from growloop.errors import BadData, NotFound
from growloop.records.example import EXAMPLES


@pytest.fixture
def importing(tmp_path: Path) -> Any:
    def read(*lines: Any, name: str = "rows.jsonl", end: str = "\n") -> Imported:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path = tmp_path / name
        path.write_bytes(end.join(texts).encode("utf-8", "surrogateescape"))
        return read_examples(path)

    return read


def test_a_row_becomes_an_example(importing: Any) -> None:
    imported = importing({"id": 7, "question": " Dogs? ", "context": "No dogs.", "answers": ["no", "no", " never "]})

    [row] = imported.examples.to_dicts()
    assert imported.format == "jsonl"
    assert imported.examples.schema == EXAMPLES
    assert (row["question"], row["context"], row["answers"]) == ("Dogs?", "No dogs.", ["no", "never"])
    assert (row["source_id"], row["origin"], row["negative"]) == ("7", "import:rows.jsonl", None)


@pytest.mark.parametrize(
    "answers",
    [{"answer": "no"}, {"answers": "no"}, {"answers": ["no"]}, {"answers": {"text": ["no"], "answer_start": [3]}}],
)
def test_answers_may_be_written_in_several_ways(importing: Any, answers: dict[str, Any]) -> None:
    assert importing({"question": "q", **answers}).examples["answers"].to_list() == [["no"]]


@pytest.mark.parametrize(
    "answers",
    [
        {"answers": []},
        {"answer": ""},
        {"is_impossible": True},
        {"answerable": False, "answer": "made up"},
        {"answers": {"text": []}},
    ],
)
def test_unanswerable_rows_have_no_answers(importing: Any, answers: dict[str, Any]) -> None:
    [row] = importing({"question": "q", **answers}).examples.to_dicts()

    assert row["answers"] == []
    assert row["negative"] == "unanswerable"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"questoin": "q", "answer": "a"}, 'no "question"'),
        ({"question": "  ", "answer": "a"}, "the question is empty"),
        ({"question": 3, "answer": "a"}, "the question is no text"),
        ({"question": "q"}, "no answers"),
        ({"question": "q", "is_impossible": False, "answers": []}, "holds no answer"),
        ({"question": "q", "answer": {"a": 1}}, "an answer is no text"),
        ({"question": "q", "answers": [[1]]}, "an answer is no text"),
        ({"question": "q", "answer": "a", "context": 5}, "the context is no text"),
        ({"question": "q", "answer": "a", "split": "holdout"}, '"split" is "holdout"'),
        ({"question": "q", "answer": "a", "where": "here"}, '"where" is no object'),
        ({"question": "q", "is_impossible": "perhaps"}, "neither true nor false"),
        ("{broken", "not a JSON object"),
        ("[1, 2]", "expected an object"),
        ("9" * 5000, "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ('{"question": "ž caf\udce9", "answer": "a"}', "not UTF-8"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_line_and_reason(importing: Any, line: Any, reason: str) -> None:
    imported = importing({"question": "first", "answer": "a"}, "", line, {"question": "last", "answer": "b"})

    assert imported.examples["question"].to_list() == ["first", "last"]
    [rejected] = imported.rejected.to_dicts()
    assert rejected["row"] == 3
    assert reason in rejected["reason"]
    assert rejected["original"]


def test_line_ends_and_byte_order_mark_do_not_matter(importing: Any) -> None:
    rows = [{"question": f"q{n}", "context": "one\r\ntwo\u2028three", "answer": "a"} for n in range(3)]

    imported = importing("\ufeff" + json.dumps(rows[0]), *rows[1:], "", name="crlf.jsonl", end="\r\n")

    assert imported.examples["question"].to_list() == ["q0", "q1", "q2"]
    assert imported.examples["context"].unique().to_list() == ["one\r\ntwo\u2028three"]
    assert imported.rejected.is_empty()


def test_half_a_character_is_replaced_and_counted(importing: Any) -> None:
    imported = importing(
        '{"question": "what \\ud83d?", "answer": "a"}', '{"question": "whole \\ud83d\\ude00", "answer": "b"}'
    )

    assert imported.examples["question"].to_list() == ["what \ufffd?", "whole 😀"]
    assert imported.repaired == 1


def test_repeated_rows_are_counted_and_left_out(importing: Any) -> None:
    row = {"question": "q", "context": "c", "answer": "a"}

    imported = importing(row, {**row, "id": "again"}, {**row, "answer": "b"})

    assert imported.examples.height == 2
    assert imported.duplicates == 1


def test_the_group_is_what_the_row_says_else_its_context(importing: Any) -> None:
    rows = [
        {"question": "1", "answer": "a", "context": "same", "group": "g", "entity": "e"},
        {"question": "2", "answer": "a", "context": "same", "entity_id": 5, "entity": "e"},
        {"question": "3", "answer": "a", "context": "same"},
        {"question": "4", "answer": "a", "context": "same"},
        {"question": "5", "answer": "a", "context": "other"},
    ]

    groups = importing(*rows).examples["group"].to_list()

    assert groups[:2] == ["g", "5"]
    assert groups[2] == groups[3] != groups[4]


def test_keys_with_few_short_values_become_coordinates(importing: Any) -> None:
    rows = [
        {"question": f"q{n}", "answer": "a", "kind": n % 2, "serial": f"s{n}", "text": "long " * 30, "ok": True}
        for n in range(60)
    ]

    wheres = importing(*rows).examples["where"].to_list()

    assert wheres[1] == [{"key": "kind", "value": "1"}, {"key": "ok", "value": "true"}]


def test_given_coordinates_and_sides_are_kept(importing: Any) -> None:
    [row] = importing(
        {"question": "q", "answer": "a", "where": {"template": "menu", "n": 2, "none": None}, "split": "dev"}
    ).examples.to_dicts()

    assert row["where"] == [{"key": "n", "value": "2"}, {"key": "template", "value": "menu"}]
    assert row["split"] == "validation"


def test_a_json_array_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(
        json.dumps([{"question": "q", "answer": "a"}, 5, {"question": "half \ud83d", "answer": "b"}], indent=1)
    )

    imported = read_examples(path)

    assert imported.format == "json"
    assert imported.examples["question"].to_list() == ["q", "half \ufffd"]
    assert imported.rejected["row"].to_list() == [2]
    assert imported.repaired == 1


def test_gzip_is_recognised_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "no-suffix"
    path.write_bytes(gzip.compress(b'{"question": "q", "answer": "a"}'))

    assert read_examples(path).examples.height == 1


def test_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"question": "žluť?", "answer": "a"}\n', encoding="utf-16")

    assert read_examples(path).examples["question"].to_list() == ["žluť?"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"Once upon a time\nthere was", "neither JSON"),
        (b"\x1f\x8bnot gzip after all", "cannot be read"),
        (b'{"data": [', "line 1, column 11: not valid JSON"),
        (b'[{"question": "q", "answer": "a"},\n {"question": oops}]', "line 2, column 15: not valid JSON"),
        (b'[{"question": "q", "answer": "a"}', "line 1, column 34: not valid JSON"),
        (b'{"data": {}}', "no list of articles"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_its_name(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)

    with pytest.raises(BadData, match=message) as refused:
        read_examples(path)
    assert "file.json" in str(refused.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        read_examples(tmp_path / "nowhere.jsonl")
    with pytest.raises(BadData, match="holds no file"):
        read_examples(tmp_path)


def test_an_unknown_format_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(BadData, match='Did you mean "squad"'):
        read_examples(tmp_path / "x", format="sqad")


def test_a_hundred_thousand_rows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(f'{{"question": "q{n}", "context": "c{n // 5}", "answer": "a"}}' for n in range(100_000)))

    imported = read_examples(path)

    assert imported.examples.height == 100_000
    assert imported.examples["group"].n_unique() == 20_000


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["question", "context", "answer", "answers", "where", "x"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
                lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
                max_leaves=4,
            ),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_row_is_lost_whatever_it_holds(tmp_path: Path, rows: list[Any]) -> None:
    path = tmp_path / "any.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in [{"question": "anchor", "answer": "a"}, *rows]))

    imported = read_examples(path)

    assert imported.examples.height + imported.rejected.height + imported.duplicates == len(rows) + 1
    assert imported.examples.filter(pl.col("question").str.strip_chars() == "").is_empty()
