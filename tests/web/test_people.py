"""Logging in, what each role may do, invitations, keys and the trail: as browsers and programs meet them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop.people import People
from growloop.web.app import app_for
from growloop.web.reception import MOST_FOR_A_NAME

HOME = "http://127.0.0.1:8321"
PASSWORD = "correct horse battery"
ATTACK = '"><script>alert(1)</script>'
VERDICT = {"question": "Dogs?", "shown_answer": "no", "verdict": "correct", "answers": []}
LogIn = Callable[[str], TestClient]


# coming in


def test_without_a_session_pages_lead_to_the_log_in_and_the_api_says_so(log_in: LogIn) -> None:
    stranger = log_in("")

    page = stranger.get("/queue")
    call = stranger.get("/api/v1/status")

    assert (page.status_code, page.headers["location"]) == (303, "/login?next=/queue")
    assert (call.status_code, "/login" in call.json()["error"]["message"]) == (401, True)
    assert stranger.post("/api/v1/annotations", json=VERDICT).status_code == 401
    assert stranger.get("/health").status_code == 200
    assert stranger.get("/static/people.css").status_code == 200
    assert stranger.get("/people").status_code == 303


def test_the_session_is_a_cookie_that_no_script_and_no_other_site_gets(log_in: LogIn) -> None:
    reply = log_in("").post("/login", data={"name": "bo", "password": PASSWORD, "next": "/queue"})

    assert (reply.status_code, reply.headers["location"]) == (303, "/queue")
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    behind_tls = {"x-forwarded-proto": "https"}
    reply = log_in("").post("/login", data={"name": "bo", "password": PASSWORD}, headers=behind_tls)
    assert "secure" in reply.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "path",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\n/evil.example"],
)
def test_a_log_in_never_leads_to_another_site(log_in: LogIn, path: str) -> None:
    reply = log_in("").post("/login", data={"name": "Bo", "password": PASSWORD, "next": path})

    assert reply.headers["location"] == "/"


def test_a_wrong_password_is_told_without_saying_who_exists(log_in: LogIn) -> None:
    replies = [log_in("").post("/login", data={"name": name, "password": "wrong"}) for name in ("Bo", "Nobody")]

    assert [reply.status_code for reply in replies] == [401, 401]
    assert all("Name or password is wrong." in reply.text for reply in replies)
    assert all("set-cookie" not in reply.headers for reply in replies)


def test_after_some_wrong_passwords_nobody_of_that_name_is_heard_for_a_while(log_in: LogIn) -> None:
    client = log_in("")
    for _ in range(MOST_FOR_A_NAME):
        client.post("/login", data={"name": "Bo", "password": "wrong"})

    refused = client.post("/login", data={"name": " BO ", "password": PASSWORD})

    assert (refused.status_code, "Too many attempts" in refused.text) == (429, True)
    assert int(refused.headers["retry-after"]) > 800
    assert client.post("/login", data={"name": "Ada", "password": PASSWORD}).status_code == 303


def test_who_logs_out_is_out(log_in: LogIn) -> None:
    client = log_in("Bo")
    cookies = dict(client.cookies)
    assert client.get("/").status_code == 200

    client.post("/logout")

    assert client.get("/").status_code == 303
    client.cookies.update(cookies)
    assert client.get("/").status_code == 303


def test_the_session_alone_changes_nothing(log_in: LogIn, bench: Any) -> None:
    client = log_in("Bo")

    for headers in ({"origin": ""}, {"origin": "https://evil.example"}, {"origin": "null"}):
        client.headers.update(headers)
        assert client.post("/api/v1/annotations", json=VERDICT).status_code == 403
    del client.headers["origin"]
    assert client.post("/api/v1/annotations", json=VERDICT).status_code == 403
    assert (
        client.post("/api/v1/annotations", json=VERDICT, headers={"sec-fetch-site": "same-origin"}).status_code == 201
    )
    assert len(bench.kept) == 1


# another password


NEW = "another long sentence"


def changed(client: TestClient, password: str, wanted: str = NEW, again: str = NEW) -> Any:
    return client.post("/account/password", data={"password": password, "wanted": wanted, "again": again})


def test_who_gives_the_old_password_gets_another_and_is_logged_out_elsewhere(log_in: LogIn, people: People) -> None:
    here, elsewhere = log_in("Bo"), log_in("Bo")
    link = people.invite("Bo", "annotator")
    assert "Change password" in here.get("/account").text

    reply = changed(here, PASSWORD)

    assert (reply.status_code, "You have a new password." in reply.text) == (200, True)
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert log_in("").get(f"/invitation/{link}").status_code == 404
    logged_in = [log_in("").post("/login", data={"name": "Bo", "password": one}) for one in (PASSWORD, NEW)]
    assert [one.status_code for one in logged_in] == [401, 303]
    assert [(line.by, line.action) for line in people.trail()[0][1:3]] == [("Bo", "password changed"), ("", "invited")]


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        (("wrong", NEW, NEW), 403, "not your password"),
        ((PASSWORD, NEW, "something else"), 422, "not the same"),
        ((PASSWORD, "short", "short"), 422, "at least 10 characters"),
        ((PASSWORD, "x" * 1001, "x" * 1001), 422, "at most 1,000"),
    ],
)
def test_a_password_stays_where_something_is_wrong_and_so_do_the_sessions(
    log_in: LogIn, people: People, sent: tuple[str, str, str], status: int, told: str
) -> None:
    here, elsewhere = log_in("Bo"), log_in("Bo")

    reply = changed(here, *sent)

    assert (reply.status_code, told in reply.text) == (status, True)
    assert elsewhere.get("/account").status_code == 200
    assert people.log_in("Bo", PASSWORD) is not None


def test_whoever_guesses_at_an_open_page_is_not_heard_for_a_while(log_in: LogIn, people: People) -> None:
    client = log_in("Bo")
    for _ in range(MOST_FOR_A_NAME):
        changed(client, "wrong")

    refused = changed(client, PASSWORD)

    assert (refused.status_code, "Too many attempts" in refused.text) == (429, True)
    assert int(refused.headers["retry-after"]) > 800
    assert people.log_in("Bo", PASSWORD) is not None


def test_ones_own_password_alone_is_changed_and_not_from_another_site(log_in: LogIn, people: People) -> None:
    bo = log_in("Bo")

    evil = bo.post("/account/password", data={"password": PASSWORD}, headers={"origin": "https://evil.example"})
    sent = {"name": "Ada", "username": "Ada", "password": PASSWORD, "wanted": NEW, "again": NEW}
    bo.post("/account/password", data=sent)

    assert evil.status_code == 403
    assert people.log_in("Ada", PASSWORD) is not None
    assert people.log_in("Bo", NEW) is not None


# roles


@pytest.mark.parametrize(
    ("method", "path", "least"),
    [
        ("GET", "/", "Cy"),
        ("GET", "/queue", "Cy"),
        ("GET", "/agreement", "Cy"),
        ("GET", "/account", "Cy"),
        ("GET", "/api/v1/me", "Cy"),
        ("POST", "/api/v1/ask", "Cy"),
        ("POST", "/annotations", "Bo"),
        ("POST", "/queue", "Bo"),
        ("POST", "/api/v1/annotations", "Bo"),
        ("POST", "/api/v1/queue/lease", "Bo"),
        ("DELETE", "/api/v1/annotations/1", "Bo"),
        ("POST", "/agreement/d0", "Bo"),
        ("POST", "/api/v1/imports", "Ada"),
        ("POST", "/anything/that/comes/later", "Ada"),
        ("GET", "/people", "Ada"),
        ("POST", "/people/invite", "Ada"),
        ("GET", "/api/v1/people", "Ada"),
        ("GET", "/api/v1/trail", "Ada"),
    ],
)
def test_each_may_do_what_their_role_says(log_in: LogIn, method: str, path: str, least: str) -> None:
    replies = {name: log_in(name).request(method, path).status_code for name in ("Cy", "Bo", "Ada")}

    may = {"Cy": ("Cy", "Bo", "Ada"), "Bo": ("Bo", "Ada"), "Ada": ("Ada",)}[least]
    assert {name for name, status in replies.items() if status != 403} == set(may)


def test_a_refusal_says_who_may(log_in: LogIn) -> None:
    reply = log_in("Cy").post("/api/v1/annotations", json=VERDICT)

    assert reply.json()["error"]["message"] == "Cy is a viewer here; this is for an annotator."


# who said it


def test_a_verdict_is_in_the_name_of_who_gave_it_and_of_nobody_else(log_in: LogIn, bench: Any) -> None:
    bo = log_in("Bo")
    bo.post("/api/v1/annotations", json=VERDICT)
    bo.post("/annotations", data={"question": "Cats?", "shown_answer": "no", "verdict": "correct"})

    forged = bo.post("/api/v1/annotations", json={**VERDICT, "by": "Ada"})
    forged_by_form = bo.post("/annotations", data={**VERDICT, "by": "Ada"})

    assert [kept.by for kept in bench.kept] == ["Bo", "Bo"]
    assert (forged.status_code, forged_by_form.status_code) == (422, 422)
    assert bo.get("/").text.count(" · Bo</span>") == 2


def test_only_ones_own_verdict_is_taken_back_but_by_an_admin(log_in: LogIn, bench: Any) -> None:
    log_in("Bo").post("/api/v1/annotations", json=VERDICT)

    assert log_in("Di").post("/api/v1/annotations/1/undo").status_code == 403
    assert not bench.kept[0].withdrawn
    assert log_in("Ada").post("/api/v1/annotations/1/undo").status_code == 200
    assert bench.kept[0].withdrawn


# letting others in


def test_an_invitation_lets_somebody_choose_a_password_once(log_in: LogIn, people: People) -> None:
    page = log_in("Ada").post("/people/invite", data={"name": "Eve Ström", "role": "annotator"}).text
    [link] = re.findall(rf"{HOME}(/invitation/[\w-]+)", page)
    eve = log_in("")
    assert "Welcome, Eve Ström" in eve.get(link).text

    unlike = eve.post(link, data={"password": PASSWORD, "again": "something else"})
    short = eve.post(link, data={"password": "short", "again": "short"})
    done = eve.post(link, data={"password": PASSWORD, "again": PASSWORD})

    assert (unlike.status_code, "not the same" in unlike.text) == (422, True)
    assert (short.status_code, "characters" in short.text) == (422, True)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert eve.get("/api/v1/me").json() == {"name": "Eve Ström", "role": "annotator"}
    assert log_in("").get(link).status_code == 404
    assert log_in("").post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert log_in("").get("/invitation/wrong").status_code == 404


def test_an_admin_changes_roles_and_takes_access_away(log_in: LogIn, people: People) -> None:
    ada, bo = log_in("Ada"), log_in("Bo")

    ada.post("/people/role", data={"name": "Bo", "role": "viewer"})
    assert bo.get("/api/v1/me").json()["role"] == "viewer"
    ada.post("/people/remove", data={"name": "Bo"})
    assert bo.get("/").status_code == 303

    last = ada.post("/people/remove", data={"name": "Ada"})
    assert (last.status_code, "somebody else an admin" in last.text) == (422, True)
    assert ada.post("/people/invite", data={"name": "Eve", "role": "king"}).status_code == 422
    assert {user.name for user in people.users()} == {"Ada", "Cy", "Di"}


def test_whoever_sits_at_the_machine_invites_the_first_admin_and_then_everybody_logs_in(
    bench: Any, tmp_path: Any
) -> None:
    with People.open(tmp_path / "nobody.db") as nobody:
        client = TestClient(app_for(bench, people=nobody), base_url=HOME, follow_redirects=False)
        assert client.get("/").status_code == 200
        assert "Nobody has a name here" in client.get("/people").text
        assert client.get("/account").headers["location"] == "/people"

        invited = client.post("/people/invite", data={"name": "Ada", "role": "admin"})

        assert "/invitation/" in invited.text
        assert client.get("/people").status_code == 303


def test_where_others_may_come_nobody_gets_in_without_users_or_a_token(bench: Any, tmp_path: Any) -> None:
    with People.open(tmp_path / "nobody.db") as nobody:
        app = app_for(bench, people=nobody, host="0.0.0.0")
        client = TestClient(app, base_url="http://0.0.0.0:8321", follow_redirects=False)

        assert client.get("/").status_code == 401
        assert client.post("/api/v1/ask", json={"question": "Dogs?"}).status_code == 401


def test_the_servers_token_still_lets_in_whoever_has_it(bench: Any, people: People) -> None:
    client = TestClient(app_for(bench, people=people, token="secret"), base_url=HOME, follow_redirects=False)
    assert client.get("/").headers["location"].startswith("/login")

    client.get("/", params={"token": "secret"})

    assert client.get("/people").status_code == 200
    assert client.get("/api/v1/me").json() == {"name": "", "role": "admin"}


# programs


def test_a_program_speaks_for_whoever_made_its_key(log_in: LogIn, bench: Any, people: People) -> None:
    bo = log_in("Bo")
    page = bo.post("/account/tokens", data={"label": "nightly"}).text
    [key] = re.findall(r"<code>(gl_[\w-]+)</code>", page)
    program = log_in("")
    del program.headers["origin"]
    program.headers["authorization"] = f"Bearer {key}"

    assert program.post("/api/v1/annotations", json=VERDICT).status_code == 201
    assert bench.kept[0].by == "Bo"
    assert program.get("/api/v1/people").status_code == 403
    assert key not in bo.get("/account").text

    assert log_in("Di").post(f"/account/tokens/{people.tokens()[0].id}/revoke").status_code == 404
    bo.post(f"/account/tokens/{people.tokens()[0].id}/revoke")
    assert program.get("/api/v1/me").status_code == 401


def test_programs_let_people_in_too(log_in: LogIn) -> None:
    ada = log_in("Ada")

    made = ada.post("/api/v1/people/invite", json={"name": "Eve", "role": "viewer"}).json()
    ada.post("/api/v1/people/role", json={"name": "Eve", "role": "annotator"})

    assert made["link"].startswith(f"{HOME}/invitation/")
    listed = {user["name"]: user for user in ada.get("/api/v1/people").json()["users"]}
    assert (listed["Eve"]["role"], listed["Eve"]["has_password"]) == ("annotator", False)
    assert ada.post("/api/v1/people/remove", json={"name": "Nobody"}).status_code == 404


# the trail


def test_the_trail_says_who_changed_what(log_in: LogIn) -> None:
    ada, bo = log_in("Ada"), log_in("Bo")
    bo.post("/api/v1/annotations", json=VERDICT)
    bo.post("/api/v1/annotations/1/undo")
    bo.post("/api/v1/ask", json={"question": "Dogs?", "context": "Dogs."})
    bo.post("/api/v1/annotations", json={})  # refused
    ada.post("/people/role", data={"name": "Bo", "role": "viewer"})

    lines = ada.get("/api/v1/trail?limit=5").json()["trail"]

    assert [(line["by"], line["action"], line["about"]) for line in lines] == [
        ("Ada", "role", "Bo: annotator → viewer"),
        ("Bo", "took back", "verdict 1"),
        ("Bo", "correct", "Dogs? (verdict 1)"),
        ("Bo", "logged in", ""),
        ("Ada", "logged in", ""),
    ]
    assert "Bo: annotator → viewer" in ada.get("/people").text


# pages


def test_whatever_is_typed_is_shown_and_never_run(log_in: LogIn) -> None:
    ada = log_in("Ada")
    ada.post("/api/v1/annotations", json={**VERDICT, "question": ATTACK})
    pages = [
        ada.post("/people/invite", data={"name": ATTACK, "role": "viewer"}),
        ada.post("/account/tokens", data={"label": ATTACK}),
        ada.get("/people"),
        log_in("").post("/login", data={"name": ATTACK, "password": ATTACK, "next": ATTACK}),
        log_in("").get("/login", params={"next": f"/{ATTACK}"}),
    ]

    assert not any("<script>alert" in page.text for page in pages)


@pytest.mark.parametrize("path", ["/login", "/people", "/account", "/agreement"])
def test_no_page_has_anything_inline_and_each_forbids_it(log_in: LogIn, path: str) -> None:
    reply = log_in("Ada").get(path)

    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", reply.text)
    assert reply.headers["content-security-policy"].startswith("default-src 'self';")
    assert reply.headers["cache-control"] == "no-store"


def test_every_call_the_how_to_names_exists(log_in: LogIn, repository: Path) -> None:
    page = (repository / "docs" / "how-to" / "share-the-page.md").read_text(encoding="utf-8")

    calls = re.findall(r"`(GET|POST) (/[\w/?=&]+)`", page)

    assert len(calls) == 9
    ada = log_in("Ada")
    for method, path in calls:
        reply = ada.request(method, path, json={} if method == "POST" else None)
        assert reply.status_code in (200, 422) or "disagrees" in reply.text or "no user" in reply.text, (method, path)
