"""The turns of the loop by the API and on their page; jobs are asked for, and nobody is woken to do them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient
from tests.web.conftest import PASSWORD

from growloop import loop
from growloop.jobs import Jobs
from growloop.notebook import follow
from growloop.people import People
from growloop.project import Project
from growloop.records.recommendation import Recommendations
from growloop.records.report import Iteration, Report
from growloop.web.app import create_app

HOME = "http://127.0.0.1:8321"


@pytest.fixture
def client(turned: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(Jobs, "wake", lambda _: False)
    with TestClient(create_app(turned), base_url=HOME) as opened:
        yield opened


def test_every_turn_is_told_with_its_scores_and_what_became_of_it(client: TestClient, turned: Project) -> None:
    page = client.get("/iterations").text

    score = turned.iterations()[1].metrics["token_f1"]
    assert f"{score.value:.2f} ({score.low:.2f}–{score.high:.2f})" in page
    assert page.index('id="turn-2"') < page.index('id="turn-1"') < page.index('id="turn-0"')
    assert re.findall(r"(held back|was in use|in use|untrained)</span>", page) == ["held back", "in use", "untrained"]
    assert "template=offers-food fell by 0.80 &lt;b&gt;." in page
    assert 'href="/compare?before=1&amp;after=2"' in page
    assert "Add negatives 100 · questions whose text does not speak of it</th><td>40</td>" in page
    assert "1 recommendation expected" in page
    assert page.count('<svg class="curve"') == 3
    assert " style=" not in page


def test_what_to_do_next_stands_with_its_reasons_its_evidence_and_a_button(client: TestClient, turned: Project) -> None:
    page = client.get("/iterations").text
    first = loop.recommend(turned).items[0]

    assert first.because in page
    assert "Gather 100<span" in page
    [evidence, *_] = re.findall(r'<a href="(/dataset/[0-9a-f]+)">', page)
    assert client.get(evidence).status_code == 200
    assert 'href="/dataset?where=negative%3Dwrong_topic&amp;sort=worst"' in page

    sent = {"kind": "follow", "numbers": "1", "run": "evaluate-1-validation", "back": "/iterations"}
    after = client.post("/jobs", data=sent)
    assert after.url.path == "/iterations"
    assert "Waits for its turn" in after.text
    [asked] = Jobs(turned.folder).newest(2)
    assert asked.job.options == {"numbers": [1], "run": "evaluate-1-validation", "examples": None}


def test_the_page_does_not_wait_for_what_waits_to_be_counted(client: TestClient) -> None:
    assert "<span data-because></span> Read from" in client.get("/iterations").text

    told = client.get("/api/v1/status").json()["because"]

    assert f"<span data-because>{told}</span> Read from" in client.get("/iterations").text


def test_what_was_followed_is_not_offered_again(client: TestClient, turned: Project) -> None:
    follow(turned, [1], examples=8)

    page = client.get("/iterations").text

    assert "8 examples gathered; the next turn learns from them." in page
    assert "Gather 100<span" not in page
    [taken] = client.get("/api/v1/recommendations/followed").json()["followed"]
    assert (taken["added"], taken["recommendation"]["number"]) == (8, 1)


def test_going_round_is_asked_for_with_its_options(client: TestClient, turned: Project) -> None:
    client.post("/jobs", data={"kind": "next", "warm_start": "true", "epochs": "0.5", "back": "/iterations"})
    client.post("/jobs", data={"kind": "run", "turns": "4", "budget": "", "back": "/iterations"})

    run, turn = (report.job.options for report in Jobs(turned.folder).newest(2))
    assert turn == {"n": None, "warm_start": True, "epochs": 0.5}
    assert (run["turns"], run["budget"], run["warm_start"]) == (4, None, False)


def test_a_report_is_served_without_any_script_and_from_nowhere_else(client: TestClient, turned: Project) -> None:
    assert client.get("/reports/1").status_code == 404
    (turned.folder / "reports").mkdir()
    (turned.folder / "reports" / "1.html").write_text("<html lang=en><title>One</title>", encoding="utf-8")
    (turned.folder / "reports" / "2.html").symlink_to("/etc/hostname")

    found = client.get("/reports/1")

    assert "<title>One</title>" in found.text
    assert found.headers["content-security-policy"].startswith("sandbox; default-src 'none';")
    dark = client.get("/reports/1", headers={"cookie": "growloop_theme=dark"}).text
    assert '<html data-theme="dark" lang=en>' in dark
    assert client.get("/reports/2").status_code == 422
    assert client.get("/reports/..%2Ftask").status_code == 404


def test_programs_get_the_records(client: TestClient, turned: Project) -> None:
    listed = client.get("/api/v1/iterations").json()["iterations"]
    assert [Iteration.model_validate(turn) for turn in listed] == turned.iterations()

    report = Report.model_validate_json(client.get("/api/v1/iterations/2").text)
    assert (report.iteration.number, report.compared_to and report.compared_to.number) == (2, 1)
    assert client.get("/api/v1/iterations/7").status_code == 404

    found = Recommendations.model_validate_json(client.get("/api/v1/recommendations").text)
    assert found == loop.recommend(turned)
    assert client.get("/api/v1/recommendations?run=nothing").status_code == 404


def test_before_the_first_turn_the_page_says_what_to_do(desk: Project) -> None:
    with TestClient(create_app(desk), base_url=HOME) as client:
        page = client.get("/iterations").text

    assert "Nothing can be recommended yet: no model has answered any questions." in page
    assert "Go round until it is good enough" in page
    assert "All turns, the newest first" not in page


def test_who_may_only_look_sees_all_and_starts_nothing(turned: Project) -> None:
    with (
        People.open(turned.pool_url, hasher=PasswordHasher(1, 8, 1)) as people,
        TestClient(create_app(turned), base_url=HOME, headers={"origin": HOME}) as client,
    ):
        people.add("Ada", "admin", PASSWORD)
        people.add("Cy", "viewer", PASSWORD)
        client.post("/login", data={"name": "Cy", "password": PASSWORD})
        page = client.get("/iterations").text
        refused = client.post("/jobs", data={"kind": "follow", "numbers": "1"})

    assert "An admin can have this gathered." in page
    assert "<button" not in page
    assert refused.status_code == 403
