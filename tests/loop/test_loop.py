from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import growloop
from growloop import loop
from growloop.errors import BadData, BudgetMissed, NotFound, NothingToDo
from growloop.loop.declaring import space_of
from growloop.pool import Pool
from growloop.project import Project, now
from growloop.records.annotation import Annotation
from growloop.records.example import examples_frame


@pytest.fixture
def turned(tmp_path: Path, turned_once: Path) -> Project:
    shutil.copytree(turned_once, tmp_path / "turned")
    return Project.open(tmp_path / "turned")


def test_one_turn_measures_the_untrained_model_first_and_the_tuned_one_on_the_same_rows(turned: Project) -> None:
    zero, one = turned.iterations()

    assert (zero.number, zero.trained_by, one.number) == (0, None, 1)
    assert one.trained_by is not None
    assert set(turned.run_frame(zero.run, "scores")["id"]) == set(turned.run_frame(one.run, "scores")["id"])
    for turn in (zero, one):
        assert {"token_f1", "exact_match", "abstention_precision", "abstention_recall", "abstention_f1"} <= set(
            turn.metrics
        )
        assert turn.timings is not None
    assert (turned.folder / "reports" / "1.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_turn_with_nothing_new_is_the_same_turn(turned: Project) -> None:
    before = turned.iterations()

    again = growloop.next_iteration(turned)

    assert again.number == 1
    assert [t.run for t in turned.iterations()] == [t.run for t in before]


def test_a_correction_makes_a_new_version_and_a_new_turn_on_identical_rows(turned: Project) -> None:
    growloop.correct(
        turned,
        Annotation(
            question="Is there a terrace?",
            context="They built a terrace last spring.",
            shown_answer="I don't know.",
            verdict="wrong",
            answers=("Yes, there is a terrace.",),
            at=now(),
        ),
    )
    assert growloop.status(turned).waiting == 1

    growloop.next_iteration(turned)

    first, second = turned.iterations()[1:]
    assert second.number == 2
    assert second.annotations == 1
    assert first.version != second.version
    assert growloop.status(turned).waiting == 0
    old, new = (set(turned.run_frame(t.run, "scores")["id"]) for t in (first, second))
    assert old == new
    [exact, _] = loop.build_report(turned).comparisons
    assert exact.wins + exact.losses + exact.ties == len(old)


def test_a_correction_of_a_test_question_is_measured_without_training_or_asking_again(turned: Project) -> None:
    first = turned.iterations()[-1]
    row = turned.examples(first.version).filter(pl.col("split") == "test").row(0, named=True)
    asked = {"question": row["question"], "context": row["context"], "shown_answer": "Perhaps."}
    growloop.correct(turned, Annotation(**asked, verdict="wrong", answers=("Who knows.",), at=now()))

    second = growloop.next_iteration(turned)

    assert (second.number, second.trained_by) == (2, first.trained_by)
    assert second.version != first.version
    said = [turned.run_frame(turn.run, "predictions") for turn in (first, second)]
    assert said[0]["seconds"].sort().to_list() == said[1]["seconds"].sort().to_list()
    assert second.in_use


def test_an_undone_correction_is_not_learned_from(turned: Project) -> None:
    saved = growloop.correct(
        turned, Annotation(question="q?", context="c", shown_answer="a", verdict="wrong", answers=("b",), at=now())
    )
    growloop.undo(turned, saved.id)

    assert growloop.status(turned).waiting == 0
    assert growloop.next_iteration(turned).number == 1


def test_every_stage_can_be_called_alone(small_project: Project) -> None:
    drawn = growloop.draw(small_project, 100)
    version = growloop.freeze(small_project)
    [candidate] = growloop.baseline(small_project)
    trained = growloop.train(small_project)
    run = growloop.evaluate(small_project, split="validation")

    assert drawn.accepted == 100
    assert sum(version.counts.values()) == 100
    assert candidate.run is not None
    assert trained.settings["epochs"] == 1
    assert run.model == trained.id
    assert run.metrics["token_f1"].n == version.counts["validation"]


def test_drawing_again_goes_on_where_it_stopped(small_project: Project) -> None:
    growloop.draw(small_project, 40)
    growloop.draw(small_project, 40)
    in_two = set(growloop.freeze(small_project).counts.items())

    with Pool.open(small_project.pool_url) as pool:
        ids = set(pool.examples()["id"])
    expected = space_of(small_project).draw(80, seed=0)
    assert ids == set(expected["id"])
    assert in_two


def test_a_frozen_version_lists_what_it_left_out_and_as_what(small_project: Project) -> None:
    asked = ["Are dogs allowed?", "Are cats allowed?", "Are  dogs allowed?"]
    examples = examples_frame({"question": asked, "context": ["Leave the dog at home."] * 3, "answers": [["No"]] * 3})
    with Pool.open(small_project.pool_url) as pool:
        pool.add(examples)

    version = growloop.freeze(small_project)

    removed = pl.read_parquet(small_project.folder / "versions" / version.id / "removed.parquet")
    kept = small_project.examples(version.id)
    assert version.removed == {"repeated": 1}
    assert kept.height == 2
    assert set(removed["repeats"]) <= set(kept["id"])
    assert version.proof is not None
    assert small_project.version(version.id).proof == version.proof


def test_a_missed_budget_fails_the_gate_and_is_named(turned: Project) -> None:
    run = turned.run(turned.iterations()[-1].run)

    with pytest.raises(BudgetMissed, match="token_f1"):
        loop.gate(turned, run)


def test_steps_without_their_input_name_the_step_before(small_project: Project) -> None:
    with pytest.raises(NothingToDo, match="growloop draw"):
        growloop.freeze(small_project)
    with pytest.raises(NothingToDo, match="growloop freeze"):
        growloop.train(small_project)
    with pytest.raises(NothingToDo, match="growloop next"):
        growloop.report(small_project)
    with pytest.raises(NotFound, match="growloop index"):
        growloop.ask(small_project, "Are dogs allowed?")


def test_a_question_without_context_is_answered_from_what_the_indexer_finds(small_project: Project) -> None:
    growloop.index(small_project)

    answered = growloop.ask(small_project, "Are dogs allowed at Café Lumière 17?")

    assert answered.context == answered.passages[0]["text"]
    assert answered.iteration is None
    assert answered.seconds > 0


def test_the_untrained_model_is_asked_beside_the_one_in_use(turned_once: Path) -> None:
    project, question, text = Project.open(turned_once), "Are dogs allowed at Tasca 3?", "Tasca 3: No dogs."

    in_use, untrained = (loop.ask(project, question, text, by=by) for by in ("current", "base"))  # type: ignore[arg-type]

    assert (in_use.iteration, in_use.run) == (1, project.iterations()[1].trained_by)
    assert (untrained.iteration, untrained.run, untrained.model) == (None, None, "tiny")
    with pytest.raises(NothingToDo, match="the first that was trained"):
        loop.ask(project, question, text, by="previous")


def test_a_project_is_never_made_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "thesis.txt").write_text("years of work")

    with pytest.raises(BadData, match="not empty"):
        growloop.new(tmp_path / "there")
    with pytest.raises(NotFound, match='Did you mean "food-qa"'):
        growloop.new(tmp_path / "new", template="foodqa")


@pytest.mark.parametrize("template", ["blank", "food-qa"])
def test_a_new_project_passes_its_check(tmp_path: Path, template: str) -> None:
    project = growloop.new(tmp_path / "p", template=template)

    assert growloop.check(project).problems == ()


@pytest.mark.slow
def test_a_turn_killed_again_and_again_ends_where_an_undisturbed_one_does(
    small_project: Project, turned_once: Path, command_environment: dict[str, str]
) -> None:
    growloop.draw(small_project, 120)
    command = [sys.executable, "-m", "growloop", "next", "--draw", "0", "--json"]
    command += ["--project", str(small_project.folder)]
    for seconds in (3.0, 5.0, 7.0):
        process = subprocess.Popen(
            command,
            env=command_environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    done = subprocess.run(command, env=command_environment, capture_output=True, text=True)
    turns = small_project.iterations()

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["iteration"]["number"] == 1
    assert turns[-1].metrics == Project.open(turned_once).iterations()[-1].metrics
