"""Two runs side by side on the command line, as tables and as one object."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import growloop
from growloop.cli import app
from growloop.project import Project, parquet_bytes, write_atomically
from growloop.records.report import Iteration
from growloop.records.run import Run

RUNNER = CliRunner()
N = 40


def keep_run(project: Project, version: str, id: str, scores: pl.DataFrame, **more: Any) -> None:
    write_atomically(project.run_folder(id) / "scores.parquet", parquet_bytes(scores))
    made = {"kind": "evaluate", "split": "test", "model": "tiny", "created": "2026-11-26T00:00:00Z", **more}
    project.save_run(Run(id=id, version=version, **made))


@pytest.fixture(scope="module")
def measured_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two turns: the second has the first half of the questions, one template, right."""
    folder = tmp_path_factory.mktemp("compared") / "p"
    project = growloop.new(folder, template="blank")
    rows = [
        {"question": f"Dish {n}?", "context": f"Dish {n}.", "answers": [f"yes {n}"],
         "where": {"template": "first" if n < N / 2 else "second"}}
        for n in range(N)
    ]  # fmt: skip
    growloop.import_examples(project, rows, split="test")
    growloop.import_examples(project, [{"question": "Dogs?", "context": "No.", "answers": ["no"]}], split="train")
    version = growloop.freeze(project)
    asked = project.examples(version.id).filter(pl.col("split") == "test").sort("question")
    first = asked["question"].is_in([f"Dish {n}?" for n in range(N // 2)]).cast(pl.Float64)
    fixed = asked.select("id", answerable=True, abstained=False)
    zero = fixed.with_columns(exact_match=pl.lit(0.0), token_f1=pl.lit(0.25))
    keep_run(project, version.id, "evaluate-zero", zero)
    keep_run(project, version.id, "evaluate-one", fixed.with_columns(exact_match=first, token_f1=0.25 + first / 2))
    keep_run(project, version.id, "evaluate-part", fixed[:10].with_columns(exact_match=pl.lit(1.0)))
    keep_run(project, version.id, "evaluate-none", fixed[:0].with_columns(exact_match=pl.lit(1.0)))
    keep_run(project, version.id, "evaluate-own", fixed.with_columns(politeness=pl.lit(1.0)))
    keep_run(project, version.id, "train-one", fixed[:0], kind="train", split="train", model="bundled")
    for number, run in enumerate(("evaluate-zero", "evaluate-one")):
        turn = {"version": version.id, "run": run, "model": "tiny", "metrics": {}, "created": "2026-11-26T00:00:00Z"}
        project.save_iteration(Iteration(number=number, **turn))
    return project.folder


def told(folder: Path, *words: str) -> str:
    result = RUNNER.invoke(app, ["compare", *words, "--project", str(folder)])
    return " ".join((result.stdout + result.stderr).split())


def found(folder: Path, *words: str) -> dict[str, Any]:
    result = RUNNER.invoke(app, ["compare", *words, "--json", "--project", str(folder)])
    assert result.exit_code == 0, result.output
    content: dict[str, Any] = json.loads(result.stdout)
    return content


def test_runs_are_compared_over_all_and_by_slice(measured_once: Path) -> None:
    content = found(measured_once, "evaluate-zero", "evaluate-one")

    assert [(one["metric"], one["verdict"]) for one in content["overall"]] == [
        ("token_f1", "better"),
        ("exact_match", "better"),
    ]
    assert [(one["where"], one["verdict"], one["wins"]) for one in content["slices"]] == [
        ({"template": "first"}, "better", 20),
        ({"template": "second"}, "cannot tell", 0),
    ]
    assert (content["shared"], content["notes"]) == (N, [])


def test_iterations_are_named_by_their_numbers(measured_once: Path) -> None:
    by_number, by_id = found(measured_once, "0", "1"), found(measured_once, "evaluate-zero", "evaluate-one")

    assert by_number == by_id


def test_the_tables_say_the_verdict_and_the_next_step(measured_once: Path) -> None:
    said = told(measured_once, "0", "1", "--metric", "exact_match")

    assert "evaluate-zero → evaluate-one: 40 questions that both answered" in said
    assert "Token F1" not in said
    assert said.count("better") == 2  # over all, and the first template
    assert "Next: growloop report" in said


def test_a_run_compared_with_itself_shows_nothing_and_says_so(measured_once: Path) -> None:
    content = found(measured_once, "1", "1")

    assert {one["verdict"] for one in (*content["overall"], *content["slices"])} == {"cannot tell"}
    assert content["notes"] == ["Both are the same run."]


def test_only_shared_questions_and_metrics_count_and_it_says_how_many(measured_once: Path) -> None:
    content = found(measured_once, "evaluate-zero", "evaluate-part")

    assert [one["metric"] for one in content["overall"]] == ["exact_match"]
    assert content["notes"] == ["One answered 40 questions, the other 10; compared are the 10 that both answered."]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("0", "9"), "There is no iteration 9; the last is 1."),
        (("0", "evaluate-gone"), "There is no finished run evaluate-gone here."),
        (("0", "train-one"), "train-one answered no questions, so it cannot be compared (kind: train)."),
        (("0", "evaluate-none"), "share no example"),
        (
            ("0", "evaluate-own"),
            "share no metric: one measured exact_match, token_f1, the other politeness.",
        ),
        (("0", "1", "--metric", "token_f2"), '"token_f2" was not measured in both runs.'),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_message(measured_once: Path, words: tuple[str, ...], message: str):
    assert message in told(measured_once, *words)


def test_an_iteration_whose_run_folder_was_deleted_is_told_plainly(measured_once: Path, tmp_path: Path) -> None:
    shutil.copytree(measured_once, tmp_path / "p")
    shutil.rmtree(tmp_path / "p" / "runs" / "evaluate-zero")

    assert "There is no finished run evaluate-zero here." in told(tmp_path / "p", "0", "1")
