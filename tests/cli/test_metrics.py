"""growloop metrics: the list, and the self-test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.remote.server import School, taught_by
from typer.testing import CliRunner

import growloop
from growloop.cli import app
from growloop.metrics import BUILT_IN
from growloop.pool import Pool
from growloop.records.example import examples_frame

TASK = """
name: desk
purpose: Whether dogs may come in.
answer_kind: open_generative
abstain_answer: I don't know.
metrics: [exact_match, "mine.py:politeness", {name: says_yes, pattern: "^Yes", high: ["Yes."], low: ["No."]}]
"""
OWN = """
CASES = {"politeness": [{"expect": "high", "prediction": "Yes, please"}]}


def politeness(row):
    '''Says please.'''
    return "please" in row["prediction"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "task.yaml").write_text(TASK, encoding="utf-8")
    (tmp_path / "mine.py").write_text(OWN, encoding="utf-8")
    asked = {"question": [f"Dogs at bar {n}?" for n in range(10)], "context": [f"Bar {n}." for n in range(10)]}
    answers = [["Yes, please, dogs may come."]] * 2 + [[]] * 8
    with Pool.open(growloop.Project.open(tmp_path).pool_url) as pool:
        pool.add(examples_frame({**asked, "answers": answers}))
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["metrics", *arguments])
    return found.exit_code, found.stdout


def test_the_list_names_every_metric_and_the_projects_own(project: Path) -> None:
    code, printed = run("--project", str(project), "--json")

    assert code == 0
    assert {m["name"] for m in json.loads(printed)["metrics"]} == {*BUILT_IN, "politeness", "says_yes"} - {"judge"}


def test_outside_a_project_the_built_in_cases_are_tried(tmp_path: Path) -> None:
    code, printed = run("check", "--project", str(tmp_path), "--json")

    found = json.loads(printed)
    assert (code, found["ok"], found["examples"]) == (0, True, 0)


def test_a_dataset_of_unanswerable_questions_shows_the_trick_that_wins(project: Path) -> None:
    code, printed = run("check", "--project", str(project), "--json")

    found = json.loads(printed)
    assert code == 0
    assert (found["examples"], found["unanswerable"]) == (10, 8)
    assert "always abstaining scores 80 % exact match here, since 8 of 10" in found["trick"]


def test_the_tables_show_metric_by_attack(project: Path) -> None:
    code, printed = run("check", "--project", str(project))

    assert code == 0
    assert "Attacks on 10 examples, 8 of them unanswerable" in printed
    assert "says_yes" in printed
    assert "A trick would win" in printed


def test_a_metric_that_fails_its_own_case_ends_with_one(project: Path) -> None:
    (project / "mine.py").write_text(OWN.replace('"high"', '"low"'), encoding="utf-8")

    code, printed = run("check", "--project", str(project))

    assert code == 1
    assert "politeness: “Yes, please” scores 1.00, and is a low case" in printed.replace("\n", " ")


def test_check_names_own_metrics_and_refuses_one_that_is_not_there(project: Path) -> None:
    fine = CliRunner().invoke(app, ["check", "--project", str(project)])
    (project / "mine.py").write_text("", encoding="utf-8")
    broken = CliRunner().invoke(app, ["check", "--project", str(project)])

    assert "own metrics: politeness, says_yes" in fine.stdout
    assert broken.exit_code == 1
    assert 'no function "politeness"' in broken.stdout


def test_a_rubric_is_put_to_its_cases_and_to_attacks_only_where_they_are_asked_for(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rubric = "{name: kind, rubric: Is it kind?, cases: [{expect: high, prediction: Go away.}]}"
    (project / "task.yaml").write_text(TASK.replace("metrics: [", f"metrics: [{rubric}, "), encoding="utf-8")
    school = School(reply=lambda body: json.dumps({"level": "no", "reason": "[red]It is rude.[/red]"}), key="")
    with taught_by(school) as address:
        monkeypatch.setenv("GROWLOOP_GRADER_URL", address)
        monkeypatch.setenv("GROWLOOP_GRADER_MODEL", school.model)

        code, printed = run("check", "--project", str(project))

        assert (code, len(school.asked)) == (1, 1)
        assert "and is a high case: [red]It is rude.[/red]" in " ".join(printed.split())
        _, printed = run("check", "--project", str(project), "--slow", "--most", "10", "--json")

    proofs = {proof["metric"]: proof for proof in json.loads(printed)["proofs"]}
    assert [attack["score"] for attack in proofs["kind"]["attacks"]] == [0.0] * len(proofs["exact_match"]["attacks"])
