from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from growloop.dataset.importers import read_examples
from growloop.dataset.importers.folder import side_of
from growloop.errors import BadData

ROWS = pl.DataFrame(
    {
        "id": [1, 2, 3],
        "question": ["q1", "q2", None],
        "context": ["Normandy is in France.", "c2", "c3"],
        "answers": [
            {"text": ["France"], "answer_start": [15]},
            {"text": [], "answer_start": []},
            {"text": ["x"], "answer_start": [0]},
        ],
        "topic": ["a", "b", "a"],
    }
)


def is_as_written(path: Path, format: str) -> None:
    imported = read_examples(path)

    assert imported.format == format
    assert imported.examples.select("source_id", "question", "answers").rows() == [
        ("1", "q1", ["France"]),
        ("2", "q2", []),
    ]
    assert imported.examples["where"].to_list()[1] == [{"key": "topic", "value": "b"}]
    assert imported.rejected["row"].to_list() == [3]
    assert json.loads(imported.rejected["original"][0])["context"] == "c3"


def test_parquet_is_read(tmp_path: Path) -> None:
    ROWS.write_parquet(tmp_path / "rows.parquet")

    is_as_written(tmp_path / "rows.parquet", "parquet")


def test_parquet_may_be_compressed_once_more(tmp_path: Path) -> None:
    ROWS.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "rows.parquet.gz").write_bytes(gzip.compress((tmp_path / "rows.parquet").read_bytes()))

    is_as_written(tmp_path / "rows.parquet.gz", "parquet")


def test_arrow_files_and_streams_are_read(tmp_path: Path) -> None:
    ROWS.write_ipc(tmp_path / "file.arrow")
    ROWS.write_ipc_stream(tmp_path / "stream.arrow")

    is_as_written(tmp_path / "file.arrow", "arrow")
    is_as_written(tmp_path / "stream.arrow", "arrow")


@pytest.mark.parametrize("start", [b"PAR1", b"ARROW1", b"PK\x03\x04"])
def test_a_broken_table_is_refused_with_its_name(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "broken").write_bytes(start + b"nothing more")

    with pytest.raises(BadData, match="broken cannot be read as"):
        read_examples(tmp_path / "broken")


def spreadsheet(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="needs xlsxwriter to make spreadsheets")
    pytest.importorskip("python_calamine", reason="needs the extra growloop[import]")
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def test_every_sheet_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    head = ["Question", "Context", "Answers", "topic"]
    path = spreadsheet(
        tmp_path / "book.xlsx",
        {
            "One": [head, ["q1", "two\nlines", "a", "x"], [], ["q2", "c", 5, True], ["", "c", "a", "x"]],
            "Two": [head, ["q3", "c", '["a", "b"]', "x"]],
            "Notes": [["made by"], ["someone"]],
        },
    )

    imported = read_examples(path)

    assert imported.format == "xlsx"
    assert imported.examples.select("question", "answers").rows() == [("q1", ["a"]), ("q2", ["5"]), ("q3", ["a", "b"])]
    assert imported.examples["context"][0] == "two\nlines"
    assert imported.rejected["row"].to_list() == [2, 5]


def test_a_folder_is_all_its_data_files_each_on_the_side_its_name_tells(tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    (folder / "data").mkdir(parents=True)
    row = {"question": ["q"], "answer": ["a"]}
    pl.DataFrame({**row, "context": ["1"]}).write_parquet(folder / "data" / "train-00000-of-00001.parquet")
    (folder / "data" / "dev.jsonl.gz").write_bytes(gzip.compress(b'{"question": "q", "context": "2", "answer": "a"}'))
    (folder / "extra.csv").write_text("question,context,answer\nq,3,a\n")
    (folder / "README.md").write_text("# Not data")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.jsonl").write_text("broken")

    imported = read_examples(folder)

    assert dict(imported.examples.select("context", "split").rows()) == {"1": "train", "2": "validation", "3": None}
    assert imported.examples["origin"].unique().sort().to_list()[0] == "import:dataset/data/dev.jsonl.gz"


def test_a_folder_that_hugging_face_datasets_saved_is_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs Hugging Face datasets")
    columns = {"question": ["q1", "q2"], "context": ["c1", "c2"], "answers": [["a"], []]}
    both = datasets.DatasetDict(
        {"train": datasets.Dataset.from_dict(columns), "test": datasets.Dataset.from_dict(columns)}
    )
    both.save_to_disk(tmp_path / "saved")
    (tmp_path / "saved" / "train" / "cache-1.arrow").write_bytes(b"not listed")

    imported = read_examples(tmp_path / "saved")

    assert imported.format == "arrow"
    assert (imported.examples.height, imported.duplicates) == (2, 2)
    assert imported.examples["split"].to_list() == ["test", "test"]


def test_names_tell_a_side_only_as_whole_words() -> None:
    sides = [side_of(name) for name in ("validation/0.arrow", "squad_test.json", "latest.csv", "train.jsonl.gz", "x")]

    assert sides == ["validation", "test", None, "train", None]
