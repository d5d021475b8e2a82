from __future__ import annotations

from pathlib import Path

import pytest

from growloop.dataset.checks import lint
from growloop.dataset.checks.own import own_checks
from growloop.errors import BadDeclaration
from growloop.records.example import examples_frame
from growloop.records.task import Task

GOOD = """
import polars as pl

from growloop.records.version import Finding


def no_competitors(examples, task):
    hit = examples.filter(pl.col("question").str.contains("Old Mill"))
    if hit.is_empty():
        return []
    ids = tuple(hit["id"])
    return [Finding(check="x", severity="warning", examples=ids, count=hit.height, message="Named.")]


def divides(examples, task):
    return 1 / 0


def gives_text(examples, task):
    return ["wrong"]


NUMBER = 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_checks.py").write_text(GOOD, encoding="utf-8")
    return tmp_path


def task(*checks: str) -> Task:
    return Task(name="t", purpose="p", answer_kind="extractive", checks=checks)


EXAMPLES = examples_frame({"question": ["How is the Old Mill?", "Open?"], "answers": [["Fine"], ["Yes"]]})


def test_a_projects_own_check_runs_beside_the_others_under_its_own_name(folder: Path) -> None:
    declared = task("my_checks.py:no_competitors")

    found = lint(EXAMPLES, declared, more=own_checks(declared, folder))

    assert [(f.check, f.count) for f in found if f.check not in ("class_imbalance", "empty_fields")][-1] == (
        "no_competitors",
        1,
    )


def test_it_can_be_skipped_like_any_other(folder: Path) -> None:
    declared = Task.model_validate(
        {**task("my_checks.py:no_competitors").model_dump(), "lint": {"skip": ["no_competitors"]}}
    )

    found = lint(EXAMPLES, declared, more=own_checks(declared, folder))

    assert "no_competitors" not in {finding.check for finding in found}


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("my_check.py:no_competitors", 'Did you mean "my_checks.py"'),
        ("my_checks.py:no_competitor", 'Did you mean "no_competitors"'),
        ("my_checks.py:NUMBER", 'no function "NUMBER"'),
        ("../my_checks.py:no_competitors", "leads out of the project folder"),
        ("/etc/checks.py:f", "leads out of the project folder"),
        ("my_checks.py", "not of the form FILE.py:function"),
        ("my_checks.txt:f", "not of the form FILE.py:function"),
    ],
)
def test_what_cannot_be_loaded_is_told_with_what_would_be_right(folder: Path, named: str, told: str) -> None:
    with pytest.raises(BadDeclaration, match=told):
        own_checks(task(named), folder)


def test_an_error_inside_a_check_is_told_with_file_and_line(folder: Path) -> None:
    declared = task("my_checks.py:divides")
    line = next(n for n, text in enumerate(GOOD.split("\n"), start=1) if "1 / 0" in text)

    with pytest.raises(BadDeclaration, match=f"my_checks.py, line {line}: ZeroDivisionError"):
        lint(EXAMPLES, declared, more=own_checks(declared, folder))


@pytest.mark.parametrize(("code", "told"), [("def f(:", "line 1"), ("\nimport nothing_of_that_name", "line 2")])
def test_an_error_in_the_file_is_told_with_its_line(tmp_path: Path, code: str, told: str) -> None:
    (tmp_path / "broken.py").write_text(code, encoding="utf-8")

    with pytest.raises(BadDeclaration, match=rf"broken\.py, {told}"):
        own_checks(task("broken.py:f"), tmp_path)


def test_a_check_that_gives_something_else_is_refused(folder: Path) -> None:
    declared = task("my_checks.py:gives_text")

    with pytest.raises(BadDeclaration, match="gave a str; a check returns a list of Finding"):
        lint(EXAMPLES, declared, more=own_checks(declared, folder))


def test_two_checks_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(BadDeclaration, match='two checks "divides"'):
        own_checks(task("my_checks.py:divides", "my_checks.py:divides"), folder)


def test_loading_leaves_no_files_behind(folder: Path) -> None:
    own_checks(task("my_checks.py:divides"), folder)

    assert [path.name for path in folder.iterdir()] == ["my_checks.py"]
