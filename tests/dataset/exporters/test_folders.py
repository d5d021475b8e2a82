"""What other tools find in the folders made for them."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from ruamel.yaml import YAML

from growloop.dataset.exporters import export_examples
from growloop.dataset.exporters.folders import dataset_card

ABSTAIN = "I do not know."


def test_datasets_reads_the_folder_with_its_splits(examples: pl.DataFrame, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    export_examples(examples, "huggingface", tmp_path / "out", name="Dogs & soup", card="# The card\n")

    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))

    assert {side: len(rows) for side, rows in loaded.items()} == {"train": 3, "validation": 1, "test": 1}
    row = loaded["train"][0]
    assert row["answers"] == {"text": ["takes dogs", "Yes"], "answer_start": [11, -1]}
    assert row["growloop"]["source_id"] == "a"
    assert set(row) == {"id", "title", "context", "question", "answers", "growloop"}


def test_the_card_begins_with_what_the_hub_reads(examples: pl.DataFrame, tmp_path: Path) -> None:
    export_examples(examples, "huggingface", tmp_path / "out", name='Dogs: "all"', card="# The card\n")

    _, head, body = (tmp_path / "out" / "README.md").read_text(encoding="utf-8").split("---\n")
    facts = YAML(typ="safe").load(head)
    assert facts["pretty_name"] == 'Dogs: "all"'
    assert facts["task_categories"] == ["question-answering"]
    assert [(file["split"], file["path"]) for file in facts["configs"][0]["data_files"]] == [
        (side, f"data/{side}-00000-of-00001.parquet") for side in ("train", "validation", "test")
    ]
    assert body.strip() == "# The card"


@pytest.mark.parametrize(("rows", "size"), [(1, "n<1K"), (1_000, "1K<n<10K"), (2_000_000, "1M<n<10M")])
def test_the_card_tells_the_size_in_the_hubs_classes(rows: int, size: str) -> None:
    assert f"- {size}\n" in dataset_card({"train": "data/train.parquet"}, rows, "x", "")


def test_llama_factory_finds_each_side_under_a_name(examples: pl.DataFrame, tmp_path: Path) -> None:
    export_examples(examples, "llama-factory", tmp_path / "out", name="Dogs & soup", abstain_answer=ABSTAIN)

    sets = json.loads((tmp_path / "out" / "dataset_info.json").read_text(encoding="utf-8"))
    assert list(sets) == ["dogs_soup_train", "dogs_soup_validation", "dogs_soup_test"]
    described = sets["dogs_soup_train"]
    rows = json.loads((tmp_path / "out" / described["file_name"]).read_text(encoding="utf-8"))
    assert described["formatting"] == "alpaca"
    assert set(described["columns"].values()) <= set(rows[0])


def test_axolotl_learns_from_train_and_watches_validation(examples: pl.DataFrame, tmp_path: Path) -> None:
    export_examples(examples, "axolotl", tmp_path / "out", abstain_answer=ABSTAIN)

    config = YAML(typ="safe").load((tmp_path / "out" / "axolotl.yaml").read_text(encoding="utf-8"))
    [learned], [watched] = config["datasets"], config["test_datasets"]
    assert (learned["path"], watched["path"]) == ("train.jsonl", "validation.jsonl")
    assert learned["type"] == "chat_template"
    first = json.loads((tmp_path / "out" / "train.jsonl").read_text(encoding="utf-8").split("\n")[0])
    said = first[learned["field_messages"]][0]
    assert set(learned["message_property_mappings"].values()) == set(said)


def test_a_folder_of_one_side_names_that_side_only(examples: pl.DataFrame, tmp_path: Path) -> None:
    test_side = examples.filter(pl.col("split") == "test")
    export_examples(test_side, "axolotl", tmp_path / "out", abstain_answer=ABSTAIN)

    config = YAML(typ="safe").load((tmp_path / "out" / "axolotl.yaml").read_text(encoding="utf-8"))
    assert [entry["path"] for entry in config["datasets"]] == ["test.jsonl"]
    assert "test_datasets" not in config
