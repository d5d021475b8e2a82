from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from growloop.dataset.importers import Imported, read_examples
from growloop.dataset.importers.delimited import LONGEST_CELL, delimiter_of, read_delimited, unique_names
from growloop.dataset.importers.encoding import survey
from growloop.dataset.importers.source import Source
from growloop.errors import BadData


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture
def importing(tmp_path: Path) -> Any:
    def read(text: str | bytes, **options: Any) -> Imported:
        return read_examples(written(tmp_path / "rows.csv", text), **options)

    return read


def rows_of(path: Path) -> list[Any]:
    source = Source(path, path.name, str(path))
    return [row for batch in read_delimited(source, survey(source)) for row in batch.rows]


def test_the_public_collection_of_odd_files_is_read_as_it_expects(shared_data: Path) -> None:
    files = sorted((shared_data / "ugly_samples" / "csv-spectrum").glob("*.csv"))

    read = {path.name: rows_of(path) for path in files}

    expected = {path.name: json.loads(path.with_suffix(".expected.json").read_text("utf-8")) for path in files}
    assert len(read) == 11
    # two files expect the line ends of the other platform: what stands in the cell is what counts here
    plain = {name: json.loads(json.dumps(rows).replace("\\r\\n", "\\n")) for name, rows in read.items()}
    assert plain == {name: json.loads(json.dumps(rows).replace("\\r\\n", "\\n")) for name, rows in expected.items()}


def test_quoted_newlines_belong_to_the_cell_and_the_row_is_the_line_it_begins_on(importing: Any) -> None:
    imported = importing('question,answer\r\n"Two\nlines?",a\r\n\r\n"",b\r\nlast,c\r\n')

    assert imported.examples["question"].to_list() == ["Two\nlines?", "last"]
    assert imported.rejected["row"].to_list() == [5]


def test_rows_with_too_few_or_too_many_cells_are_set_aside(importing: Any) -> None:
    imported = importing("question,answer,topic\nq1,a,t\nq2,a\nq3,a,t,more\nq4,a,t,,\n")

    assert imported.examples["question"].to_list() == ["q1", "q4"]
    assert imported.rejected["reason"].to_list() == ["2 cells where the header has 3", "4 cells where the header has 3"]
    assert json.loads(imported.rejected["original"][1]) == ["q3", "a", "t", "more"]


def test_a_quote_that_is_never_closed_costs_its_line_only(importing: Any) -> None:
    imported = importing('question,answer\nq1,a\n"q2,a\nq3,a\nq4,"b\n')

    assert imported.examples["question"].to_list() == ["q1", "q3"]
    assert imported.rejected["row"].to_list() == [3, 5]
    assert imported.rejected["reason"].unique().to_list() == ["a quote is opened and never closed"]
    assert imported.rejected["original"].to_list() == ['"q2,a', 'q4,"b']


def test_quotes_that_are_not_doubled_are_taken_as_they_stand(importing: Any) -> None:
    imported = importing('question,answer\nA 5" disk?,a\n"Is "it" so?",b\n')

    assert imported.examples["answers"].to_list() == [["a"], ["b"]]
    assert imported.examples["question"][0] == 'A 5" disk?'


def test_a_cell_of_ten_megabytes_is_read(importing: Any) -> None:
    imported = importing(f"question,answer,context\nq,a,{'long ' * 2_000_000}\n")

    assert len(imported.examples["context"][0]) == 10_000_000


def test_a_cell_longer_than_any_real_one_costs_its_line_only(importing: Any) -> None:
    imported = importing(f"question,answer\nq,{'x' * (LONGEST_CELL + 1)}\nr,a\n")

    assert imported.examples["question"].to_list() == ["r"]
    assert imported.rejected["row"].to_list() == [2]


def test_nul_characters_are_left_out_and_counted(importing: Any) -> None:
    imported = importing(b"question,answer\nq\x001,a\nq2,b\x00\n\x00,c\n")

    assert imported.examples.select("question").to_series().to_list() == ["q1", "q2"]
    assert imported.repaired == 2
    assert imported.rejected["reason"].to_list() == ["the question is empty"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised(importing: Any, delimiter: str) -> None:
    imported = importing(f"question{delimiter}answer\nIs it so?{delimiter}yes\n")

    assert imported.examples["answers"].to_list() == [["yes"]]


def test_a_single_column_is_no_reason_to_guess() -> None:
    assert delimiter_of("question\nIs it so?\n", "rows.csv") == ","


def test_columns_of_one_name_are_told_apart() -> None:
    assert unique_names(["a", "a", "", "a"]) == ["a", "a (2)", "column 3", "a (3)"]


def test_cells_may_hold_json_and_words_for_true(importing: Any) -> None:
    text = (
        "Question,Gold answers,is_impossible,where,growloop\n"
        'q1,"[""a"", ""b""]",False,"{""topic"": ""x""}",\n'
        'q2,,TRUE,,\nq3,[1],0,,"{""group"": ""g"", ""status"": ""draft"", ""origin"": ""universe""}"\nq4,x,perhaps,,\n'
    )

    imported = importing(text)

    assert imported.examples["answers"].to_list() == [["a", "b"], [], ["[1]"]]
    assert imported.examples["where"].to_list()[0] == [{"key": "topic", "value": "x"}]
    assert imported.examples.select("group", "status", "origin").row(2) == ("g", "draft", "universe")
    assert imported.rejected["row"].to_list() == [5]


def test_unknown_columns_are_listed_with_what_to_say(importing: Any) -> None:
    with pytest.raises(BadData, match=r"Columns here: mr, ref(.|\n)*--map question=COLUMN"):
        importing("mr,ref\nx,y\n")
    with pytest.raises(BadData, match='Did you mean "ref"'):
        importing("mr,ref\nx,y\n", mapping={"question": "mr", "answers": "rf"})
    with pytest.raises(BadData, match='Did you mean "answers"'):
        importing("mr,ref\nx,y\n", mapping={"question": "mr", "answer": "ref"})


def test_columns_can_be_mapped_and_made_coordinates(importing: Any) -> None:
    text = "id,q,gold,col\n" + "".join(f"{n},q{n},yes/ no,value {n}\n" for n in range(60))

    imported = importing(text, mapping={"question": "q", "answers": "gold"}, where={"topic": "col"}, separator="/")

    row = imported.examples.row(7, named=True)
    assert (row["question"], row["answers"], row["source_id"]) == ("q7", ["yes", "no"], "7")
    assert row["where"] == [{"key": "topic", "value": "value 7"}]


def test_a_header_alone_holds_no_rows(importing: Any) -> None:
    imported = importing("question,answer\n")

    assert (imported.examples.height, imported.rejected.height) == (0, 0)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))), max_size=5))
def test_whatever_a_csv_writer_writes_is_counted(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("question", "answer"), ("anchor", "a"), *rows])

    imported = read_examples(path)

    assert imported.examples.height + imported.rejected.height + imported.duplicates == len(rows) + 1
    kept = {question.strip().replace("\0", "") for question, _ in rows} - {""}
    assert set(imported.examples["question"]) <= kept | {"anchor"}


def test_one_odd_row_among_many_changes_no_other(tmp_path: Path) -> None:
    lines = [f'q{n},"a, {n}"' for n in range(30_000)]
    lines[20_000] = '"never closed,a'
    lines[25_000] = "too,many,cells"

    imported = read_examples(written(tmp_path / "rows.csv", "\n".join(["question,answer", *lines])))

    assert imported.examples["question"].to_list() == [f"q{n}" for n in range(30_000) if n not in (20_000, 25_000)]
    assert imported.rejected["row"].to_list() == [20_002, 25_002]
