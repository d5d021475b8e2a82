"""Versions and the pool on the command line: tables for people, one object for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from growloop.cli import app

runner = CliRunner()


def said(*words: str) -> str:
    result = runner.invoke(app, words)
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def json_of(*words: str) -> Any:
    return json.loads(runner.invoke(app, [*words, "--json"]).stdout)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A project of two versions: four examples, then one answered otherwise and one more."""
    project = tmp_path / "p"
    said("new", str(project))
    rows = [
        {"question": f"Dish {n}?", "context": f"[b]Dish[/b] {n}.", "answers": [f"yes {n}"], "where": {"topic": "food"}}
        for n in range(4)
    ]
    later = [{**rows[0], "answers": ["no"]}, {"question": "Dogs?", "context": "No dogs.", "is_impossible": True}]
    for number, some in enumerate((rows, later)):
        data = tmp_path / f"{number}.jsonl"
        data.write_text("\n".join(map(json.dumps, some)), encoding="utf-8")
        said("import", str(data), "--project", str(project))
        said("freeze", "--project", str(project))
    return str(project)


def test_versions_are_listed(folder: str) -> None:
    first, second = json_of("versions", "--project", folder)["versions"]

    table = said("versions", "--project", folder)

    assert second["parent"] == first["id"]
    assert (second["changes"]["added"], second["changes"]["relabelled"]) == (1, 1)
    assert first["recipe"] == second["recipe"] != ""
    assert table.index(first["id"]) < table.index("+1 ≠1")


def test_a_project_without_versions_is_told_how_to_make_one(tmp_path: Path) -> None:
    said("new", str(tmp_path / "p"))

    assert "growloop freeze" in said("versions", "--project", str(tmp_path / "p"))
    assert json_of("versions", "--project", str(tmp_path / "p")) == {"versions": []}


def test_the_difference_is_told_with_examples(folder: str) -> None:
    told = said("diff", "--project", folder)
    found = json_of("diff", "--project", folder)

    assert "≠ relabelled Dish 0? [b]Dish[/b] 0. yes 0 → no" in told
    assert "+ added Dogs? No dogs." in told
    assert "(unanswerable)" in told
    assert found["added"] == found["relabelled"] == len(found["examples"]) - 1 == 1
    assert {row["value"] for row in found["slices"] if row["name"] == "split"} <= {"train", "validation", "test"}


def test_a_difference_can_be_narrowed_and_kept_short(folder: str) -> None:
    first, second = (version["id"] for version in json_of("versions", "--project", folder)["versions"])

    found = json_of("diff", first, second, "--where", "topic=food", "--show", "0", "--project", folder)

    assert (found["before"], found["after"]) == (first, second)
    assert (found["added"], found["relabelled"], found["examples"]) == (0, 1, [])


def test_going_back_is_told_and_frozen_as_the_same_version(folder: str) -> None:
    first, _ = json_of("versions", "--project", folder)["versions"]

    restored = json_of("restore", first["id"], "--project", folder)

    assert restored == {"version": first["id"], "accepted": 4, "set_aside": 2}
    assert json_of("freeze", "--project", folder)["id"] == first["id"]
    assert "4 examples accepted" in said("restore", first["id"], "--project", folder)


def test_an_unknown_version_is_an_error_that_names_the_known(folder: str) -> None:
    for words in (["diff", "v-none"], ["restore", "v-none"], ["restore", "../p"]):
        result = runner.invoke(app, [*words, "--project", folder])

        assert result.exit_code == 1
        assert "Error" in result.stderr
        assert "Traceback" not in result.output


def test_the_pools_examples_are_shown(folder: str) -> None:
    table = said("examples", "--where", "topic=food", "--text", "dish", "--limit", "2", "--project", folder)
    found = json_of("examples", "--text", "dogs", "--status", "accepted", "--project", folder)

    assert "2 of 5 examples." in table
    assert "--after 2" in table
    assert found["count"] == 1
    assert found["examples"][0]["question"] == "Dogs?"
    assert "No example" in said("examples", "--text", "nothing", "--project", folder)


def test_a_status_that_is_none_is_a_usage_error(folder: str) -> None:
    assert runner.invoke(app, ["examples", "--status", "good", "--project", folder]).exit_code == 2
