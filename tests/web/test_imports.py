"""Files that come in by the API, on a real project folder."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop import loop
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.imports import ImportOptions
from growloop.web.app import create_app
from growloop.web.imports import _imported

ROWS = b"frage,antwort,context\nDogs?,yes,Dogs are welcome.\n,no,Cash only.\nCards?,no,Cash only.\n"
MAPPED = {"mapping": {"question": "frage", "answers": "antwort"}}


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    with TestClient(create_app(project), base_url="http://localhost") as opened:
        yield opened


def send(client: TestClient, content: bytes, name: str = "menu.csv") -> str:
    kind = {"content-type": "application/octet-stream"}
    reply = client.post("/api/v1/imports", params={"name": name}, content=content, headers=kind)
    assert reply.status_code == 201
    id: str = reply.json()["id"]
    return id


def run(client: TestClient, id: str, **options: Any) -> list[dict[str, Any]]:
    reply = client.post(f"/api/v1/imports/{id}/run", json=options)
    assert reply.status_code == 200
    return [json.loads(line) for line in reply.text.splitlines()]


def in_pool(project: Project) -> list[str]:
    with Pool.open(project.pool_url) as pool:
        questions: list[str] = pool.examples()["question"].to_list()
    return questions


def waiting(project: Project) -> list[Path]:
    return list((project.folder / ".uploads").iterdir())


# looking


def test_a_file_is_shown_as_the_command_shows_it(client: TestClient, project: Project, tmp_path: Path) -> None:
    (tmp_path / "menu.csv").write_bytes(ROWS)
    options = {**MAPPED, "where": {"topic": "context"}}

    shown = client.post(f"/api/v1/imports/{send(client, ROWS)}/preview", json=options).json()

    [plan] = loop.open_import(project, tmp_path / "menu.csv", **options)
    assert shown == {"rows": plan.preview().model_dump(mode="json")}
    assert [row["question"] for row in shown["rows"]["examples"]] == ["Dogs?", "Cards?"]
    assert shown["rows"]["names"] == ["frage", "antwort", "context"]
    assert in_pool(project) == []


def test_where_no_column_is_known_to_be_the_question_those_there_are_are_named(client: TestClient) -> None:
    id = send(client, ROWS)

    reply = client.post(f"/api/v1/imports/{id}/preview", json={})

    assert reply.status_code == 422
    assert reply.json()["error"]["columns"] == ["frage", "antwort", "context"]
    assert client.post(f"/api/v1/imports/{id}/preview", json=MAPPED).status_code == 200


def test_a_document_is_shown_by_its_passages_and_changes_nothing(client: TestClient, project: Project) -> None:
    before = sorted((project.folder / "contexts").iterdir())

    id = send(client, b"# House rules\n\nDogs stay outside.\n", "rules.md")
    shown = client.post(f"/api/v1/imports/{id}/preview", json={}).json()

    assert shown["document"]["first"] == ["# House rules\n\nDogs stay outside."]
    assert (shown["document"]["kind"], shown["document"]["passages"]) == ("markdown", 1)
    assert sorted((project.folder / "contexts").iterdir()) == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"format": "cvs"}, "csv"),
        ({"mapping": {"question": "q"}}, "q"),
        ({"mood": "good"}, "mood"),
        ({"split": "exam"}, "split"),
    ],
)
def test_what_cannot_be_is_refused_naming_it(client: TestClient, options: dict[str, Any], told: str) -> None:
    reply = client.post(f"/api/v1/imports/{send(client, ROWS)}/preview", json=options)

    assert reply.status_code == 422
    assert told in reply.json()["error"]["message"]


# importing


def test_every_row_is_accounted_for_and_the_examples_are_in_the_pool(client: TestClient, project: Project) -> None:
    *steps, last = run(client, send(client, ROWS), **MAPPED, split="train")

    report = last["done"]["rows"]
    assert {name: report[name] for name in ("rows", "accepted", "duplicates", "rejected", "repaired")} == {
        "rows": 3,
        "accepted": 2,
        "duplicates": 0,
        "rejected": 1,
        "repaired": 0,
    }
    [row] = report["first_rejected"]
    assert (row["file"], row["row"], row["reason"]) == ("menu.csv", 3, "the question is empty")
    assert "Cash only." in row["original"]
    assert [step["progress"]["stage"] for step in steps] == ["import menu.csv"] * len(steps)
    assert in_pool(project) == ["Dogs?", "Cards?"]
    assert waiting(project) == []


def test_rejected_rows_are_downloaded_and_gone_once_the_file_is_right(client: TestClient) -> None:
    assert client.get("/api/v1/rejected").status_code == 404
    run(client, send(client, ROWS), **MAPPED)

    reply = client.get("/api/v1/rejected")

    assert 'filename="rejected.jsonl"' in reply.headers["content-disposition"]
    assert [json.loads(line)["row"] for line in reply.text.splitlines()] == [3]
    run(client, send(client, ROWS.replace(b"\n,no", b"\nCash?,yes")), **MAPPED)
    assert client.get("/api/v1/rejected").status_code == 404


def test_of_many_rejected_rows_the_first_are_shown(client: TestClient) -> None:
    *_, last = run(client, send(client, ROWS + b",x,\n" * 200), **MAPPED)

    report = last["done"]["rows"]
    assert (report["rejected"], len(report["first_rejected"])) == (201, 50)


def test_the_same_file_again_adds_nothing(client: TestClient, project: Project) -> None:
    run(client, send(client, ROWS), **MAPPED)

    *_, last = run(client, send(client, ROWS, "other name.csv"), **MAPPED)

    assert (last["done"]["rows"]["accepted"], last["done"]["rows"]["duplicates"]) == (0, 2)


def test_a_document_becomes_contexts_and_replaces_the_one_of_its_name(client: TestClient, project: Project) -> None:
    run(client, send(client, b"# Rules\n\nNo dogs.\n", "../../rules.md"))
    [last] = run(client, send(client, b"# Rules\n\nDogs are welcome.\n", "rules.md"))

    assert last["done"]["document"]["replaced"]
    [line] = (project.folder / "contexts" / "rules.md.jsonl").read_text().splitlines()
    assert (json.loads(line)["text"], json.loads(line)["source"]) == ("# Rules\n\nDogs are welcome.", "rules.md")


def test_a_file_that_breaks_off_leaves_the_pool_as_it_was_and_may_be_tried_again(
    client: TestClient, project: Project
) -> None:
    lines = "".join(
        json.dumps({"question": f"{n}?", "context": str(n), "answers": ["yes"]}) + "\n" for n in range(9000)
    )
    id = send(client, gzip.compress(lines.encode())[:-100], "rows.jsonl.gz")

    *_, last = run(client, id)

    assert last["error"]["status"] == 422
    assert "Nothing of it was imported" in last["error"]["message"]
    assert in_pool(project) == []
    assert len(waiting(project)) == 1


def test_whoever_stops_listening_stops_the_import_and_nothing_of_it_stays(
    client: TestClient, project: Project, run_async: Callable[..., Any]
) -> None:
    id = send(client, ROWS)
    desk = client.app.state.desk  # type: ignore[attr-defined]

    async def listen_to_one_line() -> None:
        lines = _imported(desk, desk.uploads.get(id), ImportOptions(**MAPPED))
        await anext(lines)
        await lines.aclose()  # type: ignore[attr-defined]

    run_async(listen_to_one_line)

    assert in_pool(project) == []
    assert not (project.folder / "rejected.jsonl").exists()
    assert len(waiting(project)) == 1


# the rest


def test_a_file_that_is_not_wanted_is_removed(client: TestClient, project: Project) -> None:
    id = send(client, ROWS)

    assert client.delete(f"/api/v1/imports/{id}").json() == {"id": id, "removed": True}

    assert waiting(project) == []
    for method, path in (("DELETE", id), ("POST", f"{id}/preview"), ("POST", f"{id}/run")):
        reply = client.request(method, f"/api/v1/imports/{path}", json={})
        assert reply.status_code == 404
        assert "Choose it again" in reply.json()["error"]["message"]


def test_a_file_is_sent_as_bytes_and_not_as_a_form(client: TestClient, project: Project) -> None:
    reply = client.post("/api/v1/imports?name=rows.csv", files={"file": ("rows.csv", ROWS)})

    assert reply.status_code == 415
    assert "application/octet-stream" in reply.json()["error"]["message"]


def test_every_call_the_how_to_names_exists(client: TestClient, repository: Path) -> None:
    page = (repository / "docs" / "how-to" / "import-in-the-browser.md").read_text(encoding="utf-8")

    for call in (
        "`POST /api/v1/imports?name=FILE`",
        "`POST /api/v1/imports/ID/preview`",
        "`POST /api/v1/imports/ID/run`",
        "`DELETE /api/v1/imports/ID`",
        "`GET /api/v1/rejected`",
    ):
        assert call in page
        method, path = call.strip("`").split()
        reply = client.request(method, path.replace("ID", "1"), content=b"{}", headers={"content-type": "text/plain"})
        assert reply.status_code in (404, 415), call
