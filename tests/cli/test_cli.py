from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from growloop.cli import app

runner = CliRunner()

HEAVY = ("torch", "transformers", "polars", "pydantic", "sqlalchemy", "altair", "starlette")


def test_help_lists_the_commands_in_loop_order() -> None:
    said = runner.invoke(app, ["--help"]).stdout

    order = [
        said.index(f"│ {name} ")
        for name in ("new", "draw", "examples", "freeze", "diff", "baseline", "train", "report")
    ]
    assert order == sorted(order)


def test_help_imports_nothing_heavy(repository: Path) -> None:
    code = f"import sys, growloop.cli; print([m for m in {HEAVY!r} if m in sys.modules])"

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(repository / "src")}
    )

    assert said.stdout.strip() == "[]", said.stderr


def test_outside_a_project_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    result = runner.invoke(app, ["status", "--project", str(tmp_path)])

    assert result.exit_code == 1
    assert "growloop new" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "command", ["status", "freeze", "draw 3", "report", "evaluate", "baseline", "train", "next", "index"]
)
def test_every_command_refuses_a_broken_task_with_file_and_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "task.yaml").write_text("name: x\npurpose: y\nanswer_kind: extractiv\n")

    result = runner.invoke(app, [*command.split(), "--project", str(tmp_path)])

    assert result.exit_code == 1
    assert "task.yaml, line 3" in result.stderr


def test_an_unknown_option_is_a_usage_error() -> None:
    assert runner.invoke(app, ["draw", "3", "--sed", "1"]).exit_code == 2


def test_a_malformed_where_is_a_usage_error(tmp_path: Path) -> None:
    runner.invoke(app, ["new", str(tmp_path / "p")])

    result = runner.invoke(app, ["draw", "3", "--where", "template", "--project", str(tmp_path / "p")])

    assert result.exit_code == 2
    assert "name=value" in result.stderr


def test_a_new_project_checks_draws_freezes_and_says_where_it_stands(tmp_path: Path) -> None:
    folder = str(tmp_path / "p")
    assert runner.invoke(app, ["new", folder, "--template", "food-qa"]).exit_code == 0

    checked = json.loads(runner.invoke(app, ["check", "--json", "--project", folder]).stdout)
    drawn = json.loads(runner.invoke(app, ["draw", "300", "--json", "--project", folder]).stdout)
    version = json.loads(runner.invoke(app, ["freeze", "--json", "--project", folder]).stdout)
    status = json.loads(runner.invoke(app, ["status", "--json", "--project", folder]).stdout)

    assert checked["ok"]
    assert drawn == {"accepted": 300, "drafts": 0, "duplicates": 0}
    assert sum(version["counts"].values()) == 300
    assert status["versions"] == [version["id"]]
    assert status["iterations"] == []
    assert status["next_step"] == "growloop next"


def test_check_fails_on_a_dangling_slot_and_names_the_nearest(tmp_path: Path) -> None:
    runner.invoke(app, ["new", str(tmp_path / "p"), "--template", "food-qa"])
    universe = tmp_path / "p" / "universe.yaml"
    universe.write_text(universe.read_text("utf-8").replace("{restaurant}", "{restaurnt}", 1), encoding="utf-8")

    result = runner.invoke(app, ["check", "--project", str(tmp_path / "p")])

    assert result.exit_code == 1
    assert "universe.yaml" in result.output
    assert "restaurant" in result.output


def test_import_counts_every_row_and_keeps_the_rejected_with_their_reason(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    runner.invoke(app, ["new", str(folder)])
    rows = [
        {"question": "Dogs?", "context": "No dogs.", "answers": ["no"]},
        {"question": "Dogs?", "context": "No dogs.", "answers": ["no"]},
        {"context": "nothing asked"},
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("\r\n".join(map(json.dumps, rows)) + "\r\n", encoding="utf-8-sig")

    totals = json.loads(runner.invoke(app, ["import", str(data), "--json", "--project", str(folder)]).stdout)
    again = json.loads(runner.invoke(app, ["import", str(data), "--json", "--project", str(folder)]).stdout)

    assert (totals["accepted"], totals["duplicates"], totals["rejected"]) == (1, 1, 1)
    assert again["accepted"] == 0
    [rejected] = [json.loads(line) for line in (folder / "rejected.jsonl").read_text("utf-8").splitlines()]
    assert rejected["row"] == 3


def test_a_file_can_be_bound_to_one_side_whatever_it_says_itself(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    runner.invoke(app, ["new", str(folder)])
    rows = [{"question": f"Dish {n}?", "context": f"Dish {n}.", "answers": ["yes"], "split": "test"} for n in range(9)]
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    runner.invoke(app, ["import", str(data), "--split", "train", "--project", str(folder)])
    version = json.loads(runner.invoke(app, ["freeze", "--json", "--project", str(folder)]).stdout)
    wrong = runner.invoke(app, ["import", str(data), "--split", "trian", "--project", str(folder)])

    assert version["counts"] == {"train": 9, "validation": 0, "test": 0}
    assert wrong.exit_code == 2
    assert "train" in wrong.output


def test_score_speaks_the_official_scripts_keys(tmp_path: Path) -> None:
    article = {
        "title": "t",
        "paragraphs": [
            {
                "context": "Ada was born in London.",
                "qas": [
                    {
                        "id": "1",
                        "question": "Where?",
                        "is_impossible": False,
                        "answers": [{"text": "London", "answer_start": 16}],
                    },
                    {"id": "2", "question": "When?", "is_impossible": True, "answers": []},
                ],
            }
        ],
    }
    gold, predictions = tmp_path / "gold.json", tmp_path / "predictions.json"
    gold.write_text(json.dumps({"version": "v2.0", "data": [article]}))
    predictions.write_text(json.dumps({"1": "in London", "2": ""}))

    result = runner.invoke(app, ["score", "--gold", str(gold), "--predictions", str(predictions), "--json"])

    found = json.loads(result.stdout)
    assert (found["exact"], found["HasAns_exact"], found["NoAns_f1"], found["total"]) == (50.0, 0.0, 100.0, 2)
    assert found["HasAns_f1"] == pytest.approx(200 / 3)


def test_a_failure_of_ours_is_saved_with_its_traceback(tmp_path: Path) -> None:
    (tmp_path / "task.yaml").mkdir()
    (tmp_path / "p").mkdir()

    result = runner.invoke(app, ["score", "--gold", str(tmp_path), "--predictions", str(tmp_path)])

    assert result.exit_code in (1, 3)
    assert "Traceback" not in result.output
