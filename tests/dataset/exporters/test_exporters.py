"""Forms, their keys, and where files are put."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from growloop.dataset.exporters import FORMS, export_examples
from growloop.errors import BadData, NothingToDo
from growloop.project import parquet_bytes

ABSTAIN = "I do not know."


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def growloop_of(examples: pl.DataFrame, row: int) -> dict[str, Any]:
    """What the `growloop` object of a row should say."""
    example = examples.row(row, named=True)
    where = {pair["key"]: pair["value"] for pair in example["where"]}
    return {**{name: example[name] for name in example if name not in ("question", "context")}, "where": where}


def without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if item is not None}


@pytest.mark.parametrize("format", sorted(FORMS))
def test_a_folder_has_a_file_for_each_side(format: str, examples: pl.DataFrame, tmp_path: Path) -> None:
    shown = examples.with_columns(pl.lit("a wrong answer").alias("shown_answer"))

    exported = export_examples(shown, format, tmp_path / "out", abstain_answer=ABSTAIN)

    form = FORMS[format]
    names = {form.file_name.format(side=side) + form.suffix for side in ("train", "validation", "test")}
    assert names <= set(exported.files)
    there = {str(path.relative_to(exported.path)) for path in exported.path.rglob("*") if path.is_file()}
    assert there == set(exported.files)
    assert exported.counts == {"train": 3, "validation": 1, "test": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_path_with_the_ending_of_the_form_is_one_file_of_all_rows(examples: pl.DataFrame, tmp_path: Path) -> None:
    export_examples(examples, "jsonl", tmp_path / "all.jsonl")

    rows = lines(tmp_path / "all.jsonl")
    assert [row["question"] for row in rows] == examples["question"].to_list()
    assert [row["growloop"]["split"] for row in rows] == examples["split"].to_list()


def test_a_side_without_rows_has_no_file(examples: pl.DataFrame, tmp_path: Path) -> None:
    exported = export_examples(examples.filter(pl.col("split") == "test"), "jsonl", tmp_path / "out")

    assert exported.files == ("test.jsonl",)


def test_nothing_is_written_where_there_are_no_rows(examples: pl.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(NothingToDo):
        export_examples(examples.clear(), "jsonl", tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_every_row_holds_what_the_form_has_no_place_for(examples: pl.DataFrame, tmp_path: Path) -> None:
    export_examples(examples, "alpaca", tmp_path / "all.json", abstain_answer=ABSTAIN)

    rows = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    for number, row in enumerate(rows):
        kept = row["growloop"]
        assert {**kept, "where": without_nulls(kept["where"])} == growloop_of(examples, number)


def test_a_plain_export_has_only_the_keys_of_the_form(examples: pl.DataFrame, tmp_path: Path) -> None:
    export_examples(examples, "messages", tmp_path / "all.jsonl", abstain_answer=ABSTAIN, plain=True)

    assert lines(tmp_path / "all.jsonl")[4] == {
        "messages": [{"role": "user", "content": "Question: What is 2 + 2?"}, {"role": "assistant", "content": "4"}]
    }


def test_alpaca_asks_in_the_instruction_about_the_input(examples: pl.DataFrame, tmp_path: Path) -> None:
    export_examples(examples, "alpaca", tmp_path / "all.json", abstain_answer=ABSTAIN, plain=True)

    rows = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert rows[3] == {"instruction": "Open on Sunday?", "input": "Closed on Sunday.", "output": "No"}
    assert rows[1]["output"] == ABSTAIN


def test_sharegpt_has_a_human_and_a_gpt_turn(examples: pl.DataFrame, tmp_path: Path) -> None:
    export_examples(examples, "sharegpt", tmp_path / "all.json", abstain_answer=ABSTAIN, plain=True)

    rows = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert rows[3]["conversations"] == [
        {"from": "human", "value": "Context: Closed on Sunday.\n\nQuestion: Open on Sunday?"},
        {"from": "gpt", "value": "No"},
    ]


def test_squad_says_where_each_answer_stands_and_which_question_is_impossible(
    examples: pl.DataFrame, tmp_path: Path
) -> None:
    exported = export_examples(examples, "squad", tmp_path / "all.json", plain=True)

    document = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    [paragraph] = document["data"][0]["paragraphs"]
    assert document["version"] == "v2.0"
    assert [article["title"] for article in document["data"]] == ["cafe", "bar", "sums"]
    assert [qa["is_impossible"] for qa in paragraph["qas"]] == [False, True, False]
    for qa in paragraph["qas"]:
        for answer in qa["answers"]:
            start = answer["answer_start"]
            stands = start >= 0 and paragraph["context"][start : start + len(answer["text"])] == answer["text"]
            assert stands == (answer["text"] in paragraph["context"])
    assert "3 examples have an answer that their context does not hold" in exported.notes[0]


def test_a_form_without_a_place_for_no_answer_says_so_where_the_task_has_no_words_for_it(
    examples: pl.DataFrame, tmp_path: Path
) -> None:
    said = export_examples(examples, "alpaca", tmp_path / "a.json", abstain_answer=ABSTAIN)
    silent = export_examples(examples, "alpaca", tmp_path / "b.json")

    assert said.notes == ()
    assert "1 unanswerable examples have an empty answer" in silent.notes[0]


def test_parquet_keeps_lists_and_objects(examples: pl.DataFrame, tmp_path: Path) -> None:
    export_examples(examples, "parquet", tmp_path / "all.parquet")

    frame = pl.read_parquet(tmp_path / "all.parquet")
    assert frame["answers"].to_list() == examples["answers"].to_list()
    assert frame["growloop"].struct.field("source_id").to_list() == list("abcde")


def test_examples_without_coordinates_can_be_written_in_every_form(examples: pl.DataFrame, tmp_path: Path) -> None:
    bare = examples.with_columns(pl.lit([], dtype=examples.schema["where"]).alias("where"))
    shown = bare.with_columns(pl.lit("a wrong answer").alias("shown_answer"))

    for format in FORMS:
        assert export_examples(shown, format, tmp_path / format, abstain_answer=ABSTAIN).files


def test_nothing_is_overwritten_unless_asked(examples: pl.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text("mine", encoding="utf-8")

    with pytest.raises(BadData, match="--force"):
        export_examples(examples, "jsonl", tmp_path / "all.jsonl")
    assert (tmp_path / "all.jsonl").read_text(encoding="utf-8") == "mine"
    export_examples(examples, "jsonl", tmp_path / "all.jsonl", force=True)

    assert len(lines(tmp_path / "all.jsonl")) == 5


def test_a_folder_that_is_there_keeps_its_other_files(examples: pl.DataFrame, tmp_path: Path) -> None:
    out = tmp_path / "data"
    out.mkdir()
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    (out / "train.jsonl").write_text("mine", encoding="utf-8")

    with pytest.raises(BadData, match=r"train\.jsonl"):
        export_examples(examples, "jsonl", out)
    export_examples(examples, "jsonl", out, force=True)

    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert len(lines(out / "train.jsonl")) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_a_file_where_a_folder_should_be_is_refused_even_with_force(examples: pl.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine", encoding="utf-8")
    (tmp_path / "folder.jsonl").mkdir()

    with pytest.raises(BadData, match="is a file"):
        export_examples(examples, "jsonl", tmp_path / "data", force=True)
    with pytest.raises(BadData, match="is a folder"):
        export_examples(examples, "jsonl", tmp_path / "folder.jsonl", force=True)


@pytest.mark.parametrize(
    ("format", "name", "says"),
    [("alpaca", "all.jsonl", "written as .json"), ("huggingface", "all.parquet", "a folder of files"),
     ("alpacca", "out", 'Did you mean "alpaca"')],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_what_can(
    format: str, name: str, says: str, examples: pl.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(BadData, match=says):
        export_examples(examples, format, tmp_path / name)

    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_leaves_nothing_behind(examples: pl.DataFrame, tmp_path: Path) -> None:
    unreadable = examples.drop("negative")

    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        export_examples(unreadable, "jsonl", tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_exporting_leaves_the_examples_as_they_were(examples: pl.DataFrame, tmp_path: Path) -> None:
    before = parquet_bytes(examples)

    for format in set(FORMS) - {"preference"}:
        export_examples(examples, format, tmp_path / format)

    assert parquet_bytes(examples) == before
