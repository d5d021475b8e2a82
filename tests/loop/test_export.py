"""A frozen version written in other tools' forms."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from growloop import loop
from growloop.errors import BadData, NotFound, NothingToDo
from growloop.project import Project
from growloop.records.annotation import Annotation

DATA = ("growloop.db*", "versions", "exports")


@pytest.fixture
def frozen(small_project: Project) -> Project:
    loop.draw(small_project, 60)
    loop.freeze(small_project)
    return small_project


def test_the_latest_version_is_written_whole_into_the_project(frozen: Project) -> None:
    version = frozen.latest_version()
    assert version is not None

    exported = loop.export(frozen, "messages")

    assert exported.path == frozen.folder / "exports" / f"{version.id}-messages"
    assert exported.counts == version.counts
    first = (exported.path / "test.jsonl").read_text(encoding="utf-8").split("\n")[0]
    assert json.loads(first)["messages"][0]["content"].startswith("Context: ")


def test_unanswerable_examples_say_the_tasks_own_words(frozen: Project, tmp_path: Path) -> None:
    loop.export(frozen, "alpaca", out=tmp_path / "all.json")

    rows = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    silent = [row for row in rows if not row["growloop"]["answers"]]
    assert silent
    assert {row["output"] for row in silent} == {"I don't know."}


def test_one_side_of_an_older_version_can_be_written_outside_the_project(frozen: Project, tmp_path: Path) -> None:
    before = frozen.latest_version()
    assert before is not None
    loop.draw(frozen, 40)
    loop.freeze(frozen)

    exported = loop.export(frozen, "jsonl", version=before.id, split="test", out=tmp_path / "test.jsonl")

    assert exported.counts == {"test": before.counts["test"]}


def test_the_folder_for_datasets_carries_the_card_of_the_version(frozen: Project) -> None:
    exported = loop.export(frozen, "huggingface")

    assert "dataset version v-" in (exported.path / "README.md").read_text(encoding="utf-8")


def test_a_second_export_does_not_overwrite_the_first(frozen: Project) -> None:
    loop.export(frozen, "csv")

    with pytest.raises(BadData, match="--force"):
        loop.export(frozen, "csv")

    assert loop.export(frozen, "csv", force=True).files


def test_a_correction_becomes_a_preference_pair(frozen: Project, tmp_path: Path) -> None:
    version = frozen.latest_version()
    assert version is not None
    example = frozen.examples(version.id).row(0, named=True)
    given = {"question": example["question"], "context": example["context"], "shown_answer": "Seven cats."}
    loop.correct(frozen, Annotation(**given, verdict="wrong", answers=("Only one.",), at="2026-01-01T00:00:00Z"))
    loop.freeze(frozen)

    loop.export(frozen, "preference", out=tmp_path / "pairs.jsonl")

    [row] = map(json.loads, (tmp_path / "pairs.jsonl").read_text(encoding="utf-8").splitlines())
    assert (row["chosen"][0]["content"], row["rejected"][0]["content"]) == ("Only one.", "Seven cats.")
    assert row["growloop"]["origin"] == "annotation"


def test_without_corrections_there_are_no_pairs_to_write(frozen: Project) -> None:
    with pytest.raises(NothingToDo, match="growloop serve"):
        loop.export(frozen, "preference")


def test_what_is_not_there_is_named(frozen: Project, small_project: Project) -> None:
    with pytest.raises(NotFound, match="v-nothing"):
        loop.export(frozen, "jsonl", version="v-nothing")
    with pytest.raises(BadData, match="There is no form"):
        loop.export(frozen, "xml")


def test_nothing_frozen_is_nothing_to_export(small_project: Project) -> None:
    with pytest.raises(NothingToDo, match="growloop freeze"):
        loop.export(small_project, "jsonl")


@pytest.mark.parametrize("format", ["jsonl", "huggingface", "squad", "messages"])
def test_a_version_that_is_exported_and_imported_is_the_same_version(
    format: str, frozen: Project, tmp_path: Path
) -> None:
    exported = loop.export(frozen, format)
    other = Project.open(shutil.copytree(frozen.folder, tmp_path / "other", ignore=shutil.ignore_patterns(*DATA)))

    for _ in loop.import_examples(other, exported.path):
        pass

    assert loop.freeze(other).id == exported.path.name.removesuffix(f"-{format}")
