from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from growloop.cli import app
from growloop.dataset.exporters import FORMS

runner = CliRunner()


@pytest.fixture
def frozen(tmp_path: Path) -> str:
    folder = str(tmp_path / "p")
    for command in (["new", folder, "--template", "food-qa"], ["draw", "60", "-p", folder], ["freeze", "-p", folder]):
        assert runner.invoke(app, command).exit_code == 0
    return folder


def test_help_lists_the_forms() -> None:
    said = " ".join(runner.invoke(app, ["export", "--help"], env={"COLUMNS": "200"}).stdout.split())

    assert [name for name in FORMS if name not in said] == []


def test_what_was_written_is_told(frozen: str, tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"

    result = runner.invoke(app, ["export", "messages", "--out", str(out), "-p", frozen])

    assert result.exit_code == 0
    assert "messages: " in result.stdout
    assert "all.jsonl" in result.stdout.replace("\n", "")
    assert out.is_file()


def test_the_json_names_the_files_and_counts(frozen: str) -> None:
    told = json.loads(runner.invoke(app, ["export", "squad", "-p", frozen, "--json"]).stdout)

    assert sorted(told["files"]) == ["test.json", "train.json", "validation.json"]
    assert sum(told["counts"].values()) == 60


def test_a_second_export_is_refused_until_forced(frozen: str) -> None:
    runner.invoke(app, ["export", "csv", "-p", frozen])

    refused = runner.invoke(app, ["export", "csv", "-p", frozen])

    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert runner.invoke(app, ["export", "csv", "-p", frozen, "--force"]).exit_code == 0


def test_an_unknown_form_is_a_usage_error(frozen: str) -> None:
    assert runner.invoke(app, ["export", "xml", "-p", frozen]).exit_code == 2
