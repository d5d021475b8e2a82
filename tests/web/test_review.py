"""What waits for a person, on the page Review and in the API: without scripts, and in a real browser by keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop.web.app import app_for


def waits(number: int, **more: Any) -> dict[str, Any]:
    draft = {"origin": "teacher:tutor-1", "status": "draft", "proposed": True, "reason": "answered by tutor-1"}
    asked = {
        "question": f"Dogs at Bar {number}?",
        "context": f"Bar {number} takes dogs.",
        "answers": [f"Yes, {number}."],
    }
    return {"id": f"d{number}", **asked, **draft, "priority": 0.0, "queued_at": "", **more}


UNANSWERED = {"answers": [], "proposed": False, "reason": "no fact decides it", "origin": "universe"}


def test_what_waits_comes_page_by_page_with_its_side(client: TestClient, bench: Any) -> None:
    bench.waiting = [waits(0), waits(1, context="Taco Bar."), waits(2)]

    page = client.get("/api/v1/queue?offset=1&limit=1").json()

    assert (page["total"], page["offset"], page["limit"]) == (3, 1, 1)
    [example] = page["examples"]
    assert (example["id"], example["side"], example["reason"]) == ("d1", "test", "answered by tutor-1")
    assert client.get("/api/v1/queue?limit=x").status_code == 400


def test_a_queue_of_nothing_says_so(client: TestClient) -> None:
    assert client.get("/api/v1/queue").json()["examples"] == []
    assert "Nothing waits for you." in client.get("/queue").text


def test_without_scripts_a_verdict_is_a_form_and_leads_to_the_next(client: TestClient, bench: Any) -> None:
    bench.waiting = [waits(0), waits(1)]
    shown = {"question": "Dogs at Bar 0?", "context": "Bar 0 takes dogs.", "shown_answer": "Yes, 0.", "example": "d0"}

    reply = client.post("/queue", data={**shown, "verdict": "wrong", "answers": "No."}, follow_redirects=True)

    assert "Dogs at Bar 1?" in reply.text
    [kept] = bench.kept
    assert (kept.example, kept.verdict, kept.answers) == ("d0", "wrong", ("No.",))
    assert client.post("/queue", data={**shown, "verdict": "wrong"}).status_code == 422


@pytest.mark.parametrize("address", ["/queue?offset=7", "/queue?offset=x", "/queue?offset=-1&saved=<b>"])
def test_any_address_shows_a_page(client: TestClient, bench: Any, address: str) -> None:
    bench.waiting = [waits(0)]

    assert client.get(address).status_code == 200


def test_what_is_shown_is_text_and_never_markup(client: TestClient, bench: Any) -> None:
    bench.waiting = [waits(0, question="<script>alert(1)</script>", answers=["<b>"], reason="<i>")]

    assert not any(tag in client.get("/queue").text for tag in ("<script>alert", "<b>", "<i>"))


# in a browser


@pytest.fixture
def page(browser: Any, bench: Any, serve: Callable[[Any], Any]) -> Iterator[Any]:
    """The page before three drafts, the last of which nobody has answered; no script may fail on it."""
    bench.waiting = [waits(0), waits(1), waits(2, **UNANSWERED)]
    complaints: list[str] = []
    with serve(app_for(bench)) as address:
        window = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
        window.set_default_timeout(20_000)
        opened = window.new_page()
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto("/queue")
        opened.wait_for_function("document.querySelector('[data-field=place]').textContent === '1'")
        opened.wait_for_selector("html.js")
        yield opened
        window.close()
    assert complaints == []


def at(page: Any, question: str) -> None:
    """Wait for a question, and for the verdict on the one before to be saved."""
    page.wait_for_function("asked => document.querySelector('#asked').textContent === asked", arg=question)
    page.wait_for_selector("#review:not([data-saving])")


@pytest.mark.browser
def test_each_is_judged_by_one_key_and_the_next_is_there(page: Any, bench: Any) -> None:
    page.keyboard.press("a")
    at(page, "Dogs at Bar 1?")
    page.keyboard.press("r")
    at(page, "Dogs at Bar 2?")
    page.keyboard.press("a")  # nothing to accept
    page.keyboard.press("c")
    page.keyboard.type("Only the small ones, azsur")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#review[data-state=none]")

    given = [(kept.example, kept.verdict, kept.shown_answer, kept.answers) for kept in bench.kept]
    assert given == [
        ("d0", "correct", "Yes, 0.", ()),
        ("d1", "bad_question", "Yes, 1.", ()),
        ("d2", "wrong", "", ("Only the small ones, azsur",)),
    ]


@pytest.mark.browser
def test_undo_brings_the_last_back_and_skip_goes_round(page: Any, bench: Any) -> None:
    page.keyboard.press("s")
    at(page, "Dogs at Bar 1?")
    page.keyboard.press("u")
    at(page, "Dogs at Bar 2?")
    page.keyboard.press("z")
    at(page, "Dogs at Bar 1?")
    page.keyboard.press("s")
    at(page, "Dogs at Bar 2?")
    page.keyboard.press("s")
    at(page, "Dogs at Bar 0?")

    assert [(kept.verdict, kept.withdrawn) for kept in bench.kept] == [("unanswerable", True)]
    assert page.inner_text(".strip [data-total]") == "3"


@pytest.mark.browser
def test_an_answer_is_marked_in_the_context_by_keys_or_by_mouse_with_a_note(page: Any, bench: Any) -> None:
    bench.answer_kind = "extractive"
    page.reload()
    page.wait_for_selector("html.js")
    at(page, "Dogs at Bar 0?")

    page.keyboard.press("?")
    assert "mark the answer in the context" in page.inner_text("#keys")
    page.keyboard.press("a")  # says nothing while the keys are shown
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("as it stands")
    page.keyboard.press("Enter")
    for key in ("m", "ArrowRight", "ArrowRight", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    assert page.input_value("#right") == "takes dogs"
    page.keyboard.press("Control+Enter")
    at(page, "Dogs at Bar 1?")
    assert "1 done here" in page.inner_text(".pace")

    page.dblclick("[data-field=context]", position={"x": 24, "y": 12})
    assert page.input_value("#right") == "Bar"
    page.keyboard.press("Control+Enter")
    at(page, "Dogs at Bar 2?")
    assert [(kept.answers, kept.note) for kept in bench.kept] == [(("takes dogs",), "as it stands"), (("Bar",), "")]


@pytest.mark.browser
def test_many_are_fetched_as_they_are_needed(page: Any, bench: Any) -> None:
    bench.waiting += [waits(number) for number in range(3, 50)]
    page.reload()
    page.wait_for_selector("html.js")
    for number in range(45):
        at(page, f"Dogs at Bar {number}?")
        page.keyboard.press("u")
    at(page, "Dogs at Bar 45?")

    assert len(bench.kept) == 45


@pytest.mark.browser
def test_the_next_is_shown_while_a_verdict_is_saved_and_a_key_meanwhile_is_kept_for_it(page: Any, bench: Any) -> None:
    held: list[Any] = []
    page.route("**/api/v1/annotations", lambda route: route.continue_() if held else held.append(route))

    page.keyboard.press("a")
    page.wait_for_selector("#review[data-saving]")
    shown, told = page.inner_text("#asked"), page.inner_text("#said")
    page.keyboard.press("u")
    page.keyboard.press("u")  # the same question is before the person: once is enough
    held[0].continue_()
    at(page, "Dogs at Bar 2?")

    assert (shown, told) == ("Dogs at Bar 1?", "")
    assert [(kept.example, kept.verdict) for kept in bench.kept] == [("d0", "correct"), ("d1", "unanswerable")]


@pytest.mark.browser
def test_what_could_not_be_saved_comes_back_as_it_was_written_and_so_does_what_was_written_meanwhile(
    page: Any, bench: Any
) -> None:
    held: list[Any] = []
    page.route("**/api/v1/annotations", lambda route: held.append(route))
    page.keyboard.press("c")
    page.keyboard.type("Never")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#review[data-saving]")
    page.keyboard.press("c")
    page.keyboard.type("Always")

    held[0].abort()
    page.wait_for_selector("#said.bad")
    back = (page.inner_text("#asked"), page.input_value("#right"))
    page.unroute("**/api/v1/annotations")
    page.keyboard.press("Control+Enter")
    at(page, "Dogs at Bar 1?")

    assert back == ("Dogs at Bar 0?", "Never")
    assert page.input_value("#right") == "Always"
    assert [kept.answers for kept in bench.kept] == [("Never",)]


@pytest.mark.browser
def test_a_verdict_that_cannot_be_saved_is_told_and_nothing_moves(page: Any, bench: Any) -> None:
    bench.trouble = RuntimeError("disk")

    page.keyboard.press("a")
    page.wait_for_selector("#said.bad")

    assert page.inner_text("#asked") == "Dogs at Bar 0?"
