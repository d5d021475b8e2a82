from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from growloop.cli import app
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import EXAMPLES

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    runner.invoke(app, ["new", str(tmp_path / "p"), "--template", "blank"])
    return tmp_path / "p"


def test_a_draw_goes_to_a_file_and_not_into_the_pool(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "many.parquet"

    result = runner.invoke(app, ["draw", "5", "--to", str(to), "--project", str(folder), "--json"])

    assert json.loads(result.stdout) == {"written": 5, "path": str(to)}
    rows = pl.read_parquet(to)
    assert rows.schema == EXAMPLES
    assert rows.height == 5
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []
    assert json.loads(runner.invoke(app, ["examples", "--json", "--project", str(folder)]).stdout)["count"] == 0


def test_a_file_that_is_there_is_replaced_only_when_asked(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "many.parquet"
    to.write_text("mine")

    refused = runner.invoke(app, ["draw", "5", "--to", str(to), "--project", str(folder)])
    forced = runner.invoke(app, ["draw", "5", "--to", str(to), "--force", "--project", str(folder)])

    assert refused.exit_code == 1
    assert "exists; nothing was written" in refused.output
    assert forced.exit_code == 0
    assert "5 examples drawn" in forced.stdout


def test_only_parquet_is_streamed(folder: Path, tmp_path: Path) -> None:
    result = runner.invoke(app, ["draw", "5", "--to", str(tmp_path / "x.csv"), "--project", str(folder)])

    assert result.exit_code == 1
    assert "name the file  x.parquet" in result.output


def test_what_was_drawn_to_a_file_is_taken_into_the_pool_by_an_import(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "many.parquet"
    runner.invoke(app, ["draw", "5", "--to", str(to), "--project", str(folder)])

    result = runner.invoke(app, ["import", str(to), "--project", str(folder)])

    assert result.exit_code == 0, result.output
    with Pool.open(Project.open(folder).pool_url) as pool:
        taken = pool.examples().sort("id")
    assert taken.select("id", "question", "where", "negative", "group").equals(
        pl.read_parquet(to).sort("id").select("id", "question", "where", "negative", "group")
    )
