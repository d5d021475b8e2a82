"""The queue on the command line: what waits is shown, judged and taken off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import growloop
from growloop.cli import app
from growloop.project import Project

runner = CliRunner()


def said(*words: str) -> str:
    result = runner.invoke(app, words, env={"COLUMNS": "120"})
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def json_of(*words: str) -> Any:
    return json.loads(runner.invoke(app, [*words, "--json"]).stdout)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Two examples, the second of which looks more doubtful."""
    project = growloop.new(tmp_path / "p")
    rows = [
        {"question": f"Dish {n}?", "context": f"[b]Dish[/b] {n} is here.", "answers": [f"yes {n}"]} for n in range(2)
    ]
    growloop.import_examples(project, rows)
    examples = growloop.examples(project).examples
    doubts = pl.DataFrame({"reason": ["odd [b]", "odder"], "score": [0.3, 0.8]})
    growloop.enqueue(project, examples.select("id").hstack(doubts))
    return str(project.folder)


def test_what_waits_is_shown_the_most_urgent_first_with_its_reason(folder: str) -> None:
    table = said("queue", "--project", folder)

    assert table.index("Dish 1?") < table.index("odder") < table.index("Dish 0?") < table.index("odd [b]")
    assert "[b]Dish[/b] 0 is here." in table
    assert "label yes 1" in table
    assert "2 waiting." in table
    assert "To be judged 2" in said("status", "--project", folder)
    assert "Nothing waits" not in table


def test_where_nothing_waits_there_is_nothing_to_judge(tmp_path: Path) -> None:
    growloop.new(tmp_path / "p")

    told = said("queue", "--project", str(tmp_path / "p"))

    assert "Nothing waits for a verdict." in told
    assert "EXAMPLE" not in told


def test_a_label_is_judged_by_the_beginning_of_its_id(folder: str) -> None:
    first = json_of("queue", "--project", folder)["examples"][0]

    left = json_of("queue", first["id"][:6], "--verdict", "wrong", "--answer", "no", "--project", folder)

    assert (left["queued"], left["examples"][0]["question"]) == (1, "Dish 0?")
    [given], _ = growloop.loop.verdicts(Project.open(folder))
    assert (given.example, given.shown_answer, given.answers) == (first["id"], "yes 1", ("no",))


def test_an_example_is_taken_off_without_a_verdict(folder: str) -> None:
    first = json_of("queue", "--project", folder)["examples"][0]["id"]

    assert json_of("queue", first, "--take-off", "--project", folder)["queued"] == 1
    assert growloop.loop.verdicts(Project.open(folder)) == ([], 0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["abc"], "--verdict"),
        (["--verdict", "correct"], "give an example"),
        (["abc", "--verdict", "wrong"], "--answer"),
    ],
)
def test_half_a_verdict_is_a_usage_error(folder: str, words: list[str], told: str) -> None:
    result = runner.invoke(app, ["queue", *words, "--project", folder])

    assert result.exit_code == 2
    assert told in result.output


def test_an_empty_queue_is_said_to_be_empty(tmp_path: Path) -> None:
    growloop.new(tmp_path / "p")

    assert "Nothing waits for a verdict." in said("queue", "--project", str(tmp_path / "p"))


def test_a_verdict_carries_the_name_of_who_gave_it(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "bo")  # whose login it is
    project = Project.open(Path(folder))
    with growloop.loop.people(project) as people:
        people.invite("Ada", "admin")
        people.invite("Bo", "annotator")
    ids = [row["id"] for row in json_of("queue", "--project", folder)["examples"]]
    given = ["--verdict", "correct", "--project", folder]

    stranger = runner.invoke(app, ["queue", ids[0], "--by", "Cy", *given])
    json_of("queue", ids[0], "--by", "ada", *given)
    json_of("queue", ids[1], *given)

    assert stranger.exit_code == 1
    assert "Users here: Ada, Bo" in stranger.output
    assert [verdict.by for verdict in growloop.loop.verdicts(project)[0]] == ["Bo", "Ada"]


def test_where_the_page_has_no_users_a_verdict_carries_a_name_only_if_one_is_given(folder: str) -> None:
    ids = [row["id"] for row in json_of("queue", "--project", folder)["examples"]]
    given = ["--verdict", "correct", "--project", folder]

    json_of("queue", ids[0], *given)
    json_of("queue", ids[1], "--by", "Ada", *given)

    assert [verdict.by for verdict in growloop.loop.verdicts(Project.open(Path(folder)))[0]] == ["Ada", ""]
