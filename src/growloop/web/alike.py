"""What a correction may be true of as well, looked through and saved at once: a page, and the same for programs."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from growloop.errors import BadData, GrowloopError
from growloop.loop.alike import MOST
from growloop.records.base import Record
from growloop.web.desk import Judged, desk_of
from growloop.web.door import person_of, tell
from growloop.web.pages import number_in
from growloop.web.problems import json_body, status_of
from growloop.web.render import page


class Repeat(Record):
    """Which examples a correction is saved for as well."""

    examples: tuple[str, ...] = Field(min_length=1, max_length=MOST)
    """Their ids."""


async def like(request: Request) -> Response:
    """A correction, the `examples` like it that nobody has judged, how many are left to others, what was `saved`."""
    found = await desk_of(request).like(request.path_params["number"], person_of(request))
    told = {"annotation": found.annotation.model_dump(mode="json"), "examples": found.examples.to_dicts()}
    return JSONResponse({**told, "saved": found.saved, "before_others": found.before_others})


async def save(request: Request) -> Response:
    """Saves a correction for `examples` like it, all or none; replies with the verdicts."""
    judged = await _saved(request, Repeat.model_validate(await json_body(request)))
    return JSONResponse({"annotations": [each.as_json() for each in judged]}, 201)


async def take_back(request: Request) -> Response:
    """Takes back, all at once, what a correction was saved for besides; it stays on record."""
    return JSONResponse({"ids": await _taken_back(request), "withdrawn": True})


async def like_page(request: Request) -> Response:
    """The page on which the examples like a correction are looked through."""
    return await _page(request)


async def save_by_form(request: Request) -> Response:
    """Saves a correction for what is ticked; back to the page, which tells what was saved."""
    ids = [str(id) for id in (await request.form()).getlist("id")]
    if not ids:
        raise BadData("Nothing was ticked. Go back and tick the examples of which it is true.")
    try:
        judged = await _saved(request, Repeat.model_validate({"examples": ids}))
    except GrowloopError as error:
        return await _page(request, complaint=str(error), status=status_of(error))
    return RedirectResponse(f"{request.url.path}?saved={len(judged)}", status_code=303)


async def take_back_by_form(request: Request) -> Response:
    """Takes all of it back; back to the page, which shows them again."""
    taken_back = len(await _taken_back(request))
    return RedirectResponse(f"/annotations/{request.path_params['number']}/like?undone={taken_back}", status_code=303)


async def _page(request: Request, *, complaint: str = "", status: int = 200) -> Response:
    desk, person = desk_of(request), person_of(request)
    found = await desk.like(request.path_params["number"], person)
    facts: dict[str, Any] = {
        "project": desk.workbench.name,
        "said": found.annotation,
        "examples": found.examples.to_dicts(),
        "most": MOST,
        "before_others": found.before_others,
        "saved": found.saved,
        "may_save": person.name in ("", found.annotation.by),
        "complaint": complaint,
        "told": _told(request),
    }
    return page(request, "alike.html", facts, status=status)


def _told(request: Request) -> str:
    done, undone = number_in(request, "saved"), number_in(request, "undone")
    if done:
        return f"{done} saved."
    return "" if undone is None else f"{undone} taken back. They stay on record, and nothing is learned from them."


async def _saved(request: Request, wanted: Repeat) -> list[Judged]:
    number: int = request.path_params["number"]
    judged = await desk_of(request).repeat(number, wanted.examples, person_of(request))
    tell(request, "repeated", f"verdict {number} on {_named([each.annotation.id for each in judged])}")
    return judged


async def _taken_back(request: Request) -> list[int]:
    number: int = request.path_params["number"]
    ids = await desk_of(request).undo_repeats(number, person_of(request))
    tell(request, "took back", f"{_named(ids)}, like verdict {number}")
    return ids


def _named(ids: list[int]) -> str:
    """Verdicts as the trail names them: `3 like it (verdicts 4, 5, 6)`."""
    return f"{len(ids)} like it (verdicts {', '.join(map(str, ids))})" if ids else "nothing"


ROUTES = [
    Route("/annotations/{number:int}/like", like_page),
    Route("/annotations/{number:int}/like", save_by_form, methods=["POST"]),
    Route("/annotations/{number:int}/like/undo", take_back_by_form, methods=["POST"]),
]
API_ROUTES = [
    Route("/annotations/{number:int}/like", like),
    Route("/annotations/{number:int}/like", save, methods=["POST"]),
    Route("/annotations/{number:int}/like", take_back, methods=["DELETE"]),
]
