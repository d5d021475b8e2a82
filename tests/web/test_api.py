from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from growloop.errors import ModelProblem
from growloop.records.annotation import Annotation
from growloop.records.status import Status
from growloop.web.desk import Desk, Question
from growloop.web.events import answer_told

REVIEW = "Dogs are welcome. The pasta is great."


def verdict(**more: Any) -> dict[str, Any]:
    return {
        "question": "Dogs?",
        "context": REVIEW,
        "shown_answer": "no",
        "verdict": "wrong",
        "answers": ["yes"],
        **more,
    }


# ask


def test_an_answer_comes_with_all_that_is_needed_to_judge_it(client: TestClient) -> None:
    reply = client.post("/api/v1/ask", json={"question": " Dogs? ", "context": REVIEW})

    assert reply.status_code == 200
    assert reply.json() == {
        "question": "Dogs?",
        "answer": "Dogs are welcome",
        "context": REVIEW,
        "passages": [],
        "seconds": 0.042,
        "model": "bundled",
        "iteration": 2,
        "abstained": False,
        "run": "train-1f2e",
        "side": "train",
        "confidence": 0.87,
        "evidence": [{"start": 0, "end": 17, "kind": "sentence"}, {"start": 0, "end": 16, "kind": "answer"}],
    }


def events(text: str) -> list[tuple[str, Any]]:
    parts = [part.split("\n") for part in text.split("\n\n") if part]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in parts]


def test_an_answer_is_told_as_it_is_written_and_ends_as_it_is_given_at_once(client: TestClient) -> None:
    asked = {"question": "Dogs?", "context": REVIEW}

    reply = client.post("/api/v1/ask/events", json=asked)

    assert reply.headers["content-type"].startswith("text/event-stream")
    *written, (kind, whole) = events(reply.text)
    assert [(kind, found["text"]) for kind, found in written] == [
        ("text", "Dogs"),
        ("text", "Dogs are"),
        ("text", "Dogs are welcome"),
    ]
    assert (kind, whole) == ("answer", client.post("/api/v1/ask", json=asked).json())


def test_what_goes_wrong_while_an_answer_is_told_is_told_too(client: TestClient, bench: Any) -> None:
    [(kind, error)] = events(client.post("/api/v1/ask/events", json={"question": "Dogs?"}).text)

    assert (kind, error["status"]) == ("error", 409)
    assert "growloop index" in error["message"]
    assert client.post("/api/v1/ask/events", json={"question": " "}).status_code == 422


def test_who_leaves_while_an_answer_is_told_ends_it(bench: Any) -> None:
    left, ended = Event(), Event()

    def ask(question: str, context: str | None, by: str, hear: Callable[[str], None]) -> None:
        try:
            hear("Dogs")
            left.wait(20)
            hear("Dogs are")
        except Exception:
            ended.set()
            raise

    bench.ask = ask

    async def listen_to_the_first_word() -> None:
        told = answer_told(Desk(bench), Question(question="Dogs?"))
        assert "Dogs" in await anext(told)
        await told.aclose()
        left.set()
        await anyio.to_thread.run_sync(ended.wait, 20)

    anyio.run(listen_to_the_first_word)
    assert ended.is_set()


@pytest.mark.parametrize("context", [None, "", " \n"])
def test_without_a_context_the_indexer_finds_one_and_shows_its_source(
    client: TestClient, bench: Any, context: str | None
) -> None:
    bench.passages = ("Taco Bar takes cash only. No cards.", "Fish on Fridays.")

    reply = client.post("/api/v1/ask", json={"question": "Cash?", "context": context}).json()

    assert bench.asked == [("Cash?", None)]
    assert reply["context"] == "Taco Bar takes cash only. No cards.\n\nFish on Fridays."
    assert [passage["source"] for passage in reply["passages"]] == ["reviews.jsonl:1", "reviews.jsonl:2"]
    assert reply["side"] == "test"


def test_without_context_and_index_the_reply_names_the_command(client: TestClient) -> None:
    reply = client.post("/api/v1/ask", json={"question": "Cash?"})

    assert reply.status_code == 409
    assert "growloop index" in reply.json()["error"]["message"]


def test_an_untrained_model_is_told_apart(client: TestClient, bench: Any) -> None:
    bench.trained = False

    reply = client.post("/api/v1/ask", json={"question": "Dogs?", "context": REVIEW}).json()

    assert (reply["iteration"], reply["run"]) == (None, None)


def test_an_abstention_is_marked(client: TestClient) -> None:
    assert client.post("/api/v1/ask", json={"question": "Dogs?", "context": ". Nothing."}).json()["abstained"] is True


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": " \n "}, "question"),
        ({"question": "x" * 4001}, "question"),
        ({"question": 7}, "question"),
        ({"question": "Dogs?", "context": 7}, "context"),
        ({"question": "Dogs?", "mood": "good"}, "mood"),
    ],
)
def test_what_cannot_be_asked_is_refused_naming_the_field(client: TestClient, body: dict[str, Any], told: str) -> None:
    reply = client.post("/api/v1/ask", json=body)

    assert reply.status_code == 422
    assert told in reply.json()["error"]["message"]


def test_half_a_character_is_refused_rather_than_crashing_the_database(client: TestClient) -> None:
    for path, body in (("ask", b'{"question": "\\ud800?"}'), ("annotations", b'{"question": "\\ud800"}')):
        reply = client.post(f"/api/v1/{path}", content=body, headers={"content-type": "application/json"})
        assert reply.status_code == 422


def test_a_model_that_cannot_be_loaded_is_told_as_such(client: TestClient, bench: Any) -> None:
    bench.trouble = ModelProblem('"large-14b" needs about 31 GB.')

    reply = client.post("/api/v1/ask", json={"question": "Dogs?", "context": REVIEW})

    assert (reply.status_code, reply.json()["error"]["message"]) == (503, '"large-14b" needs about 31 GB.')


@pytest.mark.parametrize("path", ["/api/v1/status", "/"])
def test_what_nobody_expected_is_told_without_its_inside(client: TestClient, bench: Any, path: str) -> None:
    bench.trouble = RuntimeError("secret")

    reply = client.get(path)

    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert "default-src 'self'" in reply.headers["content-security-policy"]


def test_questions_reach_the_model_one_at_a_time(bench: Any, run_async: Callable[..., Any]) -> None:
    bench.pause = 0.02
    desk = Desk(bench)

    async def ask_many() -> None:
        async with anyio.create_task_group() as together:
            for _ in range(8):
                together.start_soon(desk.ask, {"question": "Dogs?", "context": REVIEW})

    run_async(ask_many)

    assert (len(bench.asked), bench.most_at_once) == (8, 1)


def test_a_slow_model_beside_the_current_one_does_not_hold_it_up(bench: Any, run_async: Callable[..., Any]) -> None:
    desk, has_answered, order = Desk(bench), Event(), []
    usual = bench.ask

    def ask(question: str, context: str | None, by: str, hear: Callable[[str], None]) -> Any:
        assert by == "current" or has_answered.wait(30)  # as long as it takes
        return usual(question, context, by, hear)

    async def ask_by(by: str) -> None:
        reply = await desk.ask({"question": "Dogs?", "context": REVIEW, "by": by})
        order.append((by, reply.answered.iteration))
        has_answered.set()

    async def ask_all() -> None:
        async with anyio.create_task_group() as together:
            for by in ("base", "previous", "current"):
                together.start_soon(ask_by, by)

    bench.ask = ask
    run_async(ask_all)

    assert order[0] == ("current", 2)
    assert set(order[1:]) == {("previous", 1), ("base", None)}


def test_without_scripts_the_models_answer_beside_each_other_all_the_same(client: TestClient, bench: Any) -> None:
    page = client.post("/ask", data={"question": "Dogs?", "context": REVIEW, "beside": "beside"}).text

    assert page.count('data-state="answered"') == 4
    assert [call[0] for call in bench.asked] == ["Dogs?"] * 3
    assert "iteration 1</p>" in page
    bench.trained = False
    assert 'name="beside"' not in client.get("/").text  # there is one model alone


# judge


def test_a_verdict_is_saved_and_comes_back_with_its_id_and_side(client: TestClient, bench: Any) -> None:
    reply = client.post("/api/v1/annotations", json=verdict(run="train-1f2e", note="menu says so"))

    assert reply.status_code == 201
    [kept] = bench.kept
    assert reply.json() == {**kept.model_dump(mode="json"), "side": "train"}
    assert (kept.id, kept.answers, kept.run, kept.note) == (1, ("yes",), "train-1f2e", "menu says so")
    assert kept.at.endswith("Z")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"verdict": "maybe"}, "verdict"),
        ({"id": 3}, "id"),
        ({"withdrawn": True}, "withdrawn"),
        ({"at": "2020-01-01T00:00:00Z"}, "at"),
        ({"stars": 5}, "stars"),
        ({"answers": "yes"}, "answers"),
    ],
)
def test_a_verdict_that_is_none_is_refused_and_not_saved(
    client: TestClient, bench: Any, more: dict[str, Any], told: str
) -> None:
    reply = client.post("/api/v1/annotations", json=verdict(**more))

    assert reply.status_code == 422
    assert told in reply.json()["error"]["message"]
    assert bench.kept == []


@pytest.mark.parametrize("how", ["post", "delete"])
def test_a_verdict_is_taken_back_and_kept_on_record(client: TestClient, bench: Any, how: str) -> None:
    client.post("/api/v1/annotations", json=verdict())

    reply = client.post("/api/v1/annotations/1/undo") if how == "post" else client.delete("/api/v1/annotations/1")

    assert reply.json() == {"id": 1, "withdrawn": True}
    assert [kept.withdrawn for kept in bench.kept] == [True]


def test_taking_back_what_was_never_said_is_not_found(client: TestClient) -> None:
    reply = client.post("/api/v1/annotations/7/undo")

    assert reply.status_code == 404
    assert "7" in reply.json()["error"]["message"]


# list


def test_a_hundred_thousand_verdicts_are_listed_a_page_at_a_time(client: TestClient, bench: Any) -> None:
    one = Annotation(**{**verdict(), "at": "2026-01-01T00:00:00Z"})
    bench.kept = [one.model_copy(update={"id": number}) for number in range(1, 100_001)]

    first = client.get("/api/v1/annotations").json()
    last = client.get("/api/v1/annotations?offset=99990&limit=20").json()

    assert (first["total"], len(first["annotations"]), first["annotations"][0]["id"]) == (100_000, 50, 100_000)
    assert [row["id"] for row in last["annotations"]] == list(range(10, 0, -1))
    assert client.get("/").text.count('class="verdict"') == 50 + 1  # and the mould for fresh ones


@pytest.mark.parametrize("query", ["offset=-1", "limit=501", "limit=x", "offset=1e3", "offset=²"])
def test_a_page_that_cannot_be_is_refused(client: TestClient, query: str) -> None:
    reply = client.get(f"/api/v1/annotations?{query}")

    assert reply.status_code == 400
    assert query.split("=")[0] in reply.json()["error"]["message"]


# the rest


def test_the_status_is_the_record(client: TestClient, bench: Any) -> None:
    assert Status.model_validate(client.get("/api/v1/status").json()) == bench.status()


def test_health_answers(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"question": "Dogs?"}', "text/plain", 415),
        (b'{"question": "Dogs?"}', "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_json_object_is_refused(client: TestClient, content: bytes, kind: str, status: int) -> None:
    reply = client.post("/api/v1/ask", content=content, headers={"content-type": kind})

    assert reply.status_code == status
    assert reply.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("GET", "/api/v1/ask", 405)])
def test_what_is_not_there_is_told_in_json(client: TestClient, method: str, path: str, status: int) -> None:
    reply = client.request(method, path)

    assert (reply.status_code, reply.json()["error"]["status"]) == (status, status)


def test_every_call_the_how_to_names_exists(client: TestClient, repository: Path) -> None:
    page = (repository / "docs" / "how-to" / "correct-answers.md").read_text(encoding="utf-8")
    client.post("/api/v1/annotations", json=verdict())

    calls = re.findall(r"`(GET|POST|DELETE) (/[\w/?=&]+)`", page)

    assert len(calls) == 12
    for method, path in calls:
        reply = client.request(method, path.replace("ID", "1"), json={} if method == "POST" else None)
        assert reply.status_code in (200, 422), (method, path)
