"""Evaluations with nothing in them to learn from: words, and no crash."""

from __future__ import annotations

import shutil

import polars as pl
import pytest
from tests.loop.conftest import made_evaluation

import growloop
from growloop import loop
from growloop.project import Project, now, parquet_bytes, write_atomically
from growloop.records.example import matches
from growloop.records.report import Iteration
from growloop.records.run import Run


@pytest.fixture
def frozen(small_project: Project) -> Project:
    growloop.draw(small_project, 120)
    growloop.freeze(small_project)
    return small_project


def actions(project: Project, run: Run) -> list[str]:
    return [item.action for item in loop.recommend(project, run.id).items]


def test_where_nothing_fails_there_is_nothing_to_do(frozen: Project) -> None:
    run = made_evaluation(frozen, pl.lit(False))

    assert loop.diagnosis(frozen, run.id).notes == ("No answer is wrong.",)
    assert actions(frozen, run) == ["stop"]


def test_where_everything_fails_no_slice_stands_out_and_more_of_everything_is_wanted(frozen: Project) -> None:
    run = made_evaluation(frozen, pl.lit(True))

    assert "Every answer is wrong" in loop.diagnosis(frozen, run.id).notes[0]
    assert actions(frozen, run) == ["draw"]


def test_one_wrong_answer_is_no_slice(frozen: Project) -> None:
    run = made_evaluation(frozen, pl.int_range(pl.len()) == 0)

    assert loop.diagnosis(frozen, run.id).slices == ()
    assert actions(frozen, run) == ["draw"]


def test_answers_without_a_score_are_left_out_and_counted(frozen: Project) -> None:
    run = made_evaluation(frozen, matches({"negative": "wrong_topic"}))
    scores = frozen.run_frame(run.id, "scores").with_columns(exact_match=float("nan"), token_f1=float("nan"))
    write_atomically(frozen.run_folder(run.id) / "scores.parquet", parquet_bytes(scores))

    found = loop.diagnosis(frozen, run.id)

    assert (found.n, found.wrong) == (0, 0)
    assert "Left out" in found.notes[0]
    assert "look at the metric" in loop.recommend(frozen, run.id).items[0].because


def test_a_turn_whose_run_was_deleted_is_passed_over(frozen: Project) -> None:
    runs = [made_evaluation(frozen, matches({"negative": "wrong_topic"}), id=f"evaluate-{n}") for n in (1, 2)]
    for number, run in enumerate(runs, start=1):
        told = {"version": run.version, "run": run.id, "diagnosed": run.id, "model": "tiny", "metrics": run.metrics}
        frozen.save_iteration(Iteration(number=number, trained_by=f"train-{number}", created=now(), **told))
    shutil.rmtree(frozen.run_folder(runs[1].id))

    assert loop.recommend(frozen).run == runs[0].id
    assert growloop.status(frozen).next_step == "growloop serve"
