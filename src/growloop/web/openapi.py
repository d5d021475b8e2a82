"""The API described: as OpenAPI 3.1 for programs, as a page for people; made from the routes and the records."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, get_args

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from growloop.records.annotation import Annotation
from growloop.records.comparison import ChangedAnswers, Outcome, RunComparison
from growloop.records.coverage import UniverseMap
from growloop.records.imports import ImportOptions
from growloop.records.job import JobReport
from growloop.records.people import Person
from growloop.records.recommendation import Recommendations
from growloop.records.report import Report
from growloop.records.status import Status
from growloop.web.agreement import LastWord
from growloop.web.alike import Repeat
from growloop.web.dataset import Decision, Edit
from growloop.web.declarations import Saved, Text
from growloop.web.desk import Question, SidedAnnotation, Wanted, desk_of
from growloop.web.imports import UPLOAD_KIND
from growloop.web.jobs import Asked
from growloop.web.people import Invited, Named
from growloop.web.render import page
from growloop.web.survey import Preview

BASE = "/api/v1"
_TAKES: dict[str, type[BaseModel]] = {
    "POST /ask": Question,
    "POST /ask/events": Question,
    "POST /annotations": Annotation,
    "POST /annotations/{number}/like": Repeat,
    "POST /queue/lease": Wanted,
    "POST /imports/{id}/preview": ImportOptions,
    "POST /imports/{id}/run": ImportOptions,
    "POST /jobs": Asked,
    "POST /examples/{id}": Edit,
    "POST /examples/decide": Decision,
    "POST /draws/preview": Preview,
    "POST /agreement/{example}": LastWord,
    "POST /people/invite": Invited,
    "POST /people/role": Invited,
    "POST /people/remove": Named,
    "PUT /declarations/{name}": Saved,
    "POST /declarations/{name}/check": Text,
}
_GIVES: dict[str, type[BaseModel]] = {
    "GET /status": Status,
    "GET /me": Person,
    "POST /annotations": SidedAnnotation,
    "POST /agreement/{example}": SidedAnnotation,
    "POST /jobs": JobReport,
    "GET /jobs/{id}": JobReport,
    "POST /jobs/{id}/cancel": JobReport,
    "POST /jobs/{id}/resume": JobReport,
    "GET /map": UniverseMap,
    "GET /iterations/{number}": Report,
    "GET /recommendations": Recommendations,
    "GET /compare": RunComparison,
    "GET /compare/answers": ChangedAnswers,
}
_NUMBER, _TEXT = {"type": "integer", "minimum": 0, "maximum": 2**31}, {"type": "string"}
_MANY = {"type": "integer", "minimum": 1, "maximum": 500}
_PAGE = {"offset": _NUMBER, "limit": _MANY}
_WHERE = {"type": "array", "items": _TEXT, "description": "NAME=VALUE, as often as there are coordinates."}
_ASKS: dict[str, dict[str, Any]] = {
    "GET /annotations": _PAGE,
    "GET /queue": _PAGE,
    "GET /trail": _PAGE,
    "GET /examples": {
        "where": _WHERE,
        **dict.fromkeys(("status", "origin", "text"), _TEXT),
        "sort": {"enum": ["", "worst"]},
        **dict.fromkeys(("after", "before"), _NUMBER),
        "limit": _MANY,
    },
    "GET /versions/diff": {"before": _TEXT, "after": _TEXT, "where": _WHERE, "limit": _MANY},
    "GET /map": {"rows": _TEXT, "columns": _TEXT},
    "GET /recommendations": {"run": _TEXT},
    "GET /compare": {"before": _TEXT, "after": _TEXT},
    "GET /compare/answers": {
        **dict.fromkeys(("before", "after"), _TEXT),
        "where": _WHERE,
        "outcome": {"enum": ["", *get_args(Outcome)]},
        **_PAGE,
    },
    "POST /imports": {"name": _TEXT},
    "GET /jobs": {"before": _TEXT},
    "GET /jobs/{id}/log": {"after": _NUMBER},
}
"""What a query may hold."""
_LINES, _EVENTS = "application/x-ndjson", "text/event-stream"
_KINDS = {
    "POST /imports/{id}/run": _LINES,
    "GET /rejected": _LINES,
    "POST /ask/events": _EVENTS,
    "GET /jobs/events": _EVENTS,
    "GET /jobs/{id}/events": _EVENTS,
    "GET /docs": "text/html",
}
"""In what form a call replies where it is not JSON."""
_CREATES = frozenset(
    {"POST /annotations", "POST /annotations/{number}/like", "POST /imports", "POST /agreement/{example}", "POST /jobs"}
)
_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {"status": {"type": "integer"}, "message": {"type": "string"}},
            "required": ["status", "message"],
        }
    },
    "required": ["error"],
}


async def described(request: Request) -> Response:
    """This description."""
    return JSONResponse(description(request.app.routes))


async def docs(request: Request) -> Response:
    """The same for people to read."""
    found = description(request.app.routes)
    calls = [
        (method.upper(), path, call, _fields(call, found["components"]["schemas"]))
        for path, of_path in found["paths"].items()
        for method, call in of_path.items()
    ]
    return page(request, "api.html", {"project": desk_of(request).workbench.name, "calls": calls})


def description(routes: list[Any]) -> dict[str, Any]:
    """An OpenAPI document of what is mounted under /api/v1."""
    schemas: dict[str, Any] = {"Error": _ERROR}
    paths: dict[str, dict[str, Any]] = {}
    for route in _api_routes(routes):
        for method in sorted((route.methods or set()) - {"HEAD"}):
            call = f"{method} {route.path_format}"
            paths.setdefault(f"{BASE}{route.path_format}", {})[method.lower()] = _operation(route, call, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "growloop", "version": version("growloop")},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "security": [{"key": []}, {}],
    }


def _api_routes(routes: list[Any]) -> Iterator[Route]:
    mounted = next(route for route in routes if isinstance(route, Mount) and route.path == BASE)
    yield from (route for route in mounted.routes if isinstance(route, Route))


def _operation(route: Route, call: str, schemas: dict[str, Any]) -> dict[str, Any]:
    told = (route.endpoint.__doc__ or "").partition("\n")[0]
    taken, given = _TAKES.get(call), _GIVES.get(call)
    shown = _schema(given, "serialization", schemas) if given else {}
    good = {"description": "Done.", "content": {_KINDS.get(call, _JSON): {"schema": shown}}}
    bad = {"description": "Why not.", "content": _json({"$ref": "#/components/schemas/Error"})}
    found: dict[str, Any] = {"summary": told, "operationId": call.lower().translate(_WORDS)}
    found["responses"] = {"201" if call in _CREATES else "200": good, "default": bad}
    found["parameters"] = [_parameter(name, one) for name, one in route.param_convertors.items()]
    found["parameters"] += [{"name": name, "in": "query", "schema": one} for name, one in _ASKS.get(call, {}).items()]
    if taken:
        found["requestBody"] = {"required": True, "content": _json(_schema(taken, "validation", schemas))}
    if call == "POST /imports":
        found["requestBody"] = {"required": True, "content": {UPLOAD_KIND: {}}}
    return found


_WORDS = str.maketrans(dict.fromkeys(" /", "_") | dict.fromkeys("{}"))


def _parameter(name: str, convertor: Any) -> dict[str, Any]:
    kind = "integer" if convertor.regex == "[0-9]+" else "string"
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


_JSON = "application/json"


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {_JSON: {"schema": schema}}


def _schema(record: type[BaseModel], mode: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """A reference to a record's schema, which is put among the others."""
    schema = record.model_json_schema(mode=mode, ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    if mode == "validation" and record is Annotation:  # the server gives these
        for name in ("id", "at", "withdrawn"):
            schema["properties"].pop(name)
        schema["required"].remove("at")
    name = f"{record.__name__}{'Sent' if mode == 'validation' else ''}"
    schemas[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


def _fields(call: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    """The names of the fields that a call takes."""
    if _JSON not in call.get("requestBody", {}).get("content", {}):
        return []
    reference = call["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return list(schemas[reference.rpartition("/")[2]]["properties"])


ROUTES = [Route("/openapi.json", described), Route("/docs", docs)]
