"""Learning curves from parts of the training data."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import growloop
from growloop import loop
from growloop.errors import BadData, NothingToDo
from growloop.loop.surroundings import growths_of
from growloop.project import Project
from growloop.records.progress import Watched


@pytest.fixture
def turned(tmp_path: Path, turned_once: Path) -> Project:
    shutil.copytree(turned_once, tmp_path / "turned")
    return Project.open(tmp_path / "turned")


def test_a_part_of_the_data_gives_a_point_from_which_expected_gains_are_read(turned: Project) -> None:
    turn, before = turned.iterations()[-1], loop.recommend(turned)
    found = loop.diagnosis(turned, turn.diagnosed)

    stage = Watched(loop.curves(turned, [0.5]))
    notes = [step.note for step in stage if step.stage == "curves"]

    half, whole = stage.result
    [growth] = growths_of(turned, found, ())
    assert "min in all" in notes[0]
    assert (whole.run, whole.trained_on) == (turn.diagnosed, turn.trained_on)
    assert (growth.trained_on, growth.trained_on_after) == (half.trained_on, whole.trained_on)
    assert half.trained_on == round(0.5 * whole.trained_on)
    assert loop.recommend(turned).key != before.key
    assert loop.latest_model(turned) == turn.trained_by
    assert [again.run for again in growloop.curves(turned, [0.5])] == [half.run, whole.run]


def test_there_is_no_curve_before_a_turn_nor_of_more_than_there_is(turned: Project, small_project: Project) -> None:
    with pytest.raises(NothingToDo, match="growloop next"):
        growloop.curves(small_project)
    with pytest.raises(BadData, match="between 0 and 1"):
        growloop.curves(turned, [0.5, 1.5])
