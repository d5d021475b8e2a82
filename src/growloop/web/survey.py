"""The universe map in the browser and by the API: coverage and score, and drawing where either lacks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from pydantic import Field
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from growloop import loop
from growloop.errors import BadData, GrowloopError, NothingToDo
from growloop.project import Project
from growloop.records.base import Record
from growloop.records.coverage import Charted, UniverseMap
from growloop.reporting.charts import RAMP_ENDS
from growloop.reporting.figures import metric_label
from growloop.reporting.versions import example_facts
from growloop.web.door import untold
from growloop.web.opened import project_of
from growloop.web.problems import json_body, status_of
from growloop.web.render import page

MOST_PREVIEWED = 2_000
"""A preview is drawn while somebody waits for it; more is drawn by a job."""
PREVIEWED = 8
"""Examples that a preview shows."""
DRAWN_AT_LEAST = 10
_MOST_KEPT = 20


class Preview(Record):
    """What a draw would bring."""

    n: int = Field(ge=1, le=MOST_PREVIEWED)
    where: dict[str, str] = Field(default_factory=dict)
    seed: int | None = None


async def charted(request: Request) -> Response:
    """Every combination of the coordinates `rows` and `columns`, with its examples and its score."""
    sent = request.query_params
    found = await run_sync(_map_of, request, sent.get("rows", ""), sent.get("columns", ""))
    return JSONResponse(found.model_dump(mode="json"))


async def preview(request: Request) -> Response:
    """What a draw of `n` at `where` would bring into the pool: how many, and the first of them. Nothing is changed."""
    wanted = Preview.model_validate(await json_body(request))
    untold(request)
    return JSONResponse(await run_sync(_previewed, project_of(request), wanted))


async def survey(request: Request) -> Response:
    """The page of the map; with `row` and `column`, what is at one place of it; with `draw`, what would be drawn."""
    facts, status = await run_sync(_facts, request)
    return page(request, "map.html", {"project": project_of(request).task.name, **facts}, status=status)


def _map_of(request: Request, rows: str, columns: str) -> UniverseMap:
    """A map, made anew only where something may have changed: who goes from place to place does not wait each time."""
    project = project_of(request)
    maps: dict[tuple[object, ...], UniverseMap] = request.app.state.maps
    key = (project, loop.map_state(project), rows, columns)
    if key not in maps:
        if len(maps) >= _MOST_KEPT:
            maps.clear()
        maps[key] = loop.universe_map(project, rows, columns)
    return maps[key]


def _facts(request: Request) -> tuple[dict[str, Any], int]:
    """What the page shows, and its status; what cannot be shown is told on it."""
    project, sent = project_of(request), request.query_params
    facts: dict[str, Any] = {"map": None, "known": (), "complaint": "", "empty": False, "place": None, "preview": None}
    facts |= {"draws": project.universe is not None, "most": MOST_PREVIEWED, "n": 0, "by": "score"}
    try:
        facts |= _map_facts(_map_of(request, sent.get("rows", ""), sent.get("columns", "")), sent)
        facts |= _at_place(project, facts["map"], sent)
    except NothingToDo:
        facts["empty"] = True
    except GrowloopError as error:
        return {**facts, "complaint": str(error)}, status_of(error)
    return facts, 200


def _map_facts(found: UniverseMap, sent: QueryParams) -> dict[str, Any]:
    return {
        "map": found,
        "known": found.known,
        "rows": found.rows,
        "columns": found.columns,
        "cells": {(cell.row, cell.column): cell for cell in found.cells},
        "step": step,
        "told": told,
        "metric": metric_label(found.metric) if found.metric else "",
        "by": "coverage" if sent.get("by") == "coverage" or not found.run else "score",
    }


def _at_place(project: Project, found: UniverseMap, sent: QueryParams) -> dict[str, Any]:
    """What is at the place that was chosen, and what would be drawn there if that is asked for."""
    row, column = sent.get("row"), sent.get("column")
    if not row or not column:
        return {}
    where = {found.rows: row, found.columns: column}
    cell = next((cell for cell in found.cells if (cell.row, cell.column) == (row, column)), None)
    cell = cell or Charted(row=row, column=column, have=0, possible=False)
    wanted = max(DRAWN_AT_LEAST, found.at_least - cell.have)
    query = urlencode([("where", f"{name}={value}") for name, value in where.items()])
    facts: dict[str, Any] = {"place": cell, "where": where, "query": query}
    asked = sent.get("draw", "")
    if not asked:
        return {**facts, "n": wanted}
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked) <= MOST_PREVIEWED):
        raise BadData(f"{asked}: how many to draw is a whole number from 1 to {MOST_PREVIEWED:,}.")
    return {**facts, "n": int(asked), "preview": _previewed(project, Preview(n=int(asked), where=where))}


def _previewed(project: Project, wanted: Preview) -> dict[str, Any]:
    drawn = loop.preview_draw(project, wanted.n, seed=wanted.seed, where=wanted.where)
    shown = example_facts(drawn.head(PREVIEWED))
    return {"count": drawn.height, "drafts": drawn.filter(status="draft").height, "examples": shown}


def step(found: UniverseMap, cell: Charted, by: str) -> str:
    """The colour of a place: six steps from poor to good, as on the report; by coverage orange where examples lack."""
    if by == "score":
        score = cell.score.value if cell.score else None
        return "none" if score is None else str(sum(score >= end for end in RAMP_ENDS))
    if not cell.have:
        return "0"
    most = max(other.have for other in found.cells)
    return "1" if cell.have < found.at_least else str(3 + (8 * cell.have >= most) + (5 * cell.have >= 2 * most))


def told(cell: Charted, metric: str) -> str:
    """A place in words, for those who do not see its colour."""
    have = f"{cell.have:,} example{'' if cell.have == 1 else 's'}"
    if cell.score is None or cell.score.value is None:
        return f"{cell.row} × {cell.column}: {have}"
    score = f"{metric} {cell.score.value:.2f} on {cell.score.n:,} questions, {cell.wrong:,} not wholly right"
    return f"{cell.row} × {cell.column}: {have}; {score}"


ROUTES = [
    Route("/map", charted),
    Route("/draws/preview", preview, methods=["POST"]),
]
PAGES = [Route("/map", survey)]
