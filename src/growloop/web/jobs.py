"""Jobs in the browser and by the API: started, watched as they go, cancelled, resumed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, get_args

from anyio import sleep
from anyio.to_thread import run_sync
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from growloop import loop
from growloop.jobs import Jobs
from growloop.records.base import Record
from growloop.records.job import ENDED, JobKind, JobReport
from growloop.web.door import person_of, tell
from growloop.web.events import event, streamed
from growloop.web.opened import project_of
from growloop.web.problems import json_body
from growloop.web.render import page

SHOWN = 30
"""Jobs on one page."""
LOOKED_EVERY_SECONDS = 0.4
_SILENT_AT_MOST = 30
"""Looks without news after which a line is sent all the same, so that nothing in between hangs up."""


class Asked(Record):
    """What is asked for by whoever starts a job."""

    kind: JobKind
    options: dict[str, Any] = Field(default_factory=dict)


async def listed(request: Request) -> Response:
    """Jobs, the newest first; `before` is the id of one that they are older than."""
    return JSONResponse({"jobs": _as_json(await _newest(request))})


async def start(request: Request) -> Response:
    """Starts a job of a `kind` with its `options`, or has it wait for its turn."""
    asked = Asked.model_validate(await json_body(request))
    return JSONResponse(_told(await _started(request, asked)), 201)


async def one(request: Request) -> Response:
    """A job and how it stands."""
    return JSONResponse(_told(await run_sync(_jobs(request).report, request.path_params["id"])))


async def cancel(request: Request) -> Response:
    """Stops a job and all that it started."""
    return JSONResponse(_told(await _changed(request, Jobs.cancel, "cancelled")))


async def resume(request: Request) -> Response:
    """Has a job go on that was stopped, cancelled or failed."""
    return JSONResponse(_told(await _changed(request, Jobs.resume, "resumed")))


async def log(request: Request) -> Response:
    """What a job has said since byte `after`; without it, the end of it."""
    after = request.query_params.get("after", "")
    if after and not (after.isascii() and after.isdigit() and len(after) < 16):
        raise HTTPException(400, f"after={after}: a number of bytes is needed.")
    said, end = await run_sync(_jobs(request).log, request.path_params["id"], int(after) if after else None)
    return JSONResponse({"log": said, "after": end})


async def watch(request: Request) -> Response:
    """Server-sent events: the newest jobs at once, and again whenever one of them has changed."""
    jobs = _jobs(request)
    return _events(request, lambda: _as_json(jobs.newest(SHOWN)))


async def watch_one(request: Request) -> Response:
    """Server-sent events: a job at once and whenever it has changed, until it has ended."""
    jobs, id = _jobs(request), request.path_params["id"]
    await run_sync(jobs.report, id)
    return _events(request, lambda: _told(jobs.report(id)), ended=lambda told: told["state"] in ENDED)


async def board(request: Request) -> Response:
    """The page on which jobs are started and watched."""
    project = project_of(request)
    jobs = await _newest(request)
    facts = {
        "project": project.task.name,
        "jobs": jobs,
        "kinds": get_args(JobKind),
        "draws": project.universe is not None,
        "candidates": project.task.candidates,
        "oldest": jobs[-1].job.id if len(jobs) == SHOWN else None,
        "log_of": await _shown_log(request),
    }
    return page(request, "jobs.html", facts)


async def start_by_form(request: Request) -> Response:
    """Starts a job from the form; back to the page."""
    sent = await request.form()
    form = {name: value for name, value in sent.items() if isinstance(value, str) and value.strip()}
    kind, back = form.pop("kind", ""), form.pop("back", "/jobs")
    where = dict(pair.split("=", 1) for pair in form.pop("where", "").splitlines() if "=" in pair)
    lists = {"where": where, "numbers": sent.getlist("numbers")}
    options: dict[str, Any] = {**form, **{name: listed for name, listed in lists.items() if listed}}
    await _started(request, Asked.model_validate({"kind": kind, "options": options}))
    return RedirectResponse(back if back.startswith("/") and not back.startswith("//") else "/jobs", 303)


async def cancel_by_form(request: Request) -> Response:
    """Cancels from the form; back to the page."""
    await _changed(request, Jobs.cancel, "cancelled")
    return RedirectResponse("/jobs", 303)


async def resume_by_form(request: Request) -> Response:
    """Resumes from the form; back to the page."""
    await _changed(request, Jobs.resume, "resumed")
    return RedirectResponse("/jobs", 303)


def _jobs(request: Request) -> Jobs:
    return loop.jobs(project_of(request))


async def _newest(request: Request) -> list[JobReport]:
    """The jobs of a page; one that waits without anybody at work has its turn."""
    jobs = _jobs(request)
    await run_sync(jobs.wake)
    return await run_sync(jobs.newest, SHOWN, request.query_params.get("before"))


async def _started(request: Request, asked: Asked) -> JobReport:
    jobs, by = _jobs(request), person_of(request).name

    def start() -> JobReport:
        job = jobs.add(asked.kind, asked.options, by=by)
        jobs.wake()
        return jobs.report(job.id)

    report = await run_sync(start)
    tell(request, "started", f"job {report.job.id}")
    return report


async def _changed(request: Request, how: Callable[[Jobs, str], None], told: str) -> JobReport:
    """Cancel or resume; either may be the turn of a job that waits."""
    jobs, id = _jobs(request), request.path_params["id"]

    def change() -> JobReport:
        how(jobs, id)
        jobs.wake()
        return jobs.report(id)

    tell(request, told, f"job {id}")
    return await run_sync(change)


async def _shown_log(request: Request) -> dict[str, str] | None:
    """The log that was asked for where a browser runs no scripts."""
    id = request.query_params.get("log")
    if not id:
        return None
    said, _ = await run_sync(_jobs(request).log, id)
    return {"id": id, "said": said}


def _told(report: JobReport) -> dict[str, Any]:
    return report.model_dump(mode="json")


def _as_json(reports: list[JobReport]) -> list[dict[str, Any]]:
    return [_told(report) for report in reports]


def _events(
    request: Request, look: Callable[[], Any], ended: Callable[[Any], bool] = lambda _: False
) -> StreamingResponse:
    return streamed(_news(request, look, ended))


async def _news(request: Request, look: Callable[[], Any], ended: Callable[[Any], bool]) -> AsyncIterator[str]:
    told, silent = "", 0
    while not await request.is_disconnected():
        found = await run_sync(look)
        text = event(found)
        silent += 1
        if text != told:
            yield text
            told, silent = text, 0
        elif silent > _SILENT_AT_MOST:
            yield ": still here\n\n"
            silent = 0
        if ended(found):
            yield event({}, "end")
            return
        await sleep(LOOKED_EVERY_SECONDS)


ROUTES = [
    Route("/jobs", listed),
    Route("/jobs", start, methods=["POST"]),
    Route("/jobs/events", watch),
    Route("/jobs/{id}", one),
    Route("/jobs/{id}/events", watch_one),
    Route("/jobs/{id}/log", log),
    Route("/jobs/{id}/cancel", cancel, methods=["POST"]),
    Route("/jobs/{id}/resume", resume, methods=["POST"]),
]
PAGES = [
    Route("/jobs", board),
    Route("/jobs", start_by_form, methods=["POST"]),
    Route("/jobs/{id}/cancel", cancel_by_form, methods=["POST"]),
    Route("/jobs/{id}/resume", resume_by_form, methods=["POST"]),
]
