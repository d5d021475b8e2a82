"""The API under /api/v1: records in, records out, errors as `{"error": {"status", "message"}}`."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from growloop.web import (
    agreement,
    alike,
    comparison,
    dataset,
    declarations,
    imports,
    jobs,
    openapi,
    people,
    rounds,
    survey,
)
from growloop.web.desk import PAGE, Question, Wanted, desk_of, tell_verdict
from growloop.web.door import person_of, tell, untold
from growloop.web.events import answer_told, reply_as_json, streamed
from growloop.web.problems import json_body

_MOST = 500
"""Verdicts in one reply."""


async def health(request: Request) -> Response:
    """That the server answers."""
    return JSONResponse({"status": "ok"})


async def status(request: Request) -> Response:
    """Where the project stands."""
    return JSONResponse((await desk_of(request).status()).model_dump(mode="json"))


async def ask(request: Request) -> Response:
    """The answer of the model in use, or another `by`, read from `context` or from what the indexer finds."""
    untold(request)
    return JSONResponse(reply_as_json(await desk_of(request).ask(await json_body(request))))


async def ask_aloud(request: Request) -> Response:
    """Server-sent events: `text`, the answer so far, as it is written; then `answer`, all of it, or `error`."""
    untold(request)
    asked = Question.model_validate(await json_body(request))
    return streamed(answer_told(desk_of(request), asked))


async def save(request: Request) -> Response:
    """A verdict: the fields of an annotation, but for those the server gives (`id`, `at`, `withdrawn`)."""
    judged = await desk_of(request).save(await json_body(request), person_of(request))
    tell_verdict(request, judged)
    return JSONResponse(judged.as_json(), 201)


async def verdicts(request: Request) -> Response:
    """Verdicts, newest first: `offset`, `limit`."""
    offset, limit = _number(request, "offset", 0, 2**31), _number(request, "limit", PAGE, _MOST)
    page = await desk_of(request).page(offset, limit)
    listed = [judged.as_json() for judged in page.verdicts]
    return JSONResponse({"annotations": listed, "total": page.total, "offset": offset, "limit": limit})


async def queue(request: Request) -> Response:
    """What waits for a person, the most urgent first: `offset`, `limit`."""
    offset, limit = _number(request, "offset", 0, 2**31), _number(request, "limit", PAGE, _MOST)
    waiting = await desk_of(request).queue(offset, limit)
    return JSONResponse({"examples": waiting.examples, "total": waiting.total, "offset": offset, "limit": limit})


async def take(request: Request) -> Response:
    """The next that wait for the asker and for nobody else meanwhile: `limit`, `but` these, and `keep` those."""
    untold(request)
    wanted = Wanted.model_validate(await json_body(request))
    waiting = await desk_of(request).take(wanted, person_of(request))
    return JSONResponse({"examples": waiting.examples, "total": waiting.total})


async def undo(request: Request) -> Response:
    """Takes a verdict back; it stays on record."""
    number: int = request.path_params["number"]
    await desk_of(request).undo(number, person_of(request))
    tell(request, "took back", f"verdict {number}")
    return JSONResponse({"id": number, "withdrawn": True})


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= most):
        raise HTTPException(400, f"{name}={text}: a whole number from 0 to {most} is needed.")
    return int(text)


ROUTES = [
    Route("/health", health),
    Mount(
        "/api/v1",
        routes=[
            Route("/status", status),
            Route("/ask", ask, methods=["POST"]),
            Route("/ask/events", ask_aloud, methods=["POST"]),
            Route("/queue", queue),
            Route("/queue/lease", take, methods=["POST"]),
            Route("/annotations", verdicts),
            Route("/annotations", save, methods=["POST"]),
            Route("/annotations/{number:int}/undo", undo, methods=["POST"]),
            Route("/annotations/{number:int}", undo, methods=["DELETE"]),
            *alike.API_ROUTES,
            *imports.ROUTES,
            *jobs.ROUTES,
            *dataset.ROUTES,
            *survey.ROUTES,
            *rounds.ROUTES,
            *comparison.ROUTES,
            *declarations.ROUTES,
            *people.API_ROUTES,
            *agreement.API_ROUTES,
            *openapi.ROUTES,
        ],
    ),
]
