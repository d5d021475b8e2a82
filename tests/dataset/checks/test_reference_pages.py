"""The pages on checks are true: every check is on the one, what the other shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from growloop.dataset.checks import CHECKS, NEED_MORE, lint
from growloop.dataset.checks.own import own_checks
from growloop.dataset.cleaning import REPAIRS
from growloop.dataset.fixes import REPEATED
from growloop.records.declaration import read_declaration
from growloop.records.example import examples_frame
from growloop.records.task import Task


def rows(page: str) -> dict[str, list[str]]:
    """The first table: check → its cells."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.split("\n") if line.startswith("| `")
    ]
    return {row[0].strip("`"): row for row in cells if len(row) == 5}


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")


def test_every_check_is_in_the_table_and_no_other(page: str) -> None:
    assert set(rows(page)) == {*CHECKS, *NEED_MORE}


def test_the_table_says_what_can_be_fixed(page: str) -> None:
    assert {name for name, row in rows(page).items() if row[4]} == {*REPAIRS, REPEATED}


def test_the_own_check_shown_runs(repository: Path, tmp_path: Path) -> None:
    shown = (repository / "docs" / "how-to" / "own-checks.md").read_text(encoding="utf-8")
    code, declared = (re.search(rf"^```{kind}\n(.*?)^```", shown, flags=re.M | re.S)[1] for kind in ("python", "yaml"))  # type: ignore[index]
    (tmp_path / "my_checks.py").write_text(code, encoding="utf-8")
    (tmp_path / "task.yaml").write_text(f"name: t\npurpose: p\nanswer_kind: extractive\n{declared}", encoding="utf-8")
    task = read_declaration(tmp_path / "task.yaml", Task)
    examples = examples_frame({"question": ["Is the Old Mill better?", "Open?"], "answers": [["No"], ["Yes"]]})

    [finding] = lint(examples, task, checks=["no_competitors"], more=own_checks(task, tmp_path))

    assert finding.examples == (examples["id"][0],)
