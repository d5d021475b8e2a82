"""growloop judge: trained on a file of verdicts, asked about files and runs, named in task.yaml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import growloop
from growloop.cli import app
from growloop.metrics.judge.judge import JUDGE_FILE
from growloop.project import Project, now, parquet_bytes, write_atomically
from growloop.records.run import PREDICTIONS, Run

TASK = """
name: desk
purpose: Who did what.
answer_kind: open_generative
abstain_answer: I don't know.
"""
PEOPLE = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Kurt Gödel", "Emmy Noether")


def verdict(number: int, off: int) -> dict[str, Any]:
    said = PEOPLE[(number + off) % 5]
    return {
        "question": f"Who wrote theorem {number}?",
        "answers": [PEOPLE[number % 5]],
        "prediction": f"It was {said}." if number % 2 else said,
        "verdict": "wrong" if off else "correct",
    }


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["judge", *map(str, arguments)])
    return found.exit_code, found.stdout + found.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("judged")
    (folder / "task.yaml").write_text(TASK, encoding="utf-8")
    rows = [verdict(number, off) for number in range(25) for off in (0, 1 + number % 3)]
    code, said = run("train", lines(folder / "verdicts.jsonl", rows), "--project", folder, "--most", "5")
    assert code == 0, said
    assert "it agrees with people on" in " ".join(said.split())
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    (tmp_path / "task.yaml").write_text(TASK, encoding="utf-8")
    return tmp_path


def test_the_card_tells_what_it_learned_from(project: Path) -> None:
    code, said = run("--project", project, "--json")

    card = json.loads(said)
    assert (code, card["verdicts"], card["people"]["questions"]) == (0, 50, 25)
    assert card["people"]["accuracy"]["low"] > 0.5


def test_a_file_without_verdicts_is_judged_row_by_row(project: Path, tmp_path: Path) -> None:
    asked = [{key: value for key, value in verdict(n, n % 2).items() if key != "verdict"} for n in range(40, 44)]

    code, said = run("score", lines(tmp_path / "a.jsonl", asked), "-p", project, "--to", tmp_path / "b.jsonl", "--json")

    found = json.loads(said)
    written = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (code, found["answers"]) == (0, 4)
    assert [row["probability"] > 0.5 for row in found["judged"]] == [True, False, True, False]
    assert [row["given"] for row in written] == [None] * 4


def test_verdicts_in_the_file_are_held_against_it(project: Path, tmp_path: Path) -> None:
    code, said = run("score", lines(tmp_path / "a.jsonl", [verdict(50, 0), verdict(51, 1)]), "-p", project)

    assert code == 0
    assert "People's verdicts stand beside 2" in said
    assert "100.0%" in said


def test_the_answers_of_a_run_are_judged_without_a_file(project: Path) -> None:
    opened = Project.open(project)
    asked = [{"question": f"Who wrote lemma {n}?", "answers": [PEOPLE[n % 5]]} for n in range(40)]
    growloop.import_examples(opened, asked)
    version = growloop.freeze(opened)
    test = opened.examples(version.id).filter(pl.col("split") == "test")
    said = test.select("id", prediction=pl.lit("Ada Lovelace"))
    frame = pl.concat([pl.DataFrame(schema=PREDICTIONS), said], how="diagonal")
    write_atomically(opened.run_folder("evaluate-1") / "predictions.parquet", parquet_bytes(frame))
    opened.save_run(Run(id="evaluate-1", kind="evaluate", version=version.id, split="test", model="x", created=now()))

    code, told = run("score", "-p", project, "--json")

    judged = json.loads(told)["judged"]
    assert (code, len(judged)) == (0, test.height)
    assert all((row["probability"] > 0.5) == (row["answers"] == ["Ada Lovelace"]) for row in judged)


def test_the_judge_is_a_metric_of_the_task(project: Path) -> None:
    (project / "task.yaml").write_text(TASK + "metrics: [judge]\n", encoding="utf-8")
    opened = Project.open(project)
    [metric] = growloop.loop.known_metrics(opened)[-1:]

    assert growloop.check(opened).problems == ()
    assert metric.name == "judge" or "judge" in {known.name for known in growloop.loop.known_metrics(opened)}


def test_a_task_that_names_an_untrained_judge_is_told_how_to_train_it(bare: Path) -> None:
    (bare / "task.yaml").write_text(TASK + "metrics: [judge]\n", encoding="utf-8")

    problems = growloop.check(growloop.Project.open(bare)).problems

    assert any("growloop judge train" in problem for problem in problems)


def test_without_a_judge_there_is_nothing_to_ask(bare: Path) -> None:
    for command in ([], ["score"]):
        code, said = run(*command, "--project", bare)
        assert code == 1
        assert "growloop judge train VERDICTS" in said


def test_with_nothing_to_learn_from_nothing_is_written(bare: Path) -> None:
    code, said = run("train", "--project", bare)

    assert code == 1
    assert "nothing for a judge to learn from" in said
    assert not (bare / JUDGE_FILE).exists()


def test_a_file_and_a_run_are_not_judged_at_once(bare: Path) -> None:
    assert run("score", bare / "task.yaml", "--run", "evaluate-1", "--project", bare)[0] == 2
