"""task.yaml and universe.yaml in the browser and by the API: checked as they are written, saved when they are right."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from anyio.to_thread import run_sync
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from growloop import loop
from growloop.errors import GrowloopError
from growloop.loop.editing import MOST_CHARACTERS
from growloop.project import Project
from growloop.records.base import Record
from growloop.reporting.versions import example_facts
from growloop.web.door import tell, untold
from growloop.web.opened import project_of
from growloop.web.pages import form_fields
from growloop.web.problems import json_body, status_of
from growloop.web.render import page

SHOWN_FORMER = 30


class Text(Record):
    """A declaration as somebody writes it."""

    text: str = Field(max_length=MOST_CHARACTERS)


class Saved(Text):
    """A declaration that is to be saved, over the one with this seal; `anyway`: though something is wrong with it."""

    seal: str
    anyway: bool = False


async def read(request: Request) -> Response:
    """A declaration: `text`, and the `seal` that saving it asks for."""
    return JSONResponse(asdict(await run_sync(loop.declaration, project_of(request), request.path_params["name"])))


async def check(request: Request) -> Response:
    """What is wrong with a `text`, line by line, and a few of the examples that it would draw. Nothing is saved."""
    wanted = Text.model_validate(await json_body(request))
    untold(request)
    return JSONResponse(await run_sync(_examined, project_of(request), request.path_params["name"], wanted.text))


async def save(request: Request) -> Response:
    """Saves a `text`, whole or not at all; the one before is kept."""
    return JSONResponse(asdict(await _saved(request, Saved.model_validate(await json_body(request)))))


async def former(request: Request) -> Response:
    """The texts that stood there before, the newest first."""
    kept = await run_sync(loop.former_declarations, project_of(request), request.path_params["name"])
    return JSONResponse({"former": [asdict(one) for one in kept]})


async def one_former(request: Request) -> Response:
    """One of them."""
    name, id = request.path_params["name"], request.path_params["id"]
    return JSONResponse({"text": await run_sync(loop.former_declaration, project_of(request), name, id)})


async def editor(request: Request) -> Response:
    """The page on which the declarations are edited; with `former`, a text that stood there before."""
    name = request.query_params.get("file", loop.DECLARATIONS[0])
    id = request.query_params.get("former")
    if not id:
        return await _page(request, name)
    return await _page(request, name, text=await run_sync(loop.former_declaration, project_of(request), name, id))


async def edit_by_form(request: Request) -> Response:
    """Checks or saves what the form holds; what was typed stays, whatever is wrong with it."""
    name = request.query_params.get("file", loop.DECLARATIONS[0])
    fields = await form_fields(request)
    text, seal = fields.get("text", ""), fields.get("seal", "")
    if fields.get("do") == "check":
        untold(request)
        return await _page(request, name, text=text, seal=seal)
    try:
        await _saved(request, Saved(text=text, seal=seal, anyway="anyway" in fields), name)
    except GrowloopError as error:
        return await _page(request, name, text=text, seal=seal, complaint=str(error), status=status_of(error))
    return RedirectResponse(f"/declare?file={name}&saved=1", 303)


async def _saved(request: Request, wanted: Saved, name: str = "") -> loop.Declaration:
    name, project = name or request.path_params["name"], project_of(request)

    def put() -> loop.Declaration:
        return loop.save_declaration(project, name, wanted.text, seal=wanted.seal, anyway=wanted.anyway)

    saved = await run_sync(put)
    tell(request, "saved", f"{name} ({saved.seal})")
    return saved


async def _page(
    request: Request,
    name: str,
    *,
    text: str | None = None,
    seal: str = "",
    complaint: str = "",
    status: int = 200,
) -> Response:
    project = project_of(request)
    saved = await run_sync(loop.declaration, project, name)
    shown = saved.text if text is None else text
    facts: dict[str, Any] = {
        "project": project.task.name,
        "names": loop.DECLARATIONS,
        "name": name,
        "text": shown,
        "seal": seal or saved.seal,
        "is_new": not saved.text,
        "changed": shown != saved.text,
        "complaint": complaint,
        "examined": await run_sync(_examined, project, name, shown),
        "former": (await run_sync(loop.former_declarations, project, name))[:SHOWN_FORMER],
        "shown_former": request.query_params.get("former", ""),
        "saved": "saved" in request.query_params,
    }
    return page(request, "declare.html", facts, status=status)


def _examined(project: Project, name: str, text: str) -> dict[str, Any]:
    found = loop.examine(project, name, text)
    return {
        "problems": [asdict(problem) for problem in found.problems],
        "warnings": list(found.warnings),
        "present": list(found.present),
        "preview": None if found.preview is None else example_facts(found.preview),
    }


ROUTES = [
    Route("/declarations/{name}", read),
    Route("/declarations/{name}", save, methods=["PUT"]),
    Route("/declarations/{name}/check", check, methods=["POST"]),
    Route("/declarations/{name}/former", former),
    Route("/declarations/{name}/former/{id}", one_former),
]
PAGES = [
    Route("/declare", editor),
    Route("/declare", edit_by_form, methods=["POST"]),
]
