from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop.web.app import app_for, create_app
from growloop.web.guard import BODY_LIMIT

ASKED = {"question": "Dogs?", "context": "Dogs are welcome."}
HOME = "http://127.0.0.1:8321"
TOKEN = "grün/&=?42"


@pytest.fixture
def knock(bench: Any) -> Callable[..., TestClient]:
    def open_client(base_url: str = HOME, **how: Any) -> TestClient:
        return TestClient(app_for(bench, **how), base_url=base_url, follow_redirects=False)

    return open_client


@pytest.fixture
def secured(knock: Callable[..., TestClient]) -> TestClient:
    return knock(token=TOKEN)


# another name for this machine


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost", "LOCALHOST:8321", "[::1]:8321"])
def test_this_machines_own_names_are_answered(knock: Callable[..., TestClient], host: str) -> None:
    assert knock().get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example:80", "evil.example:8321", "", "[", "::1"]
)
def test_a_foreign_name_pointed_at_this_machine_is_refused(knock: Callable[..., TestClient], host: str) -> None:
    for path in ("/", "/api/v1/status", "/health", "/static/ask.js"):
        assert knock().get(path, headers={"host": host}).status_code == 403


def test_the_name_it_is_bound_to_is_answered_too(knock: Callable[..., TestClient]) -> None:
    assert knock(host="127.0.0.5").get("/health", headers={"host": "127.0.0.5:80"}).status_code == 200


def test_with_a_token_any_name_will_do(knock: Callable[..., TestClient]) -> None:
    client = knock("http://gpu-box.lan:8321", token="secret")

    assert client.get("/api/v1/status", headers={"authorization": "Bearer secret"}).status_code == 200


# a file that is sent


def sent(client: TestClient, content: Any, **headers: str) -> Any:
    kind = {"content-type": "application/octet-stream"}
    return client.post("/api/v1/imports?name=rows.csv", content=content, headers=kind | headers)


@pytest.mark.parametrize("content", [b"x" * 1001, [b"x" * 500] * 3])
def test_a_file_beyond_the_limit_is_refused_naming_it_and_nothing_is_kept(project: Any, content: Any) -> None:
    client = TestClient(create_app(project, upload_limit=1000), base_url=HOME)

    reply = sent(client, iter(content) if isinstance(content, list) else content)

    assert reply.status_code == 413
    assert "0.001 MB" in reply.json()["error"]["message"]
    assert list((project.folder / ".uploads").glob("*")) == []


def test_a_file_may_be_larger_than_other_requests(project: Any) -> None:
    client = TestClient(create_app(project), base_url=HOME)

    assert sent(client, b"x" * (BODY_LIMIT + 1)).json()["bytes"] == BODY_LIMIT + 1
    assert client.put("/api/v1/imports", content=b"x" * (BODY_LIMIT + 1)).status_code == 413


def test_a_file_from_another_site_or_without_the_token_is_refused_before_it_is_read(project: Any) -> None:
    open_to_this_machine = TestClient(create_app(project), base_url=HOME)
    secured = TestClient(create_app(project, token=TOKEN), base_url=HOME)

    assert sent(open_to_this_machine, b"x", origin="https://evil.example").status_code == 403
    assert sent(open_to_this_machine, b"x", host="evil.example").status_code == 403
    assert sent(secured, b"x").status_code == 401
    assert not (project.folder / ".uploads").exists()


# another site's page


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/ask"),
        ("POST", "/api/v1/annotations/1/undo"),
        ("DELETE", "/api/v1/annotations/1"),
        ("POST", "/annotations"),
    ],
)
def test_what_another_site_sends_is_refused(
    knock: Callable[..., TestClient], bench: Any, headers: dict[str, str], method: str, path: str
) -> None:
    reply = knock().request(method, path, headers=headers)

    assert reply.status_code == 403
    assert bench.asked == bench.kept == []


@pytest.mark.parametrize("headers", [{}, {"origin": HOME}, {"origin": HOME, "sec-fetch-site": "same-origin"}])
def test_what_its_own_page_or_a_program_sends_is_taken(
    knock: Callable[..., TestClient], headers: dict[str, str]
) -> None:
    assert knock().post("/api/v1/ask", json=ASKED, headers=headers).status_code == 200


# somebody without the token


@pytest.mark.parametrize("path", ["/", "/api/v1/status", "/api/v1/annotations", "/nothing"])
def test_without_the_token_nothing_is_shown(secured: TestClient, path: str) -> None:
    assert secured.get(path).status_code == 401
    assert secured.get(path, params={"token": "wrong"}).status_code == 401
    assert secured.get(path, headers={"authorization": "Bearer wrong"}).status_code == 401
    assert secured.get(path, headers={"cookie": "growloop_8321=wrong"}).status_code == 401


def test_without_the_token_nothing_is_done(secured: TestClient, bench: Any) -> None:
    assert secured.post("/api/v1/ask", json=ASKED).status_code == 401
    assert secured.post("/api/v1/ask", json=ASKED, params={"token": TOKEN}).status_code == 401
    assert bench.asked == []


def test_health_needs_no_token(secured: TestClient) -> None:
    assert secured.get("/health").status_code == 200


def test_the_link_with_the_token_leaves_a_cookie_and_opens_the_page_without_it(secured: TestClient) -> None:
    reply = secured.get("/", params={"token": TOKEN})

    assert (reply.status_code, reply.headers["location"]) == (303, "/")
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in reply.headers["set-cookie"]
    assert secured.get("/").status_code == 200
    assert secured.post("/api/v1/ask", json=ASKED).status_code == 200


def test_a_link_followed_from_another_site_gets_in_too(secured: TestClient) -> None:
    reply = secured.get("/", params={"token": TOKEN}, headers={"sec-fetch-site": "cross-site"})

    assert reply.status_code == 200
    assert 'http-equiv="refresh"' in reply.text
    assert "set-cookie" in reply.headers


def test_a_program_brings_the_token_in_a_header(knock: Callable[..., TestClient]) -> None:
    client = knock(token="secret")

    assert client.post("/api/v1/ask", json=ASKED, headers={"authorization": "bearer secret"}).status_code == 200


def test_the_cookie_does_not_help_another_site(secured: TestClient) -> None:
    secured.get("/", params={"token": TOKEN})

    reply = secured.post("/api/v1/ask", json=ASKED, headers={"origin": "https://evil.example"})

    assert reply.status_code == 403


# too much at once


def test_more_than_the_limit_is_refused_before_it_is_read(knock: Callable[..., TestClient], bench: Any) -> None:
    context = "x" * BODY_LIMIT

    announced = knock().post("/api/v1/ask", json={"question": "Dogs?", "context": context})
    unannounced = knock().post(
        "/api/v1/ask", content=iter([context.encode()] * 3), headers={"content-type": "application/json"}
    )
    form = knock().post("/ask", data={"question": "Dogs?", "context": context})

    assert (announced.status_code, unannounced.status_code, form.status_code) == (413, 413, 413)
    assert "Shorten" in announced.json()["error"]["message"]
    assert bench.asked == []


def test_a_long_context_below_the_limit_is_read_whole(knock: Callable[..., TestClient], bench: Any) -> None:
    context = "Ein schöner Ort. " * 40_000

    assert knock().post("/api/v1/ask", json={"question": "Wo?", "context": context}).status_code == 200
    assert bench.asked == [("Wo?", context)]


# every reply


@pytest.mark.parametrize("path", ["/", "/api/v1/status", "/nothing", "/static/ask.js", "/health"])
def test_every_reply_allows_nothing_but_the_servers_own_files(knock: Callable[..., TestClient], path: str) -> None:
    headers = knock().get(path).headers

    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] in ("no-store", "no-cache")
