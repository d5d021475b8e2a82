"""The pages on which people come in, see to their keys, and are let in by an admin; and the same for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from growloop.errors import BadData, GrowloopError
from growloop.people import SHORTEST_PASSWORD, People
from growloop.records.base import Record
from growloop.records.people import ROLES, Role
from growloop.web.desk import PAGE, desk_of
from growloop.web.door import home_of, person_of, session_cookie, start_session, untold
from growloop.web.pages import form_fields, number_in
from growloop.web.problems import json_body, status_of
from growloop.web.reception import address_of, reception_of
from growloop.web.render import page


class Named(Record):
    """Whom a change is about."""

    name: str = Field(max_length=200)


class Invited(Named):
    """Who is to come in, or to be something else, and as what."""

    role: Role


# coming in


async def log_in_page(request: Request) -> Response:
    """Name and password."""
    return page(request, "login.html", {"next": own_path(request.query_params.get("next", "/"))})


async def log_in(request: Request) -> Response:
    """Starts a session, or says what is wrong without saying which of the two."""
    untold(request)
    fields = await form_fields(request)
    name, goes_to = fields.get("name", ""), own_path(fields.get("next", "/"))
    try:
        found = await reception_of(request).log_in(name, fields.get("password", ""), address_of(request))
    except HTTPException as refused:
        told = {"name": name, "goes_to": goes_to, "headers": refused.headers}
        return log_in_again(request, refused.detail, refused.status_code, **told)
    if found is None:
        return log_in_again(request, "Name or password is wrong.", 401, name=name, goes_to=goes_to)
    return come_in(request, found[0], goes_to)


def log_in_again(
    request: Request,
    complaint: str,
    status: int,
    *,
    name: str = "",
    goes_to: str = "/",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The page once more, with what went wrong."""
    facts = {"next": goes_to, "name": name, "complaint": complaint}
    return page(request, "login.html", facts, status=status, headers=headers)


async def log_out(request: Request) -> Response:
    """Ends the session."""
    untold(request)
    secret = request.cookies.get(session_cookie(request), "")
    await run_sync(reception_of(request).people.log_out, secret)
    reply = RedirectResponse("/login", status_code=303)
    reply.delete_cookie(session_cookie(request))
    return reply


async def invitation(request: Request) -> Response:
    """Where somebody who was invited chooses a password."""
    person = await run_sync(reception_of(request).people.invited, request.path_params["secret"])
    return page(request, "invitation.html", {"invited": person})


async def accept(request: Request) -> Response:
    """Uses the invitation up, and starts a session."""
    untold(request)
    reception, secret = reception_of(request), request.path_params["secret"]
    fields = await form_fields(request)
    person = await run_sync(reception.people.invited, secret)
    try:
        if fields.get("password") != fields.get("again"):
            raise BadData("The two passwords are not the same.")
        await reception.hash(partial(reception.people.accept, secret, fields.get("password", "")))
    except BadData as error:
        return page(request, "invitation.html", {"invited": person, "complaint": str(error)}, status=422)
    found = await reception.hash(partial(reception.people.log_in, person.name, fields["password"]))
    return come_in(request, found[0], "/") if found else RedirectResponse("/login", status_code=303)


def come_in(request: Request, secret: str, path: str) -> Response:
    """Leads on to a path, in a session."""
    reply = RedirectResponse(path, status_code=303)
    start_session(request, reply, secret)
    return reply


def own_path(path: str) -> str:
    """A path of this server; nowhere else does a log-in lead."""
    parts = urlsplit(path)
    is_ours = not (parts.scheme or parts.netloc) and path.startswith("/") and path[1:2] not in ("/", "\\")
    return path if is_ours and path.isprintable() else "/"


# one's own


async def account(request: Request) -> Response:
    """Who one is, and the keys of one's programs."""
    return await _account_page(request)


async def make_token(request: Request) -> Response:
    """A key for a program, told once."""
    untold(request)
    name, fields = person_of(request).name, await form_fields(request)
    people = reception_of(request).people
    key = await run_sync(lambda: people.make_token(name, fields.get("label", ""), by=name))
    return await _account_page(request, key=key)


async def revoke_token(request: Request) -> Response:
    """Makes one's own key void."""
    untold(request)
    name, number = person_of(request).name, request.path_params["number"]
    people = reception_of(request).people
    await run_sync(lambda: people.revoke(number, by=name, of=name))
    return RedirectResponse("/account", status_code=303)


async def change_password(request: Request) -> Response:
    """Gives oneself another password; every other session of one's own ends."""
    untold(request)
    name, fields = person_of(request).name, await form_fields(request)
    wanted, given = fields.get("wanted", ""), fields.get("password", "")
    try:
        if wanted != fields.get("again"):
            raise BadData("The two new passwords are not the same.")
        secret = await reception_of(request).change_password(name, given, wanted, address_of(request))
    except BadData as error:
        return await _account_page(request, status=422, complaint=str(error))
    except HTTPException as refused:
        return await _account_page(request, refused.status_code, refused.headers, complaint=refused.detail)
    if secret is None:
        return await _account_page(request, status=403, complaint="That is not your password.")
    reply = await _account_page(request, is_changed=True)
    start_session(request, reply, secret)
    return reply


async def _account_page(
    request: Request, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    name, people = person_of(request).name, reception_of(request).people
    if not name:
        return RedirectResponse("/people", status_code=303)
    facts = {"user": await run_sync(people.user, name), "tokens": await run_sync(people.tokens, name)}
    facts |= {"project": desk_of(request).workbench.name, "shortest": SHORTEST_PASSWORD}
    return page(request, "account.html", {**facts, **more}, status=status, headers=headers)


# for admins


async def people_page(request: Request) -> Response:
    """Everybody, what each may do, and who changed what."""
    return await _people_page(request)


async def change(request: Request) -> Response:
    """Invites somebody, gives somebody another role, or takes access away."""
    untold(request)
    fields, act = await form_fields(request), _act(request)
    try:
        done = await _change(request, act, fields)
    except GrowloopError as error:
        return await _people_page(request, status=status_of(error), complaint=str(error), typed=fields)
    return await _people_page(request, done={"act": act, "name": fields.get("name", ""), **done})


async def _people_page(request: Request, status: int = 200, **more: Any) -> Response:
    people, offset = reception_of(request).people, number_in(request, "offset") or 0
    users = await run_sync(people.users)
    trail, total = await run_sync(people.trail, offset, PAGE)
    facts = {"project": desk_of(request).workbench.name, "users": users, "trail": trail, "total": total}
    facts |= {"roles": ROLES, "offset": offset, "limit": PAGE, "typed": {}}
    return page(request, "people.html", {**facts, **more}, status=status)


async def _change(request: Request, act: str, fields: dict[str, Any]) -> dict[str, str]:
    """What has been done; of an invitation the link, which is told once."""
    people, by = reception_of(request).people, person_of(request).name
    name = str(fields.get("name", "")).strip()
    made = await run_sync(lambda: _ACTS[act](people, name, fields, by))
    return {"link": f"{home_of(request)}/invitation/{made}"} if act == "invite" else {}


def _act(request: Request) -> str:
    return request.url.path.rpartition("/")[2]


def _role(fields: dict[str, Any]) -> Role:
    role = next((known for known in ROLES if known == fields.get("role")), None)
    if role is None:
        raise BadData(f"role: one of {', '.join(ROLES)} is needed.")
    return role


_ACTS: dict[str, Callable[[People, str, dict[str, Any], str], Any]] = {
    "invite": lambda people, name, fields, by: people.invite(name, _role(fields), by=by),
    "role": lambda people, name, fields, by: people.set_role(name, _role(fields), by=by),
    "remove": lambda people, name, fields, by: people.remove(name, by=by),
}


# for programs


async def me(request: Request) -> Response:
    """Who the server takes the asker for, and as what."""
    return JSONResponse(person_of(request).model_dump(mode="json"))


async def listed(request: Request) -> Response:
    """Everybody who can log in, or is invited to."""
    users = await run_sync(reception_of(request).people.users)
    return JSONResponse({"users": [user.model_dump(mode="json") for user in users]})


async def changed(request: Request) -> Response:
    """Invites (`name`, `role`; answers with the `link`), gives another `role`, or removes a `name`."""
    untold(request)
    act, sent = _act(request), await json_body(request)
    asked = (Named if act == "remove" else Invited).model_validate(sent)
    return JSONResponse({"name": asked.name, **await _change(request, act, asked.model_dump())})


async def trail(request: Request) -> Response:
    """Who changed what, newest first: `offset`, `limit`."""
    offset, limit = number_in(request, "offset") or 0, min(number_in(request, "limit") or PAGE, 500)
    lines, total = await run_sync(reception_of(request).people.trail, offset, limit)
    return JSONResponse({"trail": [line.model_dump(mode="json") for line in lines], "total": total})


ROUTES = [
    Route("/login", log_in_page),
    Route("/login", log_in, methods=["POST"]),
    Route("/logout", log_out, methods=["POST"]),
    Route("/invitation/{secret}", invitation),
    Route("/invitation/{secret}", accept, methods=["POST"]),
    Route("/account", account),
    Route("/account/password", change_password, methods=["POST"]),
    Route("/account/tokens", make_token, methods=["POST"]),
    Route("/account/tokens/{number:int}/revoke", revoke_token, methods=["POST"]),
    Route("/people", people_page),
    *(Route(f"/people/{act}", change, methods=["POST"]) for act in _ACTS),
]
API_ROUTES = [
    Route("/me", me),
    Route("/people", listed),
    *(Route(f"/people/{act}", changed, methods=["POST"]) for act in _ACTS),
    Route("/trail", trail),
]
