"""The diagnosis of a run: made once, kept in its folder, and told on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import growloop
from growloop.cli import app
from growloop.errors import BadDeclaration, NotFound, NothingToDo
from growloop.project import Project, parquet_bytes, write_atomically
from growloop.records.example import coordinate
from growloop.records.run import Run

RUN = "evaluate-made"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose test side is answered, wrongly where the kind is vegan."""
    project = growloop.new(tmp_path_factory.mktemp("diagnosed") / "p")
    kinds = ["dogs", "vegan", "menu"]
    rows = [
        {
            "question": f"Question {n}?",
            "context": f"Text {n}.",
            "answers": [f"yes {n}"],
            "where": {"kind": kinds[n % 3]},
        }
        for n in range(300)
    ]
    growloop.import_examples(project, rows, split="test")
    version = growloop.freeze(project)
    examples = project.examples(version.id).filter(pl.col("split") == "test")
    wrong = examples.select((coordinate("kind") == "vegan") | (pl.int_range(pl.len()) % 20 == 0)).to_series()
    scores = examples.select("id", answerable=True, abstained=False, exact_match=1.0 - wrong.cast(pl.Float64))
    scores = scores.with_columns(token_f1=pl.col("exact_match") * 0.1 + 0.9)
    said = examples.select("id", prediction=pl.lit("no"), abstained=False, confidence=0.5, seconds=0.1, cut_tokens=0)
    for name, frame in {"scores": scores, "predictions": said}.items():
        write_atomically(project.run_folder(RUN) / f"{name}.parquet", parquet_bytes(frame))
    run = Run(id=RUN, kind="evaluate", version=version.id, split="test", model="m", created="2026-11-22T17:48:12Z")
    project.save_run(run)
    return project.folder


@pytest.fixture
def project(made_once: Path) -> Project:
    opened = Project.open(made_once)
    (opened.run_folder(RUN) / "diagnosis.json").unlink(missing_ok=True)
    return opened


def test_the_last_evaluation_is_diagnosed_and_kept(project: Project) -> None:
    found = growloop.loop.diagnosis(project)

    assert (found.run, found.metric, found.right_from, found.split) == (RUN, "exact_match", 0.8, "test")
    assert [one.where for one in found.slices] == [{"kind": "vegan"}]
    kept = project.run_folder(RUN) / "diagnosis.json"
    assert json.loads(kept.read_text())["run"] == RUN


def test_what_is_kept_is_read_back_and_made_anew_where_it_answers_another_question(project: Project) -> None:
    found = growloop.loop.diagnosis(project)
    path = project.run_folder(RUN) / "diagnosis.json"
    path.write_text(found.model_copy(update={"notes": ("kept",)}).model_dump_json())

    assert growloop.loop.diagnosis(project, RUN).notes == ("kept",)
    assert growloop.loop.diagnosis(project, metric="token_f1").wrong == 0
    path.write_text('{"of": "another version"}')
    assert growloop.loop.diagnosis(project) == found


def test_what_cannot_be_diagnosed_is_said_with_what_to_do(project: Project, tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="growloop evaluate --split validation"):
        growloop.loop.diagnosis(project, split="validation")
    with pytest.raises(NothingToDo, match="No model has been evaluated yet"):
        growloop.loop.diagnosis(growloop.new(tmp_path / "empty"))
    with pytest.raises(BadDeclaration, match="exact_match"):
        growloop.loop.diagnosis(project, metric="exact_mach")
    with pytest.raises(NotFound, match=RUN):
        growloop.loop.diagnosis(project, "evaluate-gone")


def test_the_command_tells_it_in_words_and_as_json(project: Project) -> None:
    command = ["diagnose", "--project", str(project.folder)]

    told = CliRunner().invoke(app, command).stdout
    parsed = json.loads(CliRunner().invoke(app, [*command, "--json", "--right-from", "0.9"]).stdout)

    assert "112 of 300 answers wrong (37 %): exact match below 0.8." in told
    assert "kind is vegan" in told
    assert "growloop recommend" in told
    assert (parsed["right_from"], parsed["slices"][0]["where"]) == (0.9, {"kind": "vegan"})
