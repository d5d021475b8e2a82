"""`growloop teach` and the queue of drafts as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.remote.server import KEY, School
from typer.testing import CliRunner

from growloop.cli import app
from growloop.project import Project
from growloop.remote import Endpoint

runner = CliRunner()
UNSET = dict.fromkeys(
    ("GROWLOOP_TEACHER_URL", "GROWLOOP_TEACHER_MODEL", "GROWLOOP_TEACHER_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"), ""
)


@pytest.fixture
def run(endpoint: Endpoint) -> Callable[..., Any]:
    """A command with the teacher in the environment; keywords replace parts of its name."""

    def command(project: Project, *words: str, **named: str) -> Any:
        teacher = {"URL": endpoint.url, "MODEL": endpoint.model, "KEY": endpoint.key, **named}
        environment = {**UNSET, **{f"GROWLOOP_TEACHER_{name}": value for name, value in teacher.items()}}
        return runner.invoke(app, [*words, "--project", str(project.folder)], env={"COLUMNS": "200", **environment})

    return command


def test_drafts_are_answered_counted_and_shown_in_the_queue(
    run: Callable[..., Any], drafted: Callable[..., Project], school: School
) -> None:
    project = drafted(3)
    school.answer = lambda question, context: "I don't know." if "Café 1" in question else "Yes „gern“."

    told = run(project, "teach")

    assert told.exit_code == 0, told.output
    assert "3 drafts answered by tutor-1: 1 of them cannot be answered, it says." in told.stdout
    assert "3 requests, 0 replies known already; 300 tokens sent, 30 received, cost 0.0009." in told.stdout
    queue = run(project, "queue", "--drafts")
    assert "draft   Yes „gern“." in queue.stdout
    assert "draft   (unanswerable)" in queue.stdout
    assert "3 waiting." in queue.stdout


def test_a_draft_is_settled_by_the_beginning_of_its_id(
    run: Callable[..., Any], drafted: Callable[..., Project]
) -> None:
    project = drafted(2)
    waiting = json.loads(run(project, "queue", "--drafts", "--json").stdout)
    first = waiting["examples"][0]

    refused = run(project, "queue", first["id"][:8], "--verdict", "correct")
    left = run(project, "queue", first["id"][:8], "--verdict", "wrong", "--answer", "Yes.", "--json")

    assert (waiting["queued"], first["proposed"], first["status"]) == (2, False, "draft")
    assert refused.exit_code == 1
    assert "nothing to accept" in refused.output
    assert json.loads(left.stdout)["queued"] == 1


def test_programs_get_one_json_object(run: Callable[..., Any], drafted: Callable[..., Project]) -> None:
    told = json.loads(run(drafted(2), "teach", "--limit", "1", "--json").stdout)

    assert {name: told[name] for name in ("drafts", "answered", "left", "requests", "tokens_out")} == {
        "drafts": 2,
        "answered": 1,
        "left": 1,
        "requests": 1,
        "tokens_out": 10,
    }


def test_a_preview_shows_what_would_be_sent_and_sends_nothing(
    run: Callable[..., Any], drafted: Callable[..., Project], school: School
) -> None:
    told = run(drafted(2), "teach", "--preview")

    assert "2 drafts would go to tutor-1" in told.stdout
    assert "Question: May dogs enter Café 0?" in told.stdout
    assert school.asked == []


def test_without_drafts_there_is_nothing_to_ask(run: Callable[..., Any], drafted: Callable[..., Project]) -> None:
    assert "Nothing waits for tutor-1." in run(drafted(0), "teach").stdout


def test_without_a_teacher_the_error_says_what_to_set(run: Callable[..., Any], drafted: Callable[..., Project]) -> None:
    told = run(drafted(1), "teach", URL="", MODEL="")

    assert told.exit_code == 1
    assert "GROWLOOP_TEACHER_URL, GROWLOOP_TEACHER_MODEL" in told.output


@pytest.mark.parametrize("words", [["teach"], ["teach", "--preview"], ["teach", "--json"]])
def test_no_key_is_ever_shown_also_where_the_endpoint_repeats_it(
    run: Callable[..., Any], drafted: Callable[..., Project], school: School, words: list[str]
) -> None:
    school.key = "another"
    project = drafted(1)

    told = run(project, *words)

    assert KEY not in told.output
    assert not any(KEY.encode() in path.read_bytes() for path in project.folder.iterdir() if path.is_file())


def test_an_address_that_others_can_listen_to_is_warned_of_before_anything_is_sent(
    run: Callable[..., Any], drafted: Callable[..., Project]
) -> None:
    told = run(drafted(1), "teach", "--preview", URL="http://teacher.invalid/v1")

    assert "is not https" in told.output


def test_a_coordinate_keeps_to_some_of_the_drafts(
    run: Callable[..., Any], drafted: Callable[..., Project], school: School
) -> None:
    run(drafted(2), "teach", "--where", "template=cats")

    assert school.asked == []
