"""What a browser without scripts gets."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.testclient import TestClient

ATTACK = """"><script>alert(1)</script><img src=x onerror=alert(1)>'{{ 1234*5678 }}"""


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(page)
    return found


def test_the_first_visit_says_where_the_project_stands_and_that_nothing_is_said_yet(
    client: TestClient, bench: Any
) -> None:
    page = client.get("/").text

    for shown in ("Food Q&amp;A", "0.87 (0.85–0.90)", "None yet.", "The answer appears here."):
        assert shown in page
    assert "growloop index" in page  # nothing is indexed in this project


def test_before_any_training_the_page_says_who_answers_and_how_to_train(client: TestClient, bench: Any) -> None:
    bench.trained = False

    page = client.get("/").text

    assert "Until then the untrained candidate answers." in page
    assert "growloop next" in page
    assert "not measured" in page


def test_a_question_is_answered_on_the_page_with_its_evidence(client: TestClient, bench: Any) -> None:
    bench.passages = ("Dogs are welcome. Really.", "Fish on Fridays.")

    page = client.post("/ask", data={"question": "Dogs?", "context": ""}).text

    assert "Dogs are welcome</p>" in page
    assert "42 ms · bundled · iteration 2" in page
    assert "reviews.jsonl:2" in page
    assert "A verdict on this falls on train" in page


def test_an_error_stands_where_the_answer_would_and_what_was_typed_stays(client: TestClient) -> None:
    reply = client.post("/ask", data={"question": "Is there <cash>?", "context": ""})

    assert reply.status_code == 409
    assert "Nothing is indexed yet" in reply.text
    assert "Is there &lt;cash&gt;?</textarea>" in reply.text


def test_an_empty_question_is_refused_on_the_page(client: TestClient) -> None:
    assert client.post("/ask", data={"context": "Some text."}).status_code == 422


@pytest.mark.parametrize(
    ("said", "kept"), [("correct", ()), ("unanswerable", ()), ("wrong", ("yes,\non the terrace",))]
)
def test_a_verdict_is_saved_by_a_plain_form(client: TestClient, bench: Any, said: str, kept: tuple[str, ...]) -> None:
    form = {"question": "Dogs?", "context": "a\r\nb", "shown_answer": "no", "run": "", "verdict": said}

    reply = client.post("/annotations", data={**form, "answers": "yes,\r\non the terrace"})

    assert "Saved." in reply.text
    [annotation] = bench.kept
    assert (annotation.verdict, annotation.answers, annotation.context, annotation.run) == (said, kept, "a\nb", None)


def test_a_correction_without_an_answer_is_refused(client: TestClient, bench: Any) -> None:
    reply = client.post("/annotations", data={"question": "Dogs?", "shown_answer": "no", "verdict": "wrong"})

    assert reply.status_code == 422
    assert "needs the right answer" in reply.text
    assert bench.kept == []


def test_a_verdict_is_taken_back_by_a_plain_form_and_shown_struck(client: TestClient, bench: Any) -> None:
    client.post("/annotations", data={"question": "Dogs?", "shown_answer": "no", "verdict": "correct"})

    page = client.post("/annotations/1/undo").text

    assert bench.kept[0].withdrawn
    assert 'class="verdict withdrawn"' in page


def test_the_list_says_what_is_learned_and_what_is_measured(client: TestClient) -> None:
    for context in ("Lupo", "Taco Bar"):
        client.post(
            "/annotations", data={"question": "?", "context": context, "shown_answer": "", "verdict": "correct"}
        )

    page = client.get("/").text

    assert "test, held out: it will be measured, not learned" in page
    assert "train: the next model learns it" in page


def test_older_verdicts_are_a_page_away(client: TestClient, bench: Any) -> None:
    for number in range(120):
        client.post("/api/v1/annotations", json={"question": f"Q{number}?", "shown_answer": "", "verdict": "correct"})

    middle = client.get("/?offset=50").text

    assert "51–100 of 120" in middle
    assert 'href="/?offset=0#verdicts"' in middle
    assert 'href="/?offset=100#verdicts"' in middle
    assert ">Q69?<" in middle
    for offset in ("200", "x", "-1", "9" * 30):
        assert client.get(f"/?offset={offset}").status_code == 200


def test_whatever_is_typed_is_shown_and_never_run(client: TestClient, bench: Any) -> None:
    bench.passages = (f"{ATTACK}. more",)
    plain = tags(client.get("/").text)

    client.post(
        "/annotations",
        data={"question": ATTACK, "context": ATTACK, "shown_answer": ATTACK, "verdict": "wrong", "answers": ATTACK},
    )
    answered = client.post("/ask", data={"question": ATTACK, "context": ""}).text

    for page in (answered, client.get(f"/?saved={ATTACK}").text, client.get(f"/{ATTACK}").text):
        assert [attributes for tag, attributes in tags(page) if tag == "script"] in (
            [attributes for tag, attributes in plain if tag == "script"],
            [{"type": "module", "src": "/static/theme.js"}],
        )
        assert not [tag for tag, attributes in tags(page) if "onerror" in attributes]
        assert "7006652" not in page  # never "49": a clock shows that, once an hour


def test_there_is_no_inline_script_or_style(client: TestClient) -> None:
    for tag, attributes in tags(client.get("/").text):
        assert tag != "style"
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert tag != "script" or attributes["src"]


def test_every_field_has_a_label(client: TestClient) -> None:
    found = tags(client.get("/").text)
    labelled = {attributes.get("for") for tag, attributes in found if tag == "label"}

    assert {attributes["id"] for tag, attributes in found if tag == "textarea"} <= labelled


def test_a_page_that_is_not_there_leads_back(client: TestClient) -> None:
    reply = client.get("/nothing")

    assert reply.status_code == 404
    assert 'href="/"' in reply.text


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("", ""), ('"><b>', "")])
def test_the_colours_a_person_chose_are_on_the_page_before_it_is_painted(
    client: TestClient, cookie: str, theme: str
) -> None:
    for path in ("/", "/queue", "/nothing-here"):
        found = tags(client.get(path, headers={"cookie": f"growloop_theme={cookie}"}).text)

        assert dict(found)["html"].get("data-theme", "") == theme
        assert [one["value"] for tag, one in found if tag == "input" and "checked" in one] == [theme]
