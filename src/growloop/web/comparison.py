"""Two turns held against each other in the browser and by the API: verdicts, and the answers that changed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from pydantic import Field
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from growloop import loop
from growloop.errors import BadData, GrowloopError, NothingToDo
from growloop.loop.comparing import OUTCOMES, run_named
from growloop.project import Project
from growloop.records.base import Record
from growloop.records.comparison import ChangedAnswers, Outcome, RunComparison
from growloop.web.dataset import where_of
from growloop.web.opened import project_of
from growloop.web.problems import status_of
from growloop.web.render import page
from growloop.web.rounds import before

SHOWN = 30
"""Answers on one page."""
SLICES_AT_ONCE = 10
"""Slices that are seen without opening the rest."""
_MOST = 500
_FAR = 2**53


class Pair(Record):
    """What is held against what, and which of the answers that changed are asked for."""

    before: str = Field(max_length=200)
    after: str = Field(max_length=200)
    where: dict[str, str] = Field(default_factory=dict)
    outcome: Outcome | Literal[""] = ""
    offset: int = Field(default=0, ge=0, le=_FAR)
    limit: int = Field(default=SHOWN, ge=1, le=_MOST)

    @classmethod
    def of(cls, sent: QueryParams, usual: tuple[str, str] | None = None) -> Pair:
        """What a query says; without `before` and `after` the `usual` pair. Raises BadData where there is none."""
        named = {name: sent[name] for name in ("before", "after") if sent.get(name)}
        if usual:
            named = {"before": usual[0], "after": usual[1], **named}
        if len(named) < 2:
            raise BadData("Say which are compared: before=1&after=2, numbers of iterations or ids of evaluations.")
        more = {name: sent[name] for name in ("outcome", "offset", "limit") if sent.get(name)}
        return cls.model_validate({**named, **more, "where": where_of(sent)})

    def query(self, **changed: Any) -> str:
        """The same as a query, but for what is changed."""
        asked = {**self.model_dump(exclude={"limit"}), **changed}
        pairs = [("where", f"{name}={value}") for name, value in asked.pop("where").items()]
        return f"?{urlencode([*((name, str(value)) for name, value in asked.items() if value), *pairs])}"


async def compared(request: Request) -> Response:
    """Two turns or evaluations, `before` and `after`, by every metric and by slice: better, worse, cannot tell."""
    asked = Pair.of(request.query_params)
    found = await run_sync(_compared, project_of(request), asked)
    return JSONResponse(found.model_dump(mode="json"))


async def changed(request: Request) -> Response:
    """The answers that changed from `before` to `after`: `where`, `outcome` (won, lost, tied), `limit`, `offset`."""
    asked = Pair.of(request.query_params)
    found = await run_sync(_changed, project_of(request), asked)
    return JSONResponse(found.model_dump(mode="json"))


async def held(request: Request) -> Response:
    """The page on which two turns are compared row by row."""
    facts, status = await run_sync(_facts, project_of(request), request.query_params)
    return page(request, "compare.html", facts, status=status)


def _facts(project: Project, sent: QueryParams) -> tuple[dict[str, Any], int]:
    """What the page shows, and its status; what cannot be compared is told on it."""
    turns = project.iterations()
    last = max((turn.number for turn in turns), default=None)
    against = before(turns, last) if last is not None else None
    facts: dict[str, Any] = {"project": project.task.name, "turns": turns[::-1], "asked": None, "complaint": ""}
    facts |= {"found": None, "changed": None, "outcomes": OUTCOMES, "at_once": SLICES_AT_ONCE}
    usual = (str(against), str(last)) if against is not None else None
    if usual is None and not sent.get("before"):
        return facts, 200
    try:
        facts["asked"] = asked = Pair.of(sent, usual)
        facts |= {"found": _compared(project, asked), "changed": _changed(project, asked)}
    except NothingToDo as error:
        return {**facts, "complaint": str(error)}, 200
    except GrowloopError as error:
        return {**facts, "complaint": str(error)}, status_of(error)
    return facts, 200


def _compared(project: Project, asked: Pair) -> RunComparison:
    return _of_runs(project, *(run_named(project, name).id for name in (asked.before, asked.after)))


@lru_cache(maxsize=16)
def _of_runs(project: Project, before: str, after: str) -> RunComparison:
    """Kept while the declarations stay: runs do not change, and drawing thousands of times takes a while."""
    return loop.compare(project, before, after)


def _changed(project: Project, asked: Pair) -> ChangedAnswers:
    return loop.changed_answers(
        project,
        asked.before,
        asked.after,
        where=asked.where,
        outcome=asked.outcome or None,
        limit=asked.limit,
        offset=asked.offset,
    )


ROUTES = [
    Route("/compare", compared),
    Route("/compare/answers", changed),
]
PAGES = [Route("/compare", held)]
