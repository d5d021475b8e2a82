"""Several people review at once, on a real project: leases, refusals, overlap, and what has to be settled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import HOME, program_of

from growloop import loop
from growloop.loop.accepting import gathered
from growloop.people import People
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import examples_frame
from growloop.web.app import app_for, create_app
from growloop.web.workbench import LoopWorkbench


@pytest.fixture
def drafts(project: Project) -> Project:
    """Twelve drafts."""
    rows = {"question": [f"Dogs at Bar {n}?" for n in range(12)], "context": [f"Bar {n}." for n in range(12)]}
    rows |= {"answers": [["Yes."]] * 12, "status": ["draft"] * 12, "origin": ["teacher:m"] * 12}
    with Pool.open(project.pool_url) as pool:
        pool.add(examples_frame(rows))
    return project


@pytest.fixture
def sit_down(drafts: Project, team: People) -> Callable[..., TestClient]:
    """Somebody's program at the review, with so much overlap."""
    apps = {overlap: app_for(LoopWorkbench(drafts, overlap), people=team) for overlap in (1, 2)}

    def come(name: str, overlap: int = 1) -> TestClient:
        return program_of(apps[overlap], team, name)

    return come


def take(client: TestClient, limit: int = 3, **more: Any) -> list[dict[str, Any]]:
    examples: list[dict[str, Any]] = client.post("/api/v1/queue/lease", json={"limit": limit, **more}).json()[
        "examples"
    ]
    return examples


def judge(client: TestClient, example: dict[str, Any], verdict: str = "correct", *answers: str) -> Any:
    said = {"question": example["question"], "context": example["context"], "shown_answer": "Yes."}
    body = {**said, "example": example["id"], "verdict": verdict, "answers": answers}
    return client.post("/api/v1/annotations", json=body)


def test_two_at_once_are_given_different_ones_until_all_are_judged(sit_down: Callable[..., TestClient]) -> None:
    ada, bo = sit_down("Ada"), sit_down("Bo")
    seen: list[str] = []
    while batches := [batch for batch in (take(ada), take(bo)) if batch]:
        for client, batch in zip((ada, bo), batches, strict=False):
            seen += [example["id"] for example in batch]
            assert [judge(client, example).status_code for example in batch] == [201] * len(batch)

    assert len(seen) == len(set(seen)) == 12
    assert ada.get("/api/v1/queue").json()["total"] == 0


def test_a_lease_outlives_the_server(drafts: Project, team: People, sit_down: Callable[..., TestClient]) -> None:
    [mine] = take(sit_down("Ada"), 1)

    another = program_of(create_app(drafts), team, "Bo")

    assert mine["id"] not in [example["id"] for example in take(another, 20)]


def test_a_verdict_from_a_stale_page_is_refused_and_says_who_was_first(sit_down: Callable[..., TestClient]) -> None:
    ada, bo = sit_down("Ada"), sit_down("Bo")
    [example] = take(ada, 1)
    judge(ada, example)

    refused = judge(bo, example, "wrong", "No.")

    assert refused.status_code == 409
    assert "Ada judged this while you had it open. Nothing was overwritten" in refused.json()["error"]["message"]
    assert [one["by"] for one in bo.get("/api/v1/annotations").json()["annotations"]] == ["Ada"]


def test_of_all_who_judge_the_same_at_once_one_is_first(sit_down: Callable[..., TestClient]) -> None:
    clients = [sit_down(name) for name in ("Ada", "Bo", "Di") * 3]
    [example] = take(clients[0], 1)

    with ThreadPoolExecutor(9) as threads:
        replies = list(threads.map(lambda client: judge(client, example).status_code, clients))

    assert sorted(replies) == [201] + [409] * 8


def test_what_is_put_off_goes_to_others_and_what_is_kept_does_not(sit_down: Callable[..., TestClient]) -> None:
    ada, bo = sit_down("Ada"), sit_down("Bo")
    put_off, kept = take(ada, 2)

    [fresh] = take(ada, 1, keep=[kept["id"]], but=[put_off["id"], kept["id"]])

    of_bo = [example["id"] for example in take(bo, 20)]
    assert put_off["id"] in of_bo
    assert not {kept["id"], fresh["id"]} & set(of_bo)


@pytest.mark.parametrize("body", [{"limit": 0}, {"limit": 51}, {"limit": "x"}, {"but": "x"}, {"more": 1}])
def test_what_cannot_be_asked_of_the_queue_is_refused(sit_down: Callable[..., TestClient], body: Any) -> None:
    assert sit_down("Ada").post("/api/v1/queue/lease", json=body).status_code == 422


def test_with_overlap_two_judge_the_same_and_see_nothing_of_each_other(sit_down: Callable[..., TestClient]) -> None:
    ada, bo, di = (sit_down(name, 2) for name in ("Ada", "Bo", "Di"))
    [first] = take(ada, 1)
    assert take(bo, 1) == [first]
    assert take(di, 1) != [first]
    judge(ada, first)

    assert take(ada, 1) != [first]
    [again] = take(bo, 1)
    assert again == first
    assert judge(bo, first).status_code == 201
    assert judge(di, first).status_code == 409


def test_what_two_said_differently_is_settled_and_is_the_last_word(
    drafts: Project, sit_down: Callable[..., TestClient]
) -> None:
    ada, bo, di = (sit_down(name, 2) for name in ("Ada", "Bo", "Di"))
    one, other = take(ada, 2)
    for example in (one, other):
        judge(ada, example)
    judge(bo, one)
    judge(bo, other, "wrong", "Only small ones.")
    told = di.get("/api/v1/agreement").json()
    assert (told["agreement"]["examples"], told["agreement"]["pairs"][0]["agreement"]["value"]) == (2, 0.5)
    [apart] = told["disagreements"]
    assert apart["question"] == other["question"]
    page = di.get("/agreement").text
    assert "Only small ones." in page

    address = f"/api/v1/agreement/{apart['example']}"
    assert di.post(address, json={"annotation": 999}).status_code == 422
    assert di.post(address, json={"verdict": "wrong"}).status_code == 422
    settled = di.post(address, json={"annotation": apart["opinions"][1]["annotation"]})

    assert (settled.status_code, settled.json()["by"], settled.json()["answers"]) == (201, "Di", ["Only small ones."])
    assert di.post(address, json={"annotation": apart["opinions"][0]["annotation"]}).status_code == 404
    assert "Nothing has to be settled." in di.get("/agreement").text
    examples = gathered(drafts)[0]
    answers = dict(examples.select("question", "answers").iter_rows())
    assert answers[other["question"]] == ["Only small ones."]


def test_without_scripts_it_is_settled_by_a_form(sit_down: Callable[..., TestClient]) -> None:
    ada, bo = sit_down("Ada", 2), sit_down("Bo", 2)
    [example] = take(ada, 1)
    judge(ada, example)
    judge(bo, example, "unanswerable")

    blank = ada.post(f"/agreement/{example['id']}", data={"verdict": "wrong", "answer": " "})
    page = ada.post(f"/agreement/{example['id']}", data={"verdict": "wrong", "answer": "No."})

    assert blank.status_code == 422
    assert "That is the last word on it." in page.text


def test_an_empty_agreement_says_how_to_get_one(project: Project) -> None:
    page = TestClient(create_app(project), base_url=HOME).get("/agreement").text

    assert "growloop serve --overlap 2" in page
    assert loop.people_agreement(project).pairs == ()
