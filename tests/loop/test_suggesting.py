from __future__ import annotations

from pathlib import Path

import pytest

import growloop
from growloop import loop
from growloop.errors import BadDeclaration, NothingToDo
from growloop.records.suggestion import Suggestion


@pytest.fixture
def project(tmp_path: Path) -> growloop.Project:
    return loop.new(tmp_path / "food", template="food-qa")


def suggestion(**more: object) -> Suggestion:
    fields = {"name": "freeze", "ask": ("Can I freeze {thing}?",), "slots": {"thing": ("pie",)}, "questions": ("x",)}
    return Suggestion.model_validate({**fields, "size": 6, "fitting": 6, **more})


def test_after_accepting_the_project_checks_and_says_what_to_fill_in(project: growloop.Project) -> None:
    before = (project.folder / "universe.yaml").read_text(encoding="utf-8")

    loop.accept(project, suggestion())

    after = (project.folder / "universe.yaml").read_text(encoding="utf-8")
    checked = loop.check(growloop.Project.open(project.folder))
    assert after.startswith(before)
    assert checked.problems == ()
    assert any("1 proposed, to be given a fact and answers: freeze" in line for line in checked.present)


def test_what_would_not_fit_is_refused_and_nothing_written(project: growloop.Project) -> None:
    before = (project.folder / "universe.yaml").read_bytes()

    with pytest.raises(BadDeclaration, match='there is a template "dogs-allowed" already'):
        loop.accept(project, suggestion(name="dogs-allowed"))

    assert (project.folder / "universe.yaml").read_bytes() == before


def test_an_empty_pool_has_nothing_to_suggest_from(project: growloop.Project) -> None:
    with pytest.raises(NothingToDo, match=r"growloop universe suggest QUESTIONS"):
        loop.suggest(project)
