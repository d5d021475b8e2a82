"""The turns of the loop in the browser and by the API: scores, what was followed, what to do next, the reports."""

from __future__ import annotations

from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from growloop import loop
from growloop.diagnose.features import TEXT
from growloop.errors import GrowloopError, NotFound, NothingToDo
from growloop.loop.following import QUEUES
from growloop.project import Project
from growloop.records.job import ENDED, JobKind, JobReport
from growloop.records.recommendation import Recommendation, Recommendations
from growloop.records.report import Iteration
from growloop.reporting.recommendations import SCORES, hindsight_text
from growloop.web import curves
from growloop.web.desk import desk_of
from growloop.web.jobs import SHOWN
from growloop.web.opened import project_of
from growloop.web.render import page, theme_of

EVIDENCE_SHOWN = 8
"""Examples that fail, listed under a recommendation."""
_KINDS: frozenset[JobKind] = frozenset({"follow", "next", "run"})
"""The jobs that change what the page shows."""
_REPORT_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""A report brings its style along; no script runs in it, whatever stands in the file."""


async def listed(request: Request) -> Response:
    """Every turn of the loop, the first one first: data, scores, what was followed, in use or held back."""
    turns = await run_sync(project_of(request).iterations)
    return JSONResponse({"iterations": [turn.model_dump(mode="json") for turn in turns]})


async def one(request: Request) -> Response:
    """Everything the report says about one turn."""
    found = await run_sync(loop.build_report, project_of(request), request.path_params["number"])
    return JSONResponse(found.model_dump(mode="json"))


async def recommended(request: Request) -> Response:
    """What to do next about what fails, from the evaluation `run`: the last turn's, unless named."""
    found = await run_sync(loop.recommend, project_of(request), request.query_params.get("run") or None)
    return JSONResponse(found.model_dump(mode="json"))


async def followed(request: Request) -> Response:
    """Every recommendation that was followed, oldest first, and what it brought."""
    taken = await run_sync(loop.all_taken, project_of(request))
    return JSONResponse({"followed": [one.model_dump(mode="json") for one in taken]})


async def report(request: Request) -> Response:
    """The report page of a turn."""
    project, number = project_of(request), request.path_params["number"]
    path = project.inside(f"reports/{number}.html")
    if not path.is_file():
        raise NotFound(f"There is no report of iteration {number} yet:  growloop report {number}")
    text, theme = await run_sync(partial(path.read_text, encoding="utf-8")), theme_of(request)
    if theme:
        text = text.replace("<html ", f'<html data-theme="{theme}" ', 1)
    return HTMLResponse(text, headers={"Content-Security-Policy": _REPORT_POLICY})


async def rounds(request: Request) -> Response:
    """The page of the turns and of what to do next."""
    facts = await run_sync(_facts, request)
    status, is_counted = await desk_of(request).glance()  # a large pool is not waited for: the page asks afterwards
    return page(request, "iterations.html", {**facts, "because": status.because if is_counted else ""})


def _facts(request: Request) -> dict[str, Any]:
    project = project_of(request)
    turns = project.iterations()
    measured = [name for name in SCORES if any(name in turn.metrics for turn in turns)]
    drawn = [curves.score_curve(turns, name) for name in measured]
    return {
        "project": project.task.name,
        "turns": turns[::-1],
        "scores": measured,
        "curves": [curve for curve in drawn if curve],
        "drawing": curves,
        "compared_to": {turn.number: before(turns, turn.number) for turn in turns},
        "in_use": max((turn.number for turn in turns if turn.in_use), default=None),
        "reports": {turn.number for turn in turns if project.inside(f"reports/{turn.number}.html").is_file()},
        "hindsight": hindsight_text(turns).plain,
        "going": _going(loop.jobs(project).newest(SHOWN)),
        "queues": QUEUES,
        "draws": project.universe is not None,
        **_next_facts(project),
    }


def before(turns: list[Iteration], number: int) -> int | None:
    """The turn that one is held against: the last before it whose model was in use."""
    return max((turn.number for turn in turns if turn.number < number and turn.in_use), default=None)


def _going(reports: list[JobReport]) -> list[JobReport]:
    """The jobs that are at it or wait, the oldest first, or else the one that ended last."""
    ours = [report for report in reports if report.job.kind in _KINDS]
    return [report for report in ours if report.state not in ENDED][::-1] or ours[:1]


def _next_facts(project: Project) -> dict[str, Any]:
    """What is recommended; where nothing can be, why not."""
    facts: dict[str, Any] = {"recommended": None, "complaint": "", "followed": {}, "evidence": {}}
    try:
        found = loop.recommend(project)
    except NothingToDo:  # nothing is evaluated yet, which the page says in its own words
        return facts
    except GrowloopError as error:
        return {**facts, "complaint": str(error)}
    shown = [item.model_copy(update={"evidence": item.evidence[:EVIDENCE_SHOWN]}) for item in found.items]
    return {
        **facts,
        "recommended": found,
        "followed": _followed(project, found),
        "evidence": _evidence(project, shown),
        "coordinates": {item.number: _coordinates(item) for item in found.items},
    }


def _coordinates(item: Recommendation) -> dict[str, str]:
    """Those of a failing slice by which the dataset can be filtered: features read off the texts are none."""
    return {name: value for name, value in item.where.items() if not name.startswith(TEXT)}


def _followed(project: Project, found: Recommendations) -> dict[int, int]:
    """How much each recommendation that was followed has brought."""
    return {taken.recommendation.number: taken.added for taken in loop.all_taken(project) if taken.run == found.run}


def _evidence(project: Project, items: list[Recommendation]) -> dict[int, list[dict[str, Any]]]:
    """Some of the examples that fail, by the number of their recommendation."""
    rows = {row["id"]: row for row in loop.evidence(project, items).select("id", "question").to_dicts()}
    return {item.number: [rows[id] for id in item.evidence if id in rows] for item in items}


ROUTES = [
    Route("/iterations", listed),
    Route("/iterations/{number:int}", one),
    Route("/recommendations", recommended),
    Route("/recommendations/followed", followed),
]
PAGES = [
    Route("/iterations", rounds),
    Route("/reports/{number:int}", report),
]
