"""A rubric of the task, graded by a model behind an endpoint, in an evaluation of the loop."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.remote.server import School, taught_by
from typer.testing import CliRunner

import growloop
from growloop.cli import app
from growloop.errors import EndpointProblem
from growloop.project import Project

RUBRIC = """
metrics: [token_f1, {name: helpful, rubric: Is it of help?, levels: [no, yes]}]
grader: {price_in: 1, price_out: 2}
"""


def grade(body: dict[str, Any]) -> str:
    return json.dumps({"level": "no", "reason": "It [bold]rambles[/bold]."})


@pytest.fixture
def frozen(small_project: Project) -> Project:
    file = small_project.folder / "task.yaml"
    file.write_text(file.read_text(encoding="utf-8") + RUBRIC, encoding="utf-8")
    project = Project.open(small_project.folder)
    growloop.draw(project, 40)
    growloop.freeze(project)
    return project


def test_grades_are_told_kept_and_part_of_what_makes_a_run(frozen: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    school = School(reply=grade, key="")
    with taught_by(school) as address:
        monkeypatch.setenv("GROWLOOP_GRADER_URL", address)
        monkeypatch.setenv("GROWLOOP_GRADER_MODEL", school.model)

        told = CliRunner().invoke(app, ["evaluate", "--model", "tiny", "--project", str(frozen.folder)]).stdout
        asked, first = len(school.asked), frozen.runs()[-1]
        school.model = "tutor-2"
        monkeypatch.setenv("GROWLOOP_GRADER_MODEL", school.model)
        second = growloop.evaluate(frozen, model="tiny")

    count = first.gradings[0].answers
    assert "graded Helpful: no. It [bold]rambles[/bold]." in " ".join(told.split())
    assert f"Helpful: {count} answers graded by tutor-1" in told
    assert frozen.run_frame(first.id, "grades")["reason"].unique().to_list() == ["It [bold]rambles[/bold]."]
    assert first.settings["grader"]["models"] == {"helpful": "tutor-1"}
    assert first.metrics["helpful"].value == 0
    assert second.id != first.id
    assert len(school.asked) == 2 * asked > 0


def test_without_a_grader_nothing_is_evaluated(frozen: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GROWLOOP_GRADER_URL", "GROWLOOP_TEACHER_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(EndpointProblem, match="No grader is named"):
        growloop.evaluate(frozen, model="tiny")

    assert frozen.runs() == []
    assert "No grader is named" in growloop.check(frozen).warnings[0]
