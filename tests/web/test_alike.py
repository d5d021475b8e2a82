"""A correction saved for the examples like it: by programs, by forms, by several people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import HOME, program_of

from growloop.people import People
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import examples_frame
from growloop.web.app import app_for
from growloop.web.workbench import LoopWorkbench

ATTACK = "<script>{{ 7 * 7 }}</script>"


@pytest.fixture
def drafts(project: Project) -> Project:
    """Four drafts on the same text, one of them from somebody who means harm."""
    rows = {"question": ["Dogs?", "Cats?", "Mice?", ATTACK], "context": ["All may come."] * 4}
    rows |= {"answers": [["No."]] * 4, "status": ["draft"] * 4, "origin": ["teacher:m"] * 4}
    with Pool.open(project.pool_url) as pool:
        pool.add(examples_frame(rows))
    return project


@pytest.fixture
def come(drafts: Project, team: People) -> Callable[[str], TestClient]:
    """Somebody's program."""
    app = app_for(LoopWorkbench(drafts), people=team)
    return lambda name: program_of(app, team, name)


def correct(client: TestClient, question: str = "Dogs?") -> int:
    waiting = {one["question"]: one["id"] for one in client.get("/api/v1/queue").json()["examples"]}
    said = {"question": question, "context": "All may come.", "shown_answer": "No.", "example": waiting[question]}
    reply = client.post("/api/v1/annotations", json={**said, "verdict": "wrong", "answers": ["Yes."]})
    return int(reply.json()["id"])


def like(client: TestClient, number: int) -> dict[str, str]:
    """The ids of what is offered, by question."""
    return {one["question"]: one["id"] for one in client.get(f"/api/v1/annotations/{number}/like").json()["examples"]}


def test_a_program_saves_a_correction_for_others_which_leave_the_queue_until_it_is_taken_back(
    come: Callable[[str], TestClient], team: People
) -> None:
    bo = come("Bo")
    number = correct(bo)
    offered = like(bo, number)
    assert set(offered) == {"Cats?", "Mice?", ATTACK}

    reply = bo.post(f"/api/v1/annotations/{number}/like", json={"examples": [offered["Cats?"], offered["Mice?"]]})

    assert reply.status_code == 201
    told = [(one["question"], one["answers"], one["by"], one["side"]) for one in reply.json()["annotations"]]
    assert told == [("Cats?", ["Yes."], "Bo", "train"), ("Mice?", ["Yes."], "Bo", "train")]
    assert bo.get("/api/v1/queue").json()["total"] == 1
    assert bo.get("/api/v1/status").json()["waiting"] == 3
    ids = [one["id"] for one in reply.json()["annotations"]]
    assert bo.get(f"/api/v1/annotations/{number}/like").json()["saved"] == ids

    assert bo.delete(f"/api/v1/annotations/{number}/like").json() == {"ids": ids, "withdrawn": True}
    assert bo.get("/api/v1/queue").json()["total"] == 3
    assert bo.get("/api/v1/status").json()["waiting"] == 1
    trail, _ = team.trail(0, 10)
    assert [(line.by, line.action, line.about) for line in trail][:2] == [
        ("Bo", "took back", f"2 like it (verdicts 2, 3), like verdict {number}"),
        ("Bo", "repeated", f"verdict {number} on 2 like it (verdicts 2, 3)"),
    ]


def test_where_somebody_was_first_none_is_saved_and_it_is_told_which(come: Callable[[str], TestClient]) -> None:
    bo, di = come("Bo"), come("Di")
    number = correct(bo)
    offered = like(bo, number)
    correct(di, "Cats?")

    reply = bo.post(f"/api/v1/annotations/{number}/like", json={"examples": list(offered.values())})

    assert reply.status_code == 409
    assert "1 of these 3 were judged or replaced meanwhile: “Cats?”" in reply.json()["error"]["message"]
    assert bo.get(f"/api/v1/annotations/{number}/like").json()["saved"] == []
    assert set(like(bo, number)) == {"Mice?", ATTACK}


def test_what_is_before_somebody_else_is_left_to_them_until_it_is_before_them_no_more(
    come: Callable[[str], TestClient],
) -> None:
    bo, di = come("Bo"), come("Di")
    number = correct(bo)
    offered = like(bo, number)
    [leased] = di.post("/api/v1/queue/lease", json={"limit": 1}).json()["examples"]

    reply = bo.post(f"/api/v1/annotations/{number}/like", json={"examples": list(offered.values())})

    assert reply.status_code == 409
    assert f"1 of these are before somebody else, who is judging them: “{leased['question']}”" in reply.text
    told = bo.get(f"/api/v1/annotations/{number}/like").json()
    assert (told["before_others"], told["saved"]) == (1, [])
    assert leased["id"] not in {one["id"] for one in told["examples"]}
    assert "1 more example like it is before other people just now" in bo.get(f"/annotations/{number}/like").text

    di.post("/api/v1/queue/lease", json={"limit": 1, "but": list(offered.values())})
    reply = bo.post(f"/api/v1/annotations/{number}/like", json={"examples": list(offered.values())})
    assert len(reply.json()["annotations"]) == 3


def test_it_is_for_who_gave_the_correction(come: Callable[[str], TestClient]) -> None:
    bo, di, cy = come("Bo"), come("Di"), come("Cy")
    number = correct(bo)
    body = {"examples": [like(cy, number)["Cats?"]]}

    for other in (di, cy):
        assert other.post(f"/api/v1/annotations/{number}/like", json=body).status_code == 403
    assert "Only Bo can save it" in di.get(f"/annotations/{number}/like").text
    bo.post(f"/api/v1/annotations/{number}/like", json=body)
    for other in (di, cy):
        assert other.delete(f"/api/v1/annotations/{number}/like").status_code == 403
    assert len(come("Ada").delete(f"/api/v1/annotations/{number}/like").json()["ids"]) == 1


@pytest.mark.parametrize("body", [{}, {"examples": []}, {"examples": ["x"]}, {"examples": ["x"] * 51}])
def test_what_cannot_be_asked_is_refused(come: Callable[[str], TestClient], body: dict[str, Any]) -> None:
    bo = come("Bo")

    assert bo.post(f"/api/v1/annotations/{correct(bo)}/like", json=body).status_code == 422
    for unknown in (99, 10**20):
        assert bo.get(f"/api/v1/annotations/{unknown}/like").status_code == 404
        assert bo.delete(f"/api/v1/annotations/{unknown}/like").status_code == 404
        assert bo.delete(f"/api/v1/annotations/{unknown}").status_code == 404
        assert bo.get(f"/annotations/{unknown}/like").status_code == 404


def test_without_scripts_what_is_ticked_is_saved_and_taken_back_by_forms(drafts: Project) -> None:
    client = TestClient(app_for(LoopWorkbench(drafts)), base_url=HOME, follow_redirects=True)
    waiting = client.get("/api/v1/queue").json()["examples"][0]
    said = {"question": waiting["question"], "context": waiting["context"], "shown_answer": "No."}
    review = client.post("/queue", data={**said, "example": waiting["id"], "verdict": "wrong", "answers": "Yes."}).text
    assert (
        '<a id="like" href="/annotations/1/like" aria-keyshortcuts="l"><span data-like>3</span> like the last' in review
    )

    page = client.get("/annotations/1/like").text
    assert page.count(' checked><span class="unseen">Save it') == 3  # all, unless one takes it away
    assert ATTACK not in page
    assert client.post("/annotations/1/like").status_code == 422
    chosen = like(client, 1)
    page = client.post("/annotations/1/like", data={"id": [chosen["Cats?"], chosen["Mice?"]]}).text
    assert "2 saved." in page
    assert "Undo all 2" in page
    stale = client.post("/annotations/1/like", data={"id": list(chosen.values())})
    assert stale.status_code == 409
    assert "2 of these 3 were judged" in stale.text

    page = client.post("/annotations/1/like/undo").text
    assert "2 taken back." in page
    assert set(like(client, 1)) == set(chosen)
