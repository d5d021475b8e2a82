from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from growloop.cli import app

RUN = CliRunner()


@pytest.fixture
def verdicts(tmp_path: Path) -> Path:
    path = tmp_path / "verdicts.jsonl"
    rows = [
        {
            "question": f"q{i}",
            "answers": ["right"],
            "prediction": "right" if i % 2 else "other",
            "verdict": i % 2,
            "where": {"half": str(i % 4 // 2)},
        }
        for i in range(80)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_file_of_verdicts_needs_no_project(verdicts: Path) -> None:
    result = RUN.invoke(app, ["metrics", "agree", str(verdicts), "--project", str(verdicts.parent)])

    assert result.exit_code == 0
    assert "Trust exact_match from 0.50 on" in result.stdout


def test_as_json_it_is_one_object_with_the_sentence(verdicts: Path) -> None:
    options = ["--json", "--metric", "token_f1", "--halves", "2", "--seed", "7"]

    found = json.loads(RUN.invoke(app, ["metrics", "agree", str(verdicts), *options]).stdout)

    assert found["advice"].startswith("Trust token_f1")
    assert (found["halves"], found["seed"], found["verdicts"]) == (2, 7, 80)
    assert [one["metric"] for one in found["overall"]["metrics"]] == ["token_f1"]
    assert [part["where"] for part in found["slices"]] == [{"half": "0"}, {"half": "1"}]


def test_the_half_can_be_stated(verdicts: Path) -> None:
    found = RUN.invoke(app, ["metrics", "agree", str(verdicts), "--chosen-on", "half=1", "--json"])

    content = json.loads(found.stdout)
    assert (content["halves"], content["chosen_on"]) == (0, {"half": "1"})
    assert content["overall"]["metrics"][0]["kappa"]["n"] == 40


def test_a_file_that_cannot_be_read_is_told_in_one_message(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("question,answers,prediction,verdict\nDogs?,yes,yes,perhaps\n", encoding="utf-8")

    result = RUN.invoke(app, ["metrics", "agree", str(path)])

    assert result.exit_code == 1
    assert 'bad.csv, line 2: the verdict is "perhaps"' in " ".join(result.stderr.split())


def test_without_a_file_there_has_to_be_a_project(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["metrics", "agree", "--project", str(tmp_path)])

    assert result.exit_code == 1
    assert "is not a growloop project" in " ".join(result.stderr.split())
