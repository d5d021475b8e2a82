"""The page on a real project folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop import loop
from growloop.errors import NotFound
from growloop.loop.accepting import gathered
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import examples_frame
from growloop.web.app import create_app
from growloop.web.workbench import LoopWorkbench

REVIEW = "Lupo: Dogs are welcome on the terrace. The pasta is great."
OTHER = "Taco Bar: Cash only, and no dogs, says the sign at the door."


@pytest.fixture
def project(tmp_path: Path, qa: Callable[..., dict[str, Any]]) -> Project:
    """Two contexts, one of them held out for testing."""
    opened = loop.new(tmp_path / "restaurants", template="blank")
    rows = [qa("Pasta?", "great", REVIEW, split="train"), qa("Cash?", "yes", OTHER, split="test")]
    with Pool.open(opened.pool_url) as pool:
        pool.add(examples_frame({name: [row[name] for row in rows] for name in rows[0]}))
    return opened


@pytest.fixture
def client(project: Project) -> TestClient:
    return TestClient(create_app(project), base_url="http://localhost")


def say(client: TestClient, context: str, **more: Any) -> dict[str, Any]:
    body = {"question": "Dogs?", "context": context, "shown_answer": "maybe", "verdict": "wrong", "answers": ["yes"]}
    saved: dict[str, Any] = client.post("/api/v1/annotations", json={**body, **more}).json()
    return saved


def test_a_verdict_is_in_the_pool_before_the_server_answers(client: TestClient, project: Project) -> None:
    saved = say(client, REVIEW)

    with Pool.open(project.pool_url) as pool:
        [kept] = pool.annotations()
    assert {**kept.model_dump(mode="json"), "side": "train"} == saved


def test_the_side_is_that_of_the_context(client: TestClient) -> None:
    assert [say(client, context)["side"] for context in (REVIEW, OTHER, "Somewhere new.")] == ["train", "test", "train"]


def test_what_waits_is_counted_at_once_and_undone_at_once(client: TestClient) -> None:
    def waiting() -> int:
        return int(client.get("/api/v1/status").json()["waiting"])

    assert waiting() == 0
    saved = say(client, REVIEW)
    assert waiting() == 1
    client.post(f"/api/v1/annotations/{saved['id']}/undo")
    assert waiting() == 0


def test_the_list_is_newest_first_and_keeps_what_was_taken_back(client: TestClient) -> None:
    first, second = say(client, REVIEW), say(client, OTHER)
    client.post(f"/api/v1/annotations/{second['id']}/undo")

    listed = client.get("/api/v1/annotations").json()

    assert [(row["id"], row["withdrawn"]) for row in listed["annotations"]] == [
        (second["id"], True),
        (first["id"], False),
    ]
    assert "taken back" in client.get("/").text


def test_asking_without_context_before_anything_is_indexed_names_the_command(client: TestClient) -> None:
    reply = client.post("/api/v1/ask", json={"question": "Dogs?"})

    assert reply.is_client_error
    assert "growloop index" in reply.json()["error"]["message"]


def test_what_takes_long_to_read_is_kept_for_a_while(project: Project) -> None:
    bench = LoopWorkbench(project)

    assert bench.status() is bench.status()
    assert bench.sides_of([("Dogs?", OTHER), ("Dogs?", REVIEW)]) == ["test", "train"]


def test_the_page_of_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"task\.yaml"):
        create_app(tmp_path)


def test_a_draft_is_reviewed_on_the_page_and_leaves_the_queue(client: TestClient, project: Project) -> None:
    draft = {"question": ["Dogs?"], "context": [REVIEW], "answers": [["yes"]], "origin": ["teacher:m"]}
    with Pool.open(project.pool_url) as pool:
        pool.add(examples_frame({**draft, "status": ["draft"]}))
    [waits] = client.get("/api/v1/queue").json()["examples"]
    said = {"question": waits["question"], "context": waits["context"], "shown_answer": "yes", "example": waits["id"]}

    client.post("/api/v1/annotations", json={**said, "verdict": "correct", "answers": []})

    assert client.get("/api/v1/queue").json()["total"] == 0
    assert gathered(project)[0].select("question", "answers", "status").rows()[-1] == ("Dogs?", ["yes"], "accepted")
