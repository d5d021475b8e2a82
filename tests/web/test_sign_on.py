"""Coming in through an identity provider: a real one, on this machine, asked over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient
from tests.web.conftest import HOME, served
from tests.web.identity_provider import CLIENT, SECRET, IdentityProvider

from growloop.errors import GrowloopError, ProviderProblem
from growloop.people import People
from growloop.web.app import app_for
from growloop.web.provider import Provider, Started
from growloop.web.reception import MOST_FROM_AN_ADDRESS

LogIn = Callable[[TestClient], Any]
Knock = Callable[..., TestClient]


@pytest.fixture(scope="module")
def provider_once() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()
    with served(provider.app) as address:
        provider.address = address
        yield provider


@pytest.fixture
def provider(provider_once: IdentityProvider) -> IdentityProvider:
    provider_once.reset()
    return provider_once


@pytest.fixture
def knock(bench: Any, people: People, provider: IdentityProvider) -> Knock:
    """A browser before a server that takes the provider's word."""

    def open_client(**how: Any) -> TestClient:
        trusted = Provider(provider.address, CLIENT, SECRET, **how)
        app = app_for(bench, people=people, provider=trusted)
        return TestClient(app, base_url=HOME, headers={"origin": HOME}, follow_redirects=False)

    return open_client


def sent_away(client: TestClient, path: str = "/") -> str:
    reply = client.get("/login/oidc", params={"next": path})
    assert reply.status_code == 303, reply.text
    return str(reply.headers["location"])


def sent_back(address: str) -> str:
    """What the provider has the browser open, once one has logged in there."""
    with httpx2.Client(verify=False) as browser:
        return str(browser.get(address).headers["location"])


def come_in(client: TestClient, path: str = "/") -> Any:
    return client.get(sent_back(sent_away(client, path)))


def me(client: TestClient) -> dict[str, str]:
    found: dict[str, str] = client.get("/api/v1/me").json()
    return found


# coming in


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_whom_the_provider_vouches_for_comes_in_as_an_annotator(
    knock: Knock, provider: IdentityProvider, people: People, algorithm: str
) -> None:
    provider.algorithm = algorithm
    client = knock()

    reply = come_in(client, "/queue")

    assert (reply.status_code, reply.headers["location"]) == (303, "/queue")
    assert me(client) == {"name": "eve@example.org", "role": "annotator"}
    assert [line.action for line in people.trail()[0][:2]] == ["logged in", "added"]
    assert people.trail()[0][0].about == f"by {provider.address}"
    assert me(client) == {"name": "eve@example.org", "role": "annotator"}


def test_whoever_was_named_by_an_admin_has_the_role_they_were_given(knock: Knock, people: People) -> None:
    link = people.invite("Eve@Example.org", "admin")
    client = knock()

    come_in(client)

    assert me(client) == {"name": "Eve@Example.org", "role": "admin"}
    assert client.get(f"/invitation/{link}").status_code == 404
    assert "since" in client.get("/people").text.partition("Eve@Example.org</strong>")[2][:60]
    people.set_role("eve@example.org", "viewer")
    assert me(client)["role"] == "viewer"


def test_who_comes_back_is_known_whatever_the_address_is_by_then(
    knock: Knock, provider: IdentityProvider, people: People
) -> None:
    come_in(knock())
    provider.person["email"] = "eve.married@example.org"
    client = knock()

    come_in(client)

    assert me(client)["name"] == "eve@example.org"
    assert len(people.users()) == 5


def test_an_address_that_is_told_only_when_asked_is_asked_for(knock: Knock, provider: IdentityProvider) -> None:
    provider.tells_when_asked = True
    client = knock()

    come_in(client)

    assert me(client)["name"] == "eve@example.org"
    provider.person["sub"] = "somebody else"
    assert come_in(knock()).status_code == 502


def test_behind_tls_the_way_back_is_encrypted_and_so_are_the_cookies(knock: Knock) -> None:
    reply = knock().get("/login/oidc", headers={"x-forwarded-proto": "https", "host": "qa.example.org"})

    [back] = parse_qs(urlsplit(reply.headers["location"]).query)["redirect_uri"]
    assert back == "https://qa.example.org/login/oidc/back"
    cookie = reply.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("secure", "httponly", "samesite=lax", "path=/login/oidc"))


def test_the_log_in_page_offers_it_where_there_is_a_provider_and_only_there(
    knock: Knock, log_in: Any, provider: IdentityProvider
) -> None:
    page = knock().get("/login", params={"next": "/queue"}).text

    assert f'href="/login/oidc?next=/queue">Log in with {urlsplit(provider.address).netloc}</a>' in page
    assert "oidc" not in log_in("").get("/login").text
    assert log_in("").get("/login/oidc").status_code == 404


def test_it_never_leads_to_another_site(knock: Knock) -> None:
    assert come_in(knock(), "https://evil.example").headers["location"] == "/"


def test_without_a_password_there_is_none_to_change(knock: Knock) -> None:
    client = knock()
    come_in(client)

    assert "have no password here" in client.get("/account").text
    sent = {"password": "", "wanted": "a long sentence", "again": "a long sentence"}
    assert client.post("/account/password", data=sent).status_code == 403


# kept out


@pytest.mark.parametrize(
    ("amiss", "told"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": ["another-client"], "azp": CLIENT}, "aud"),
        ({"aud": [CLIENT, "another-client"], "azp": "another-client"}, "azp"),
        ({"aud": None}, "aud"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"exp": 1_000_000_000, "iat": 999_999_000}, "expired"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
        ({"at_hash": "of-another-token"}, "at_hash"),
    ],
    ids=str,
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    knock: Knock, provider: IdentityProvider, people: People, amiss: dict[str, Any], told: str
) -> None:
    provider.amiss = amiss
    client = knock()

    reply = come_in(client)

    assert (reply.status_code, told in reply.text) == (502, True)
    assert client.get("/").status_code == 303
    assert len(people.users()) == 4


@pytest.mark.parametrize("algorithm", ["RS256", "HS256"])
def test_a_token_that_somebody_else_signed_lets_nobody_in(
    knock: Knock, provider: IdentityProvider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    ours = {"kid": "rsa"}
    provider.signs_with = RSAKey.generate_key(2048, ours) if algorithm == "RS256" else OctKey.import_key("k" * 64, ours)

    assert come_in(knock()).status_code == 502


@pytest.mark.parametrize("verified", [False, None, "false", 1.5])
def test_an_address_that_is_not_verified_lets_nobody_in(
    knock: Knock, provider: IdentityProvider, verified: Any
) -> None:
    provider.person |= {"email": "ada@example.org", "email_verified": verified}
    provider.amiss = {"email_verified": verified}

    reply = come_in(knock())

    assert (reply.status_code, "does not vouch for your e-mail address" in reply.text) == (403, True)


@pytest.mark.parametrize(
    "email", ["ｅve@example.org", "eve", "eve ada@example.org", "<b>@example.org", f"{'e' * 70}@x.org"]
)
def test_an_address_that_is_no_name_lets_nobody_in_and_is_told(
    knock: Knock, provider: IdentityProvider, email: str
) -> None:
    provider.person["email"] = email

    reply = come_in(knock())

    assert reply.status_code in (403, 422)
    assert "<b>" not in reply.text


@pytest.mark.parametrize("change", ["state=another", "", "state="])
def test_what_was_not_begun_in_this_browser_is_refused(knock: Knock, change: str) -> None:
    client = knock()
    path = sent_back(sent_away(client)).partition("state=")[0] + change

    replies = [client.get(path), knock().get(sent_back(sent_away(client)))]

    assert [reply.status_code for reply in replies] == [403, 403]
    assert all("not begun in this browser" in reply.text for reply in replies)


def test_a_code_is_good_once_and_only_with_its_verifier(knock: Knock) -> None:
    client, other = knock(), knock()
    back = sent_back(sent_away(client))
    kept = dict(client.cookies)
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 403  # the browser has forgotten it

    client.cookies.update(kept)
    assert client.get(back).status_code == 502  # and so has the provider
    stolen = parse_qs(urlsplit(sent_back(sent_away(client))).query)["code"][0]
    own = parse_qs(urlsplit(sent_back(sent_away(other))).query)["state"][0]
    assert other.get("/login/oidc/back", params={"code": stolen, "state": own}).status_code == 502


def test_whom_the_provider_refuses_is_told_so(knock: Knock, provider: IdentityProvider) -> None:
    provider.refuses = True

    reply = come_in(knock())

    assert (reply.status_code, "did not let you in: access_denied" in reply.text) == (403, True)


def test_who_was_removed_does_not_come_back_before_an_admin_says_so(knock: Knock, people: People) -> None:
    come_in(knock())
    people.remove("eve@example.org")

    refused = come_in(knock())

    assert (refused.status_code, "took your access away" in refused.text) == (403, True)
    people.invite("eve@example.org", "viewer")
    client = knock()
    come_in(client)
    assert me(client)["role"] == "viewer"


def test_an_address_that_went_to_somebody_else_does_not_open_the_account(
    knock: Knock, provider: IdentityProvider
) -> None:
    come_in(knock())
    provider.person["sub"] = "249"

    reply = come_in(knock())

    assert (reply.status_code, "with another account" in reply.text) == (403, True)


def test_newcomers_are_from_the_domains_that_are_named_and_others_are_invited(
    knock: Knock, provider: IdentityProvider, people: People
) -> None:
    ours = {"domains": [" Example.org", ""]}
    provider.person["email"] = "mallory@example.org.evil.example"
    assert "is not expected here" in come_in(knock(**ours)).text
    people.invite("mallory@example.org.evil.example", "viewer")
    assert come_in(knock(**ours)).status_code == 303

    provider.person |= {"email": "Eve@EXAMPLE.org", "sub": "250"}
    assert come_in(knock(**ours)).status_code == 303


def test_the_first_is_an_admin_whom_the_shell_invites(bench: Any, provider: IdentityProvider, tmp_path: Path) -> None:
    with People.open(tmp_path / "nobody.db") as nobody:
        app = app_for(bench, people=nobody, provider=Provider(provider.address, CLIENT, SECRET))
        client = TestClient(app, base_url=HOME, follow_redirects=False)

        assert "first has to be an admin" in come_in(client).text
        nobody.invite("eve@example.org", "admin")
        come_in(client)

        assert me(client)["role"] == "admin"
        last = client.post("/people/remove", data={"name": "eve@example.org"}, headers={"origin": HOME})
        assert last.status_code == 200  # nobody is left, and this machine is open again


def test_an_admin_without_a_password_still_is_one(knock: Knock, people: People) -> None:
    people.invite("eve@example.org", "admin")
    come_in(knock())

    people.remove("Ada")

    with pytest.raises(GrowloopError, match="Nobody would be left"):
        people.set_role("eve@example.org", "viewer")


def test_whoever_tries_again_and_again_is_not_heard_for_a_while(bench: Any, people: People) -> None:
    app = app_for(bench, people=people, provider=Provider("http://127.0.0.1:9", CLIENT, SECRET))
    client = TestClient(app, base_url=HOME)
    cookie = f"growloop_8321_oidc={Started(state='s', nonce='n', verifier='v', goes_to='/').packed()}"

    replies = [
        client.get("/login/oidc/back?state=s&code=guess", headers={"cookie": cookie}).status_code
        for _ in range(MOST_FROM_AN_ADDRESS + 1)
    ]

    assert replies == [502] * MOST_FROM_AN_ADDRESS + [429]


# the provider


def test_a_provider_that_cannot_be_asked_is_told_with_its_name(bench: Any, people: People) -> None:
    app = app_for(bench, people=people, provider=Provider("http://127.0.0.1:9", CLIENT, SECRET))

    reply = TestClient(app, base_url=HOME).get("/login/oidc")

    assert (reply.status_code, "127.0.0.1:9 cannot be asked" in reply.text) == (502, True)


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"issuer": "https://evil.example"}, "GROWLOOP_OIDC_ISSUER"),
        ({"token_endpoint": "http://evil.example/token"}, "token_endpoint"),
        ({"jwks_uri": None}, "jwks_uri"),
    ],
)
def test_a_provider_that_says_what_it_must_not_is_not_asked_further(
    knock: Knock, provider: IdentityProvider, about: dict[str, Any], told: str
) -> None:
    provider.about = about

    reply = knock().get("/login/oidc")

    assert (reply.status_code, told in reply.text) == (502, True)


def test_a_provider_without_encryption_is_refused() -> None:
    with pytest.raises(ProviderProblem, match="https"):
        Provider("http://login.example.org", CLIENT, SECRET)


def test_the_environment_names_all_three_or_none() -> None:
    whole = {
        "GROWLOOP_OIDC_ISSUER": "https://login.example.org/",
        "GROWLOOP_OIDC_CLIENT_ID": CLIENT,
        "GROWLOOP_OIDC_CLIENT_SECRET": SECRET,
    }
    found = Provider.from_environment(whole)

    assert found is not None
    assert found.name == "login.example.org"
    assert Provider.from_environment({}) is None
    with pytest.raises(GrowloopError, match="Not set: GROWLOOP_OIDC_CLIENT_SECRET"):
        Provider.from_environment(whole | {"GROWLOOP_OIDC_CLIENT_SECRET": " "})


@pytest.mark.parametrize("text", ["", "%", "e30", "bm8", "ü"])
def test_what_no_browser_was_given_is_not_read(text: str) -> None:
    assert Started.unpacked(text) is None
