"""Jobs by the API and on the page, done by nobody: no worker is started here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop.jobs import Jobs
from growloop.project import Project
from growloop.records.job import JobResult
from growloop.web.app import create_app


@pytest.fixture
def jobs(project: Project, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """The jobs of a project; nobody is woken to do them."""
    monkeypatch.setattr(Jobs, "wake", lambda _: False)
    return Jobs(project.folder)


@pytest.fixture
def client(project: Project, jobs: Jobs) -> Iterator[TestClient]:
    app = create_app(project)
    with TestClient(app, base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as opened:
        yield opened


def asked(client: TestClient, kind: str = "freeze", **options: Any) -> dict[str, Any]:
    reply: dict[str, Any] = client.post("/api/v1/jobs", json={"kind": kind, "options": options}).json()
    return reply


def test_a_job_is_asked_for_waits_and_is_listed(client: TestClient, jobs: Jobs) -> None:
    report = asked(client, "draw", n=40, where={"template": "dogs"})

    assert (report["state"], report["job"]["id"]) == ("waiting", "000001-draw")
    assert report["job"]["options"] == {"n": 40, "where": {"template": "dogs"}, "seed": None}
    assert client.get("/api/v1/jobs").json()["jobs"] == [report]
    assert client.get("/api/v1/jobs/000001-draw").json() == report


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "shell"},
        {"kind": "draw"},
        {"kind": "train", "options": {"command": "rm"}},
        {"kind": "follow", "options": {"numbers": []}},
        {"kind": "run", "options": {"turns": 0}},
        {"kind": "next", "options": {"epochs": -1}},
        {"kind": "reproduce"},
    ],
)
def test_what_is_no_job_is_refused(client: TestClient, jobs: Jobs, wrong: dict[str, Any]) -> None:
    assert client.post("/api/v1/jobs", json=wrong).status_code == 422
    assert jobs.newest(1) == []


def test_a_job_is_cancelled_and_resumed(client: TestClient) -> None:
    id = asked(client)["job"]["id"]

    assert client.post(f"/api/v1/jobs/{id}/cancel").json()["state"] == "cancelled"
    assert client.post(f"/api/v1/jobs/{id}/cancel").status_code == 422
    assert client.post(f"/api/v1/jobs/{id}/resume").json()["state"] == "waiting"
    assert client.post("/api/v1/jobs/000007-train/resume").status_code == 404


def test_a_log_is_read_on(client: TestClient, jobs: Jobs) -> None:
    id = asked(client)["job"]["id"]
    jobs.log_path(id).write_text("one\ntwo\n")

    assert client.get(f"/api/v1/jobs/{id}/log").json() == {"log": "one\ntwo\n", "after": 8}
    assert client.get(f"/api/v1/jobs/{id}/log?after=4").json() == {"log": "two\n", "after": 8}
    assert client.get(f"/api/v1/jobs/{id}/log?after=-4").status_code == 400


def test_a_job_is_watched_to_its_end(client: TestClient, jobs: Jobs) -> None:
    asked(client)
    for job in jobs.waiting():
        jobs.finish(job.id, JobResult(said="Version 1f2e: 3 train."))

    lines = client.get("/api/v1/jobs/000001-freeze/events").text.split("\n\n")

    told = json.loads(lines[0].removeprefix("data: "))
    assert (told["state"], told["result"]["said"]) == ("done", "Version 1f2e: 3 train.")
    assert lines[1] == "event: end\ndata: {}"


def test_the_page_shows_what_came_of_each_job(client: TestClient, jobs: Jobs) -> None:
    empty = client.get("/jobs").text
    assert "No job yet." in empty
    assert empty.count('data-state=""') == 1  # the mould

    for kind in ("freeze", "train"):
        asked(client, kind)
    [freezing, training] = [report.job.id for report in jobs.newest(2)][::-1]
    for job in jobs.waiting():
        jobs.fail(job.id, "The pool is <empty>.") if job.id == freezing else jobs.finish(job.id, JobResult(said="Ok."))
    page = client.get(f"/jobs?log={training}").text

    assert "The pool is &lt;empty&gt;." in page
    assert f'action="/jobs/{freezing}/resume"' in page
    assert ">Ok.</p>" in page
    assert "Nothing" not in page


def test_a_browser_without_scripts_starts_cancels_and_resumes(client: TestClient, jobs: Jobs) -> None:
    started = client.post("/jobs", data={"kind": "draw", "n": "40", "where": "template=dogs\r\nfood=pho\r\n"})
    assert "Waits for its turn" in started.text
    assert "n 40 · template=dogs · food=pho" in started.text

    client.post("/jobs/000001-draw/cancel")
    assert jobs.report("000001-draw").state == "cancelled"
    client.post("/jobs/000001-draw/resume")
    assert jobs.report("000001-draw").state == "waiting"


def test_options_of_each_kind_are_taken_from_a_form_and_told(client: TestClient, jobs: Jobs) -> None:
    client.post("/jobs", data={"kind": "follow", "numbers": ["3", "1"], "run": "evaluate-1", "examples": "40"})
    client.post("/jobs", data={"kind": "run", "turns": "4", "budget": "", "warm_start": "true", "epochs": "1.4"})
    client.post("/jobs", data={"kind": "reproduce", "number": "2"})
    page = client.get("/jobs").text

    again, going, following = (report.job.options for report in jobs.newest(3))
    assert following == {"numbers": [3, 1], "run": "evaluate-1", "examples": 40}
    assert going == {"warm_start": True, "epochs": 1.4, "turns": 4, "examples": None, "budget": None}
    assert again == {"number": 2}
    assert "numbers 3, 1 · run evaluate-1 · examples 40" in page
    assert "warm start · epochs 1.4 · turns 4" in page


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_a_form_leads_nowhere_else(client: TestClient, back: str) -> None:
    reply = client.post("/jobs", data={"kind": "freeze", "back": back}, follow_redirects=False)

    assert reply.headers["location"] == "/jobs"


def test_a_change_of_the_declaration_is_seen_at_once_and_a_broken_one_is_not_taken(
    client: TestClient, project: Project
) -> None:
    declared = (project.folder / "task.yaml").read_text(encoding="utf-8")

    (project.folder / "task.yaml").write_text(declared.replace("name: my-task", "name: another-task"), encoding="utf-8")
    assert "another-task" in client.get("/jobs").text
    (project.folder / "task.yaml").write_text("name: [", encoding="utf-8")
    assert "another-task" in client.get("/jobs").text
