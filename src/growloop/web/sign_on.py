"""Coming in through an identity provider: sent there, and back with a code."""

from __future__ import annotations

import hmac
from functools import partial

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from growloop.errors import GrowloopError, NotAllowed, NotFound
from growloop.web.door import cookie_name, home_of, is_encrypted
from growloop.web.people import come_in, log_in_again, own_path
from growloop.web.problems import status_of
from growloop.web.provider import Provider, Started
from growloop.web.reception import address_of, reception_of

START, BACK = "/login/oidc", "/login/oidc/back"
_SECONDS = 600
"""How long one may take to log in there."""


async def leave(request: Request) -> Response:
    """Sends somebody to the identity provider; what they have to bring back stays in a cookie of this browser."""
    goes_to = own_path(request.query_params.get("next", "/"))
    try:
        start = partial(_provider_of(request).start, _back(request), goes_to)
        address, started = await run_sync(start, limiter=reception_of(request).few_away)
    except GrowloopError as error:
        return log_in_again(request, str(error), status_of(error), goes_to=goes_to)
    reply = RedirectResponse(address, status_code=303)
    reply.set_cookie(
        _cookie(request),
        started.packed(),
        max_age=_SECONDS,
        path=START,
        httponly=True,
        samesite="lax",  # it has to be there when the provider sends them back
        secure=is_encrypted(request),
    )
    return reply


async def come_back(request: Request) -> Response:
    """Starts a session for whom the provider vouches, or says why not."""
    try:
        started = _brought(request)
        reply = await _let_in(request, started)
    except GrowloopError as error:
        reply = log_in_again(request, str(error), status_of(error))
    except HTTPException as refused:
        reply = log_in_again(request, refused.detail, refused.status_code, headers=refused.headers)
    reply.delete_cookie(_cookie(request), path=START)
    return reply


async def _let_in(request: Request, started: Started) -> Response:
    provider, reception = _provider_of(request), reception_of(request)
    proof = partial(provider.identity, request.query_params.get("code", ""), _back(request), started)
    identity = await reception.hear(None, address_of(request), proof, reception.few_away)
    arrive = partial(reception.people.come_in, identity, newcomers=provider.welcomes(identity))
    secret, _ = await run_sync(arrive)
    return come_in(request, secret, own_path(started.goes_to))


def _brought(request: Request) -> Started:
    """What this browser was given when it left. Raises NotAllowed where it does not fit what came back."""
    started = Started.unpacked(request.cookies.get(_cookie(request), ""))
    state = request.query_params.get("state", "")
    if started is None or not hmac.compare_digest(started.state.encode(), state.encode("utf-8", "replace")):
        raise NotAllowed("This log-in was not begun in this browser, or more than ten minutes ago. Begin it again.")
    error = request.query_params.get("error")
    if error:
        said = request.query_params.get("error_description") or error
        raise NotAllowed(f"The identity provider did not let you in: {said[:300]}")
    return started


def _provider_of(request: Request) -> Provider:
    found: Provider | None = request.app.state.provider
    if found is None:
        raise NotFound("This server knows no identity provider.")
    return found


def _back(request: Request) -> str:
    return f"{home_of(request)}{BACK}"


def _cookie(request: Request) -> str:
    return f"{cookie_name(request)}_oidc"


ROUTES = [Route(START, leave), Route(BACK, come_back)]
