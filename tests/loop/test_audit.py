"""Wrong labels: found, queued, judged, and put right in the next version."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import growloop
from growloop import loop
from growloop.cli import app
from growloop.errors import BadData, NotFound, NothingToDo
from growloop.loop import Audited
from growloop.project import Project
from growloop.records.audit import SUSPECTS


@pytest.fixture
def frozen(audited_once: Path, tmp_path: Path) -> Project:
    """A project with one version, which has been audited."""
    shutil.copytree(audited_once, tmp_path / "small")
    return Project.open(tmp_path / "small")


@pytest.fixture
def audited(frozen: Project) -> Audited:
    return growloop.audit(frozen, folds=2, epochs=1)


def test_an_audit_ranks_every_example_of_all_sides_with_a_reason(frozen: Project, audited: Audited) -> None:
    version = frozen.latest_version()
    assert version is not None

    ranked = audited.suspects

    assert sorted(ranked["id"]) == sorted(frozen.examples(version.id)["id"])
    assert set(ranked["split"]) == {"train", "validation", "test"}
    assert ranked["rank"].to_list() == list(range(1, ranked.height + 1))
    assert (ranked["reason"].str.len_chars() > 0).all()
    assert ranked.select(SUSPECTS.names()).schema == SUSPECTS


def test_an_audit_is_a_run_that_is_not_done_twice(frozen: Project, audited: Audited) -> None:
    with pytest.raises(StopIteration) as end:
        next(loop.audit(frozen, folds=2, epochs=1))  # no sign of life: there is nothing to do

    assert end.value.value.run == audited.run
    assert (audited.run.kind, audited.run.settings["folds"], audited.run.settings["epochs"]) == ("audit", 2, 1)
    assert growloop.loop.latest_model(frozen) == "tiny"  # an audit trains nothing that is kept
    assert not (frozen.run_folder(audited.run.id) / "model").exists()


def test_the_command_shows_and_queues_the_likeliest(frozen: Project, audited: Audited) -> None:
    words = ["audit", "--folds", "2", "--epochs", "1", "--most", "4", "--project", str(frozen.folder)]

    table = CliRunner().invoke(app, words, env={"COLUMNS": "120"})
    told = CliRunner().invoke(app, [*words, "--queue", "--json"])

    assert table.exit_code == 0
    assert audited.suspects["id"][0][:8] in table.stdout
    assert "growloop audit --queue" in table.stdout
    facts = json.loads(told.stdout)
    assert (facts["run"], facts["examples"], facts["queued"]) == (audited.run.id, 60, 4)
    assert [suspect["id"] for suspect in facts["suspects"]] == growloop.queue(frozen)["id"].to_list()


def test_an_audit_killed_after_a_fold_goes_on_with_the_next(
    frozen: Project, command_environment: dict[str, str]
) -> None:
    shutil.rmtree(frozen.folder / "runs")
    killed = "runs/audit-*/fold-0.parquet"
    command = [sys.executable, "-m", "growloop", "audit", "--folds", "3", "--epochs", "1", "-p", str(frozen.folder)]
    process = subprocess.Popen(
        command, env=command_environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
    while process.poll() is None and not list(frozen.folder.glob(killed)):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    [kept] = frozen.folder.glob(killed)
    written = kept.stat().st_mtime_ns

    done = growloop.audit(frozen, folds=3, epochs=1)

    assert kept.parent.name == done.run.id
    assert kept.stat().st_mtime_ns == written
    assert done.suspects.height == 60


def test_a_model_that_has_learned_the_labels_may_not_judge_them(frozen: Project) -> None:
    with pytest.raises(BadData, match="not trained yet"):
        growloop.audit(frozen, model="train-0123456789ab")


def test_without_a_version_the_step_before_is_named(small_project: Project) -> None:
    with pytest.raises(NothingToDo, match="growloop freeze"):
        growloop.audit(small_project)


# the queue


def test_suspects_wait_for_a_verdict_until_one_is_given(frozen: Project, audited: Audited) -> None:
    assert growloop.enqueue(frozen, audited.suspects.head(3)) == 3
    assert growloop.status(frozen).queued == 3
    first = growloop.queue(frozen).row(0, named=True)
    assert (first["id"], first["reason"]) == audited.suspects.select("id", "reason").row(0)

    saved = growloop.judge(frozen, first["id"][:10], "correct")
    assert growloop.queue(frozen)["id"].to_list() == audited.suspects["id"][1:3].to_list()

    growloop.undo(frozen, saved.id)
    assert growloop.status(frozen).queued == 3


def test_a_verdict_on_a_queued_label_relabels_it_in_the_next_version(frozen: Project, audited: Audited) -> None:
    growloop.enqueue(frozen, audited.suspects.head(3))
    wrong, unanswerable, right = growloop.queue(frozen).rows(named=True)
    before = frozen.latest_version()
    assert before is not None

    growloop.judge(frozen, wrong["id"], "wrong", answers=["Quite another answer."])
    growloop.judge(frozen, unanswerable["id"], "unanswerable")
    growloop.judge(frozen, right["id"], "correct")
    after = growloop.freeze(frozen)

    now = frozen.examples(after.id)
    assert now.filter(question=wrong["question"], context=wrong["context"])["answers"].to_list() == [
        ["Quite another answer."]
    ]
    assert now.filter(question=unanswerable["question"], context=unanswerable["context"])["answers"].to_list() == [[]]
    assert now.filter(id=right["id"])["answers"].to_list() == [right["answers"]]
    sides = frozen.examples(before.id).select("question", "context", "split")
    assert now.join(sides, on=["question", "context", "split"], how="anti").is_empty()
    assert growloop.queue(frozen).is_empty()


def test_what_a_person_has_judged_is_not_suspected_again(frozen: Project, audited: Audited) -> None:
    growloop.enqueue(frozen, audited.suspects.head(1))
    growloop.judge(frozen, audited.suspects["id"][0], "correct")
    growloop.freeze(frozen)

    again = growloop.audit(frozen, folds=2, epochs=1)

    assert audited.suspects["id"][0] not in again.suspects["id"].to_list()
    assert again.suspects.height == audited.suspects.height - 1


def test_an_example_can_be_taken_off_without_a_verdict(frozen: Project, audited: Audited) -> None:
    growloop.enqueue(frozen, audited.suspects.head(2))

    loop.take_off(frozen, audited.suspects["id"][0])

    assert growloop.queue(frozen)["id"].to_list() == [audited.suspects["id"][1]]


def test_an_example_that_does_not_wait_cannot_be_judged(frozen: Project) -> None:
    with pytest.raises(NotFound, match="growloop queue"):
        growloop.judge(frozen, "abc", "correct")
