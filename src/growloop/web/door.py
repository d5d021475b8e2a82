"""Who is at the door, and what each may do: users by session or key, and whoever has the server's token."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from growloop.errors import NotAllowed
from growloop.people import SESSION_SECONDS, People
from growloop.records.people import Person, Role
from growloop.web.problems import problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN_PATHS = ("/health", "/static/")
_WAYS_IN = ("/login", "/invitation/")
_NEEDED: list[tuple[str, Role]] = [
    ("/ask", "viewer"),
    ("/logout", "viewer"),
    ("/account", "viewer"),
    ("/annotations", "annotator"),
    ("/queue", "annotator"),
    ("/agreement", "annotator"),
    ("/dataset", "annotator"),
    ("/examples", "annotator"),
    ("/draws/preview", "viewer"),
    ("/declarations/task.yaml/check", "viewer"),
    ("/declarations/universe.yaml/check", "viewer"),
]
"""What sends something to these addresses needs; whatever changes anything else needs an admin."""
_PRIVATE = ("/people", "/trail")
"""Not even to be looked at but by an admin."""


class Door:
    """Tells people apart. Without people and token, everybody who gets here may do everything, if it `is_open`."""

    def __init__(self, people: People | None = None, token: str | None = None, *, is_open: bool = True) -> None:
        self._people = people
        self._token = token
        self._is_open = is_open and token is None

    async def meet(self, request: Request) -> Response | None:
        """What stops them; None where they may pass. Who it is stands in the request from then on."""
        request.state.person = Person(role="viewer")
        if request.url.path.startswith(_OPEN_PATHS):
            return None
        offered = request.query_params.get("token")
        if self._token and offered is not None and request.method == "GET":
            return self._let_in(request) if self._is_token(offered) else self._turn_away(request)
        person = await run_sync(self._recognised, request)
        if isinstance(person, Response):
            return person
        request.state.person = person or Person(role="viewer")
        return await self._unknown(request) if person is None else _refusal(request, person)

    async def has_users(self) -> bool:
        """Whether somebody can log in."""
        return self._people is not None and await run_sync(self._people.any)

    async def tell(self, request: Request) -> None:
        """Add what a request has changed to the trail, by whom; what nobody in particular did is not kept."""
        person, told = request.state.person, getattr(request.state, "told", None)
        is_known = person.name or self._token
        if self._people is None or not is_known or request.method in SAFE_METHODS or told == ():
            return
        action, about = told or (request.method.lower(), request.url.path)
        await run_sync(self._people.tell, person.name, action, about)

    def _recognised(self, request: Request) -> Person | Response | None:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._program(credentials.strip()) or self._turn_away(request)
        secret = request.cookies.get(session_cookie(request))
        person = self._people.in_session(secret) if self._people and secret else None
        if person is not None:
            return _unsigned(request) or person
        if self._token and self._has_pass(request):
            return Person(role="admin")
        is_home = self._is_open and not (self._people and self._people.any())
        return Person(role="admin") if is_home else None

    def _program(self, key: str) -> Person | None:
        if self._token and self._is_token(key):
            return Person(role="admin")
        return self._people.with_token(key) if self._people else None

    async def _unknown(self, request: Request) -> Response | None:
        if not await self.has_users():
            return self._turn_away(request)
        path = request.url.path
        if path.startswith(_WAYS_IN):
            return None
        if request.method == "GET" and not path.startswith("/api/"):
            return RedirectResponse(f"/login?next={quote(path)}", status_code=303)
        return self._turn_away(request, "Log in first, at /login; a program sends its key:  Authorization: Bearer KEY")

    def _is_token(self, offered: str) -> bool:
        return hmac.compare_digest(offered.encode("utf-8", "replace"), (self._token or "").encode())

    def _has_pass(self, request: Request) -> bool:
        offered = request.cookies.get(cookie_name(request), "")
        return hmac.compare_digest(offered.encode("utf-8", "replace"), _pass(self._token or "").encode())

    def _turn_away(self, request: Request, message: str = "") -> Response:
        message = (
            message or "This server needs its token. Open the link that growloop serve printed; it ends in ?token=…"
        )
        return problem(request, 401, message, {"WWW-Authenticate": "Bearer"})

    def _let_in(self, request: Request) -> Response:
        # A strict cookie is not sent along a redirect that began on another site (a link in a chat, say);
        # from there the reply is a page that moves on by itself.
        from_elsewhere = request.headers.get("sec-fetch-site") == "cross-site"
        reply = HTMLResponse(_MOVES_ON) if from_elsewhere else RedirectResponse("/", status_code=303)
        name, value = cookie_name(request), _pass(self._token or "")
        reply.set_cookie(name, value, httponly=True, samesite="strict", secure=is_encrypted(request))
        return reply


def person_of(request: Request) -> Person:
    """Who sent a request."""
    person: Person = request.state.person
    return person


def tell(request: Request, action: str, about: str) -> None:
    """What the trail is to say that a request did; otherwise it names the address."""
    request.state.told = (action, about)


def untold(request: Request) -> None:
    """Keep a request out of the trail: it changes nothing, or wrote its line together with the change."""
    request.state.told = ()


def session_cookie(request: Request) -> str:
    """The name of the cookie of a session."""
    return f"{cookie_name(request)}_session"


def start_session(request: Request, reply: Response, secret: str) -> None:
    """Leave the cookie of a session; no script sees it, and no other site's form carries it."""
    reply.set_cookie(
        session_cookie(request),
        secret,
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="lax",
        secure=is_encrypted(request),
    )


def needed_role(method: str, path: str) -> Role:
    """What one has to be for a request.

    >>> needed_role("GET", "/queue"), needed_role("POST", "/api/v1/queue/lease"), needed_role("POST", "/import")
    ('viewer', 'annotator', 'admin')
    """
    place = path.removeprefix("/api/v1")
    if method in SAFE_METHODS:
        return "admin" if _is_at(place, _PRIVATE) else "viewer"
    return next((role for start, role in _NEEDED if _is_at(place, (start,))), "admin")


def home_of(request: Request) -> str:
    """The address of this server as the browser knows it: `https://qa.example.org`."""
    return f"{'https' if is_encrypted(request) else 'http'}://{request.url.netloc}"


def _is_at(place: str, starts: tuple[str, ...]) -> bool:
    return any(place == start or place.startswith(f"{start}/") for start in starts)


def _refusal(request: Request, person: Person) -> Response | None:
    needed = "viewer" if request.url.path.startswith(_WAYS_IN) else needed_role(request.method, request.url.path)
    if person.may(needed):
        return None
    return problem(request, 403, str(NotAllowed(f"{person.name} is {_A[person.role]} here; this is for {_A[needed]}.")))


_A = {"admin": "an admin", "annotator": "an annotator", "viewer": "a viewer"}


def _unsigned(request: Request) -> Response | None:
    """A session's cookie alone changes nothing: a browser also says where a form or a script was sent from."""
    is_signed = {"origin", "sec-fetch-site"} & set(request.headers.keys())
    if request.method in SAFE_METHODS or is_signed:
        return None
    return problem(request, 403, "This does not say where it was sent from. A program uses a key, not a session.")


_MOVES_ON = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>growloop</title>'


def _pass(token: str) -> str:
    """What the cookie holds: not the token itself, and plain letters whatever the token is made of."""
    return hashlib.sha256(b"growloop pass " + token.encode()).hexdigest()


def cookie_name(request: Request) -> str:
    """Cookies do not tell ports apart; two projects served side by side need two names."""
    server: Any = request.scope.get("server")
    return f"growloop_{server[1] if server and server[1] else 80}"


def is_encrypted(request: Request) -> bool:
    """Whether the browser speaks TLS, to us or to a proxy before us; who lies about it harms only their own cookie."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
