from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.loop.conftest import finish, write_project
from typer.testing import CliRunner

import growloop
from growloop import loop
from growloop.cli import app
from growloop.errors import NotFound, NothingToDo
from growloop.loop.running import PLAN_FILE
from growloop.project import Project, now
from growloop.records.comparison import Promotion
from growloop.records.report import Iteration
from growloop.records.run import Run


@pytest.fixture(scope="module")
def interrupted_and_finished(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> Project:
    """A loop that was stopped while it gathered for its second turn, and then started again; to be read only."""
    project = write_project(tmp_path_factory.mktemp("ran") / "small")
    shutil.copytree(tiny_checkpoint, project.folder / "tiny")
    stage = loop.run_until_good(project, turns=2, first=80, examples=30, warm_start=True)
    for progress in stage:
        if progress.stage == "gather":
            break
    stage.close()
    assert (project.folder / PLAN_FILE).exists()
    ended = growloop.run_until_good(project, turns=2, first=80, examples=30, warm_start=True)
    assert (ended.reason, ended.turn.number) == ("turns", 2)
    return project


def test_a_loop_that_was_stopped_goes_on_where_it_was(interrupted_and_finished: Project) -> None:
    zero, one, two = interrupted_and_finished.iterations()

    assert not (interrupted_and_finished.folder / PLAN_FILE).exists()
    assert [turn.number for turn in (zero, one, two)] == [0, 1, 2]
    assert sum(interrupted_and_finished.version(one.version).counts.values()) == 80
    assert sum(interrupted_and_finished.version(two.version).counts.values()) == 110


def test_a_turn_keeps_what_was_followed_for_it_with_the_gain_expected_and_seen(
    interrupted_and_finished: Project,
) -> None:
    _, one, two = interrupted_and_finished.iterations()

    assert one.taken == ()
    assert sum(taken.added for taken in two.taken) == 30
    for taken in two.taken:
        assert taken.run == one.diagnosed
        assert taken.recommendation.expected_gain is not None
        assert taken.seen_gain is not None


def test_what_fails_is_looked_for_on_the_validation_side_so_that_the_test_side_decides_nothing(
    interrupted_and_finished: Project,
) -> None:
    for turn in interrupted_and_finished.iterations()[1:]:
        assert interrupted_and_finished.run(turn.diagnosed or "").split == "validation"
        assert interrupted_and_finished.run(turn.run).split == "test"


def test_what_was_recommended_after_a_turn_stays_when_later_turns_are_made(interrupted_and_finished: Project) -> None:
    _, one, two = interrupted_and_finished.iterations()

    found = loop.recommend(interrupted_and_finished, one.diagnosed)

    assert [item.model_dump() for item in found.items if item.draws] == [
        taken.recommendation.model_dump() for taken in two.taken
    ]


def test_a_warm_start_learns_what_is_new_and_some_of_what_its_model_knows(interrupted_and_finished: Project) -> None:
    _, one, two = interrupted_and_finished.iterations()
    first, second = (interrupted_and_finished.run(turn.trained_by or "") for turn in (one, two))

    assert second.model == first.id
    assert first.settings["examples"] == one.trained_on
    new = two.trained_on - one.trained_on
    assert second.settings["examples"] == new + round(0.5 * one.trained_on)


def test_an_iteration_can_be_made_again_from_its_record_to_the_same_weights_and_answers(
    interrupted_and_finished: Project,
) -> None:
    found = growloop.reproduce(interrupted_and_finished, 2)

    assert found.precision == "fp32"
    assert found.same_weights
    assert found.same_answers == found.answers > 0
    assert found.metrics["token_f1"] == found.metrics_before["token_f1"]
    assert not list((interrupted_and_finished.folder / "reproduced").iterdir())
    with pytest.raises(NothingToDo, match="Nothing was trained in iteration 0"):
        growloop.reproduce(interrupted_and_finished, 0)


def test_a_turn_whose_run_was_deleted_is_no_reason_to_crash(interrupted_and_finished: Project, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(interrupted_and_finished.folder, copy)
    project = Project.open(copy)
    shutil.rmtree(project.run_folder(project.iterations()[1].diagnosed or ""))

    assert loop.recommend(project).items
    assert len(project.iterations()) == 3


def test_a_job_goes_round_as_far_as_it_was_to_go(interrupted_and_finished: Project, tmp_path: Path) -> None:
    project = Project.open(shutil.copytree(interrupted_and_finished.folder, tmp_path / "copy"))
    again, going = (
        loop.jobs(project).add(kind, options)  # type: ignore[arg-type]
        for kind, options in (("reproduce", {"number": 9}), ("run", {"turns": 2, "warm_start": True}))
    )

    ran = finish(loop.do_job(project, going))

    assert ran.said.startswith("Iteration 2 is done, as far as it was to go. Iteration 2: Token F1 0.")
    assert ran.made["iteration"] == "2"
    with pytest.raises(NotFound, match="There is no iteration 9"):
        finish(loop.do_job(project, again))


def test_a_loop_whose_budgets_are_met_stops_and_says_so(interrupted_and_finished: Project, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(interrupted_and_finished.folder, copy)
    task = copy / "task.yaml"
    lines = task.read_text(encoding="utf-8").splitlines(keepends=True)
    task.write_text("".join(line for line in lines if "minimum_scores" not in line and "token_f1" not in line))

    ended = growloop.run_until_good(Project.open(copy))

    assert (ended.reason, ended.words) == ("met", "Every budget in task.yaml is met.")


def test_each_later_turn_gathers_so_many_times_as_many(interrupted_and_finished: Project, tmp_path: Path) -> None:
    copy = shutil.copytree(interrupted_and_finished.folder, tmp_path / "copy")

    stage = loop.run_until_good(Project.open(copy), turns=3, examples=30, growth=2.0, warm_start=True)
    next(progress for progress in stage if progress.stage == "gather")
    stage.close()

    assert json.loads((copy / PLAN_FILE).read_text())["examples"] == 60


def test_a_model_that_was_held_back_is_not_the_one_in_use(small_project: Project) -> None:
    for name in ("train-good", "train-bad"):
        run = Run(id=name, kind="train", version="v-1", model="tiny", created=now())
        small_project.save_run(run)
    for number, model, promoted in ((1, "train-good", True), (2, "train-bad", False)):
        verdict = Promotion(promoted=promoted, reasons=("It fell.",))
        told = {"version": "v-1", "run": "evaluate-1", "model": "tiny", "metrics": {}, "created": now()}
        small_project.save_iteration(Iteration(number=number, trained_by=model, promotion=verdict, **told))

    assert loop.latest_model(small_project) == "train-good"


def test_the_models_to_be_held_against_each_other_are_those_that_were_in_use(small_project: Project) -> None:
    assert loop.standing_models(small_project) == {"base": "tiny"}

    for number, name in enumerate(("train-first", "train-worse", "train-second")):
        made = {"kind": "train", "version": "v-1", "model": "tiny", "created": f"2026-01-0{number + 1}T00:00:00Z"}
        small_project.save_run(Run.model_validate({"id": name, **made}))
    verdict = Promotion(promoted=False, reasons=("It fell.",))
    told = {"version": "v-1", "run": "evaluate-1", "model": "tiny", "metrics": {}, "created": now()}
    small_project.save_iteration(Iteration(number=1, trained_by="train-worse", promotion=verdict, **told))

    known = {"base": "tiny", "previous": "train-first", "current": "train-second"}
    assert loop.standing_models(small_project) == known
    assert loop.standing_models(small_project)["current"] == loop.latest_model(small_project)


def told(project: Project, *words: str) -> str:
    found = CliRunner().invoke(app, [*words, "--project", str(project.folder)])
    assert found.exit_code == 0, found.output
    return str(found.stdout)


def test_the_commands_tell_turns_recommendations_and_why_the_loop_stopped(
    interrupted_and_finished: Project, tmp_path: Path
) -> None:
    shutil.copytree(interrupted_and_finished.folder, tmp_path / "copy")
    project = Project.open(tmp_path / "copy")

    turns = json.loads(told(project, "iterations", "--json"))["iterations"]
    items = json.loads(told(project, "recommend", "--json"))["items"]
    ended = json.loads(told(project, "run", "--turns", "2", "--warm-start", "--json"))

    assert [turn["number"] for turn in turns] == [0, 1, 2]
    assert [item["number"] for item in items] == list(range(1, len(items) + 1))
    assert (ended["reason"], len(ended["iterations"])) == ("turns", 3)
    assert "For iteration 2" in told(project, "iterations")
    assert "Expected gain, points" in told(project, "recommend")
    assert "Brought" in told(project, "recommend", "--apply", "1", "--examples", "5")


def test_numbers_that_are_none_are_a_matter_of_usage(interrupted_and_finished: Project) -> None:
    folder = str(interrupted_and_finished.folder)

    found = CliRunner().invoke(app, ["recommend", "--apply", "first", "--project", folder])

    assert found.exit_code == 2
    assert "not a list of numbers" in found.output
