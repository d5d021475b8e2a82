"""What goes wrong, told to whoever asked: JSON to the API, a page to a person."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from growloop.errors import (
    BadData,
    GrowloopError,
    MissingExtra,
    ModelProblem,
    NotAllowed,
    NotFound,
    NothingToDo,
    NotIndexed,
    Overtaken,
    ProviderProblem,
    UnknownColumns,
)
from growloop.web.render import page

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

BROKEN = "Something broke in growloop. What failed stands in the terminal that serves this page."

_STATUS: dict[type[GrowloopError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    NothingToDo: 409,
    Overtaken: 409,
    BadData: 422,
    ModelProblem: 503,
    NotIndexed: 503,
    MissingExtra: 503,
    ProviderProblem: 502,
}


def problem(request: Request, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """A refusal with its reason, in the form the asker reads."""
    if request.url.path.startswith(("/api/", "/health")):
        return JSONResponse({"error": {"status": status, "message": message}}, status, headers)
    return page(request, "problem.html", {"status": status, "message": message}, status=status, headers=headers)


def status_of(error: GrowloopError) -> int:
    """The HTTP status for what the user can fix."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)


def read_validation(error: ValidationError) -> str:
    """What is wrong with the fields that were sent, in one line."""
    return "; ".join(f"{'.'.join(map(str, found['loc'])) or 'body'}: {found['msg']}" for found in error.errors())


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent. Raises HTTPException where it is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "Send JSON, with the header Content-Type: application/json.")
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:  # the latter: nested without end
        raise HTTPException(400, f"What was sent is not JSON: {error}.") from None
    if not isinstance(body, dict):
        raise HTTPException(400, "Send a JSON object with named fields.")
    return body


async def _yours_to_fix(request: Request, error: GrowloopError) -> Response:
    return problem(request, status_of(error), str(error))


async def _which_columns(request: Request, error: UnknownColumns) -> Response:
    """What is wrong, and what a person can choose from to put it right."""
    told = {"status": status_of(error), "message": str(error), "columns": error.columns}
    return JSONResponse({"error": told}, status_of(error))


async def _invalid(request: Request, error: ValidationError) -> Response:
    return problem(request, 422, read_validation(error))


async def _refused(request: Request, error: HTTPException) -> Response:
    return problem(request, error.status_code, error.detail, dict(error.headers or {}))


async def _ours_to_fix(request: Request, error: Exception) -> Response:
    return problem(request, 500, BROKEN, SECURITY_HEADERS)


HANDLERS: dict[Any, Any] = {
    UnknownColumns: _which_columns,
    GrowloopError: _yours_to_fix,
    ValidationError: _invalid,
    HTTPException: _refused,
    Exception: _ours_to_fix,
}
"""How each kind of error is answered; a 500 passes outside the guard and brings its headers along."""
