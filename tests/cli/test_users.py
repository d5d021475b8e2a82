"""Users on the command line: invited, listed, changed and removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import growloop
from growloop.cli import app

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(growloop.new(tmp_path / "p").folder)


def run(folder: str, *words: str, **env: str) -> Any:
    return runner.invoke(app, ["users", *words, "--project", folder], env={"COLUMNS": "120", **env})


def json_of(folder: str, *words: str, **env: str) -> Any:
    return json.loads(run(folder, *words, "--json", **env).stdout)


def test_whoever_is_invited_is_listed_and_let_in_by_the_link(folder: str) -> None:
    assert "Nobody has a name" in run(folder).stdout

    made = json_of(folder, "invite", "Ada", "--role", "admin", "--url", "http://box.lan/")

    assert made["link"].startswith("http://box.lan/invitation/")
    assert "invited until" in run(folder).stdout
    [ada] = json_of(folder)["users"]
    assert (ada["name"], ada["role"], ada["has_password"]) == ("Ada", "admin", False)
    assert "once, within seven days" in run(folder, "invite", "Bo").stdout


def test_a_password_is_taken_from_the_environment_and_roles_are_changed(folder: str) -> None:
    added = json_of(folder, "add", "Ada", "--role", "admin", GROWLOOP_PASSWORD="a long sentence")
    assert added["has_password"]

    assert json_of(folder, "add", "Bo", GROWLOOP_PASSWORD="a long sentence")["role"] == "annotator"
    assert json_of(folder, "role", "bo", "viewer")["role"] == "viewer"
    assert json_of(folder, "token", "Bo", "--label", "nightly")["key"].startswith("gl_")
    assert "cannot come in any more" in run(folder, "remove", "Bo").stdout
    assert [user["name"] for user in json_of(folder)["users"]] == ["Ada"]


def test_what_cannot_be_is_told_plainly(folder: str) -> None:
    first = run(folder, "invite", "Bo")
    nobody = run(folder, "remove", "Nobody")

    assert (first.exit_code, "first has to be an admin" in first.output) == (1, True)
    assert (nobody.exit_code, 'no user "Nobody"' in nobody.output) == (1, True)
