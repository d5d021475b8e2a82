"""Who may speak to the server, from where, and how much.

Against another site's page in the same browser: the Host header must name this server (DNS rebinding), and
whatever changes something must come from its own pages (cross-site forgery). Against others on the network: the
door. Against accidents: a limit on what is sent.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from growloop.web.door import SAFE_METHODS, Door
from growloop.web.problems import SECURITY_HEADERS, problem
from growloop.web.uploads import UPLOAD_LIMIT

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
BODY_LIMIT = 1_000_000
"""Bytes in one request: a question, a context of some hundred pages, an answer. Files have a limit of their own."""
UPLOAD_PATH = "/api/v1/imports"


class Guard:
    """Lets through what may pass, and puts the security headers on every reply."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: frozenset[str] | None = LOOPBACK,
        door: Door,
        upload_limit: int = UPLOAD_LIMIT,
    ) -> None:
        """`hosts` are the names it answers to as long as nobody has to say who they are; None: to any."""
        self._app = app
        self._hosts = hosts
        self._door = door
        self._upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        request = Request(scope, receive)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] < 400:
                    await self._door.tell(request)
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        refusal = await self._stranger(request) or self._forged(request) or await self._door.meet(request)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        if request.method == "POST" and request.url.path == UPLOAD_PATH:
            await self._stream(request, receive, send_guarded)
            return
        try:
            body = await _limited_body(request)
        except ClientDisconnect:
            return
        if body is None:
            told = f"More than {megabytes(BODY_LIMIT)} was sent at once. Shorten the context."
            await problem(request, 413, told)(scope, receive, send_guarded)
            return
        await self._app(scope, _replay(body, receive), send_guarded)

    async def _stream(self, request: Request, receive: Receive, send: Send) -> None:
        """A file: it goes through part by part, and is stopped where it grows too large."""
        told = f"The file is larger than {megabytes(self._upload_limit)}, the limit here. Use:  growloop import FILE"
        if _announced(request) > self._upload_limit:
            await problem(request, 413, told)(request.scope, receive, send)
            return
        await self._app(request.scope, _bounded(receive, self._upload_limit, told), send)

    async def _stranger(self, request: Request) -> Response | None:
        """A Host header that is not ours: another site's name was pointed at this machine."""
        name = _host_name(request.headers.get("host", ""))
        # With a token or users, the secret is what counts: a page under a foreign name has no cookie of ours.
        if self._hosts is None or name in self._hosts or await self._door.has_users():
            return None
        return problem(
            request, 403, f"This server does not answer to that name. Open it as http://127.0.0.1:{_port(request)}"
        )

    def _forged(self, request: Request) -> Response | None:
        """Something that changes state, sent by another site's page."""
        if request.method in SAFE_METHODS:
            return None
        site = request.headers.get("sec-fetch-site", "same-origin")
        origin = request.headers.get("origin")
        if site in ("same-origin", "none") and (origin is None or _is_own(origin, request.headers)):
            return None
        return problem(request, 403, "This came from another site and was refused. Use the growloop page itself.")


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _port(request: Request) -> int:
    server = request.scope.get("server")
    return server[1] if server and server[1] else 80


def _is_own(origin: str, headers: Headers) -> bool:
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""


def is_this_machine(host: str) -> bool:
    """True for a name or address that only this machine can reach."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def megabytes(size: int) -> str:
    """A limit as one reads it: `1,000 MB`."""
    return f"{size / 1_000_000:,.4g} MB" if size < 1_000_000 else f"{size // 1_000_000:,} MB"


def _announced(request: Request) -> float:
    """How many bytes are said to come; without end where it is no number."""
    announced = request.headers.get("content-length", "0")
    return int(announced) if announced.isascii() and announced.isdigit() else float("inf")


def _bounded(receive: Receive, limit: int, told: str) -> Receive:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise HTTPException(413, told)
        return message

    return counted


async def _limited_body(request: Request) -> bytes | None:
    """What was sent; None where it is more than the limit."""
    if _announced(request) > BODY_LIMIT:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_LIMIT:
            return None
        parts.append(part)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def replayed() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
