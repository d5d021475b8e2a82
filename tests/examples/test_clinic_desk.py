"""The second worked universe: everything that food_qa does without."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from growloop.cli import app
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import coordinate
from growloop.records.universe import NegativeKind, VariationKind

FOLDER = Path(__file__).parents[2] / "examples" / "clinic_desk"


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project made from the template, with 500 examples drawn and a few of each change of the answer."""
    folder = tmp_path_factory.mktemp("desk") / "clinic"
    run("new", str(folder), "--template", "clinic-desk")
    run("draw", "500", "--project", str(folder))
    for name, template in (("spelling", "results"), ("negation", "parking"), ("other_value", "service")):
        at = ("--where", f"variation={name}", "--where", f"template={template}", "--where", "negative=none")
        run("draw", "5", *at, "--project", str(folder))
    return Project.open(folder)


def test_composing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, FOLDER / "compose.py", "--into", tmp_path], check=True, capture_output=True)

    for name in ("contexts/notices.jsonl", "contexts/facts.csv"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_every_kind_of_negative_and_every_variation_is_drawn(desk: Project) -> None:
    with Pool.open(desk.pool_url) as pool:
        drawn = pool.examples()

    assert set(drawn["negative"].drop_nulls()) == set(get_args(NegativeKind))
    assert set(drawn.select(coordinate("variation")).to_series()) == {"none", *get_args(VariationKind)}
    assert drawn.select(coordinate("template")).to_series().n_unique() == 10


def test_a_version_of_it_leaks_nothing(desk: Project) -> None:
    told = json.loads(run("freeze", "--project", str(desk.folder), "--json"))

    assert "No leakage" in run("freeze", "--project", str(desk.folder))
    assert told["id"].startswith("v-")


def test_it_is_a_template_without_the_script_that_wrote_it(desk: Project) -> None:
    assert not (desk.folder / "compose.py").exists()
    assert (desk.folder / "contexts" / "facts.csv").exists()


def test_its_declarations_are_in_order(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "desk")
    told = run("check", "--project", str(tmp_path / "desk"))

    assert "9 templates" in told
    assert "60 about 30 entities" in told.replace("\n", " ").replace("  ", " ")
