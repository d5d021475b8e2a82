"""The pool in the browser: filtered, one example in full, edited, decided; versions compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop import loop
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import examples_frame
from growloop.web.app import create_app

ATTACK = """"><script>alert(1)</script>{{ 7*7 }}"""


@pytest.fixture
def client(evaluated: Project) -> Iterator[TestClient]:
    with TestClient(create_app(evaluated), base_url="http://127.0.0.1:8321") as opened:
        yield opened


def examples(client: TestClient, query: str = "") -> dict[str, Any]:
    reply: dict[str, Any] = client.get(f"/api/v1/examples?{query}").json()
    return reply


def questions(client: TestClient, query: str = "") -> list[str]:
    return [row["question"] for row in examples(client, query)["examples"]]


def test_examples_are_filtered_by_all_that_is_asked_for(client: TestClient) -> None:
    counts = {
        "": 40,
        "where=template%3Ddogs": 20,
        "where=template%3Ddogs&where=negative%3Dwrong_topic": 5,
        "status=accepted": 40,
        "status=draft": 0,
        "origin=universe": 20,
        "origin=universe&status=accepted&where=template%3Dcards&text=bar+1*": 6,
        "text=dogs+19": 1,
    }
    found = {query: examples(client, query) for query in counts}

    assert {query: page["count"] for query, page in found.items()} == counts
    assert {query: len(page["examples"]) for query, page in found.items()} == counts


def test_pages_follow_each_other(client: TestClient) -> None:
    first = examples(client, "limit=30")
    second = examples(client, f"limit=30&after={first['after']}")

    ids = [row["id"] for page in (first, second) for row in page["examples"]]
    assert len(set(ids)) == 40
    assert (second["after"], first["before"]) == (None, None)
    assert examples(client, f"limit=30&before={second['before']}") == first
    assert 'rel="prev"' in client.get(f"/dataset?after={first['after']}").text


def test_a_filter_that_makes_no_sense_is_told(client: TestClient) -> None:
    for query in ("where=nothing", "status=bad", "after=-1", "limit=501", "sort=best", "after=x"):
        assert client.get(f"/api/v1/examples?{query}").status_code == 422, query
        assert client.get(f"/dataset?{query}").status_code == 422, query


def test_what_was_answered_worst_comes_first_with_what_the_model_said(client: TestClient) -> None:
    found = examples(client, "sort=worst")

    assert found["run"] == "evaluate-1"
    assert found["count"] == 10
    assert {row["prediction"] for row in found["examples"]} == {"No, <cash>."}
    assert examples(client, "sort=worst&where=template%3Ddogs")["count"] == 0
    assert questions(client, "sort=worst&text=bar+3") == ["Cards at bar 3?"]
    last = examples(client, "sort=worst&limit=4&after=8")
    assert (last["after"], last["before"]) == (None, 8)
    assert examples(client, "sort=worst&limit=4&before=8")["examples"] == found["examples"][4:8]
    assert "No, &lt;cash&gt;." in client.get("/dataset?sort=worst").text


def test_one_example_in_full(client: TestClient) -> None:
    [row] = examples(client, "text=cards+2&where=template%3Dcards")["examples"]

    full = client.get(f"/api/v1/examples/{row['id']}").json()
    page = client.get(f"/dataset/{row['id']}").text

    assert full["answered"]["prediction"] == "No, <cash>."
    assert (full["run"], full["verdicts"], full["children"]) == ("evaluate-1", [], [])
    assert "Bar 2: cards and all that." in page
    assert "Nobody has changed it" in page
    assert client.get("/api/v1/examples/nothing").status_code == 404
    assert client.get("/dataset/nothing").status_code == 404


def test_an_edit_of_the_answers_shows_in_the_history_and_is_taken_back(client: TestClient, evaluated: Project) -> None:
    [row] = examples(client, "text=dogs+12")["examples"]
    form = {"question": row["question"], "answers": "No.\r\nNot at all.\r\n", "note": "I asked"}

    page = client.post(f"/dataset/{row['id']}?text=dogs+12", data=form).text

    assert "Saved. The next version follows it." in page
    assert "No. / Not at all." in page
    assert "I asked" in page
    assert 'href="/dataset?text=dogs+12"' in page  # back to where one came from
    assert examples(client, "text=dogs+12")["examples"][0]["verdict"]["answers"] == ["No.", "Not at all."]
    client.post(f"/dataset/{row['id']}/undo/1")
    assert examples(client, "text=dogs+12")["examples"][0]["verdict"] is None
    assert "taken back" in client.get(f"/dataset/{row['id']}").text


def test_an_edit_of_the_question_leads_on_to_the_new_example(client: TestClient) -> None:
    [row] = examples(client, "text=dogs+12")["examples"]

    reply = client.post(f"/api/v1/examples/{row['id']}", json={"question": ATTACK, "answers": ["No."]})

    fresh = reply.json()["example"]
    page = client.get(f"/dataset/{fresh['id']}").text
    assert fresh["parent"] == row["id"]
    assert ATTACK not in page
    assert "49" not in page.split("<h1>")[1].split("</h1>")[0]
    assert f'href="/dataset/{row["id"]}"' in page
    assert examples(client, "status=rejected")["examples"][0]["id"] == row["id"]


def test_an_edit_that_changes_nothing_keeps_what_was_typed(client: TestClient) -> None:
    [row] = examples(client, "text=dogs+12")["examples"]

    reply = client.post(f"/dataset/{row['id']}", data={"question": " ", "answers": "Typed", "note": ""})

    assert reply.status_code == 422
    assert "An example needs a question" in reply.text
    assert "Typed</textarea>" in reply.text


def test_what_is_ticked_is_rejected_and_accepted_again(client: TestClient) -> None:
    ids = [row["id"] for row in examples(client, "where=template%3Ddogs&limit=3")["examples"]]

    page = client.post("/dataset/decide?where=template%3Ddogs", data={"id": ids, "verdict": "reject"}).text
    assert "3 rejected." in page
    assert "template=dogs" in page
    assert examples(client, "status=rejected")["count"] == 3
    decided = client.post("/api/v1/examples/decide", json={"ids": ids, "verdict": "accept"}).json()
    assert decided == {"changed": 3, "unanswered": 0}
    assert client.post("/dataset/decide", data={"verdict": "reject"}).status_code == 422
    assert client.post("/api/v1/examples/decide", json={"ids": ids, "verdict": "erase"}).status_code == 422


def test_versions_are_listed_and_compared(client: TestClient, evaluated: Project) -> None:
    first = client.get("/api/v1/versions").json()["versions"][0]["id"]
    assert "is the first" in client.get(f"/versions?after={first}").text
    with Pool.open(evaluated.pool_url) as pool:
        pool.add(examples_frame({"question": ["Fish?"], "answers": [["Yes."]], "split": ["train"]}))
    second = loop.freeze(evaluated).id

    changed = client.get(f"/api/v1/versions/diff?before={first}&after={second}").json()
    page = client.get(f"/versions?after={second}").text

    assert changed["counts"] == {"added": 1, "removed": 0, "relabelled": 0, "moved": 0, "changed": 0}
    assert [row["question"] for row in changed["changes"]] == ["Fish?"]
    assert ">Fish?</a>" in page
    assert "no version nope" in client.get(f"/versions?before=nope&after={second}").text
    nothing = client.get(f"/api/v1/versions/diff?before={first}&after={second}&where=template%3Ddogs").json()
    assert nothing["changes"] == []


def test_an_empty_pool_says_what_to_do_next(project: Project) -> None:
    with TestClient(create_app(project), base_url="http://localhost") as client:
        assert "The pool is empty." in client.get("/dataset").text
        assert "No example is like that." in client.get("/dataset?text=dogs").text
        assert "Nothing is evaluated yet" in client.get("/dataset?sort=worst").text
        assert "No version is frozen yet." in client.get("/versions").text
