"""The pool in the browser and by the API: filtered, read, edited, decided; versions and what they changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from pydantic import Field
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from growloop import loop
from growloop.errors import BadData, GrowloopError, NotIndexed
from growloop.loop.browsing import status_named
from growloop.project import Project
from growloop.records.base import Record
from growloop.records.example import Status
from growloop.reporting.versions import change_facts, example_facts
from growloop.web.desk import desk_of
from growloop.web.door import person_of, tell
from growloop.web.opened import project_of
from growloop.web.pages import form_fields
from growloop.web.problems import json_body, status_of
from growloop.web.render import page

SHOWN = 50
"""Examples on one page."""
_MOST = 500
CHANGES_SHOWN = 20
"""Changes of each kind that the page shows."""
_FAR = 2**53
START = {"after": 0, "before": 0}
"""Whatever is asked for anew is shown from its first page on."""


class Filter(Record):
    """Which examples are asked for, in which order, and from where on."""

    where: dict[str, str] = Field(default_factory=dict)
    status: str = ""
    origin: str = ""
    text: str = ""
    sort: Literal["", "worst"] = ""
    """worst: those that the last evaluation answered wrongly, the worst first."""
    after: int = Field(default=0, ge=0, le=_FAR)
    before: int = Field(default=0, ge=0, le=_FAR)
    limit: int = Field(default=SHOWN, ge=1, le=_MOST)

    @classmethod
    def of(cls, sent: ImmutableMultiDict[str, Any]) -> Filter:
        """What a query says; `where` may come several times, as `name=value`."""
        named = {name: sent[name] for name in cls.model_fields if name != "where" and sent.get(name)}
        return cls(where=where_of(sent), **named)

    def query(self, **changed: Any) -> str:
        """The same as a query, but for what is changed; empty where nothing is asked for."""
        asked = {**self.model_dump(exclude={"limit"}), **changed}
        pairs = [("where", f"{name}={value}") for name, value in asked.pop("where").items()]
        pairs += [(name, str(value)) for name, value in asked.items() if value]
        return f"?{urlencode(pairs)}" if pairs else ""

    def without(self, name: str) -> str:
        """The query without one coordinate."""
        return self.query(where={key: value for key, value in self.where.items() if key != name}, **START)


def where_of(sent: ImmutableMultiDict[str, Any]) -> dict[str, str]:
    """The coordinates of a query or form. Raises BadData where one is not of the form `name=value`."""
    pairs = [text.partition("=") for text in sent.getlist("where") if isinstance(text, str) and text.strip()]
    wrong = next(("".join(pair) for pair in pairs if not (pair[1] and pair[0].strip())), None)
    if wrong is not None:
        raise BadData(f'"{wrong}" is no coordinate. Give a name and a value, e.g. template=dogs-allowed.')
    return {name.strip(): value.strip() for name, _, value in pairs}


class Edit(Record):
    """An example as a person wants it."""

    question: str = Field(max_length=4_000)
    answers: tuple[str, ...] = ()
    note: str = ""


class Decision(Record):
    """Which examples are accepted, or rejected."""

    ids: tuple[str, ...] = Field(min_length=1, max_length=_MOST)
    verdict: Literal["accept", "reject"]
    note: str = ""


async def listed(request: Request) -> Response:
    """A page of examples: `where`, `status`, `origin`, `text`, `sort`, `limit`, `after`, `before`."""
    return JSONResponse(await run_sync(_page_of, project_of(request), Filter.of(request.query_params)))


async def one(request: Request) -> Response:
    """An example with its history, and what the last evaluation made of it."""
    return JSONResponse(_in_full(await run_sync(loop.example_in_full, project_of(request), request.path_params["id"])))


async def edit(request: Request) -> Response:
    """Puts an example right: `question`, `answers`, `note`; replies with the example that holds from then on."""
    return JSONResponse(await _edited(request, Edit.model_validate(await json_body(request))))


async def decide(request: Request) -> Response:
    """Accepts or rejects many examples: `ids`, `verdict`, `note`."""
    return JSONResponse(asdict(await _decided(request, Decision.model_validate(await json_body(request)))))


async def versions(request: Request) -> Response:
    """All dataset versions, oldest first, with the iterations measured on each."""
    return JSONResponse({"versions": await run_sync(_versions, project_of(request))})


async def diff(request: Request) -> Response:
    """What changed from version `before` to `after` at some coordinates, the first `limit` changes of each kind."""
    return JSONResponse(await run_sync(_diff, project_of(request), request.query_params))


async def browse(request: Request) -> Response:
    """The page on which the pool is looked through."""
    project, asked = project_of(request), Filter.of(request.query_params)
    found, complaint, status, indexed = _nothing(), "", 200, None
    try:
        await run_sync(desk_of(request).indexing.begin_if_behind)  # before somebody searches
        found = await run_sync(_page_of, project, asked)
    except NotIndexed as error:
        status, indexed = status_of(error), error
    except GrowloopError as error:
        complaint, status = str(error), status_of(error)
    origins, coordinates = await run_sync(_filters, request)
    facts = {
        "project": project.task.name,
        "asked": asked,
        "found": found,
        "complaint": complaint,
        "indexed": indexed,
        "statuses": get_args(Status),
        "origins": origins,
        "coordinates": coordinates,
        "run": await run_sync(loop.last_evaluation, project),
        "told": _counts_told(request.query_params),
    }
    return page(request, "dataset.html", facts, status=status)


async def example(request: Request) -> Response:
    """The page of one example."""
    return await _example_page(request)


async def edit_by_form(request: Request) -> Response:
    """Puts an example right from the form; on to the example that holds from then on."""
    fields, id = await form_fields(request), request.path_params["id"]
    typed = {name: fields.get(name, "") for name in ("question", "answers", "note")}
    wanted = Edit(question=typed["question"], answers=tuple(typed["answers"].split("\n")), note=typed["note"])
    try:
        edited = await _edited(request, wanted)
    except GrowloopError as error:
        return await _example_page(request, typed=typed, complaint=str(error), status=status_of(error))
    query = Filter.of(request.query_params).query()
    said = "saved=reworded" if edited["example"]["id"] != id else "saved=answers"
    return RedirectResponse(f"/dataset/{edited['example']['id']}{query}{'&' if query else '?'}{said}", 303)


async def undo_by_form(request: Request) -> Response:
    """Takes a verdict on an example back; on with the example."""
    number: int = request.path_params["number"]
    await desk_of(request).undo(number, person_of(request))
    tell(request, "took back", f"verdict {number}")
    return RedirectResponse(f"/dataset/{request.path_params['id']}{Filter.of(request.query_params).query()}", 303)


async def decide_by_form(request: Request) -> Response:
    """Accepts or rejects what was ticked; back to the list."""
    form, asked = await request.form(), Filter.of(request.query_params)
    ids, verdict = [str(id) for id in form.getlist("id")], str(form.get("verdict", ""))
    if not ids:
        raise BadData("Nothing was selected. Go back and tick the examples that are meant.")
    decided = await _decided(request, Decision.model_validate({"ids": ids, "verdict": verdict}))
    query = asked.query()
    told = urlencode({"did": verdict, **asdict(decided)})
    return RedirectResponse(f"/dataset{query}{'&' if query else '?'}{told}", 303)


async def compare(request: Request) -> Response:
    """The page of the versions, and of what changed between two of them."""
    project, sent = project_of(request), request.query_params
    found, complaint = None, ""
    try:
        found = await run_sync(_diff, project, sent) if sent.get("after") or sent.get("before") else None
    except GrowloopError as error:
        complaint = str(error)
    facts = {
        "project": project.task.name,
        "versions": (await run_sync(_versions, project))[::-1],
        "diff": found,
        "complaint": complaint,
        "before": sent.get("before", ""),
        "after": sent.get("after", ""),
        "most": CHANGES_SHOWN,
    }
    return page(request, "versions.html", facts)


async def _example_page(
    request: Request, *, typed: Mapping[str, str] | None = None, complaint: str = "", status: int = 200
) -> Response:
    project = project_of(request)
    found = await run_sync(loop.example_in_full, project, request.path_params["id"])
    facts = {
        "project": project.task.name,
        "abstain_answer": project.task.abstain_answer,
        "back": Filter.of(request.query_params).query(),
        "typed": typed,
        "complaint": complaint,
        "saved": request.query_params.get("saved", ""),
        **_in_full(found),
    }
    return page(request, "example.html", facts, status=status)


def _filters(request: Request) -> tuple[list[str], dict[str, list[str]]]:
    """What the pool can be filtered by, read anew where something was added."""
    project = project_of(request)
    kept: dict[tuple[object, ...], Any] = request.app.state.filters
    key = (project, loop.filters_state(project))
    if key not in kept:
        found = loop.filters(project)
        kept.clear()
        kept[key] = found
    return kept.get(key) or loop.filters(project)


def _page_of(project: Project, asked: Filter) -> dict[str, Any]:
    """The examples asked for, each with the last verdict on it, how many there are, and where the next page begins."""
    found = _worst(project, asked) if asked.sort == "worst" else _pooled(project, asked)
    said = loop.standing_verdicts(project, [row["id"] for row in found["examples"]])
    for row in found["examples"]:
        verdict = said.get(row["id"])
        row["verdict"] = verdict.model_dump(mode="json") if verdict else None
    return found


def _pooled(project: Project, asked: Filter) -> dict[str, Any]:
    found = loop.examples(
        project,
        where=asked.where,
        status=status_named(asked.status),
        origin=asked.origin or None,
        text=asked.text,
        limit=asked.limit,
        after=asked.after,
        before=asked.before,
        patient=False,
    )
    rows, turns = example_facts(found.examples), {"after": found.after, "before": found.before}
    return {"examples": rows, "count": found.count, "more": found.more, **turns, "run": None}


def _worst(project: Project, asked: Filter) -> dict[str, Any]:
    run = loop.last_evaluation(project)
    if run is None:
        raise BadData("Nothing is evaluated yet, so that no answer is the worst. Start an evaluation on the page Jobs.")
    chosen = asked.model_dump(include={"where", "text", "limit", "after", "before"})
    found = loop.answered_worst(project, run, **chosen)
    rows, turns = example_facts(found.rows), {"after": found.after, "before": found.before}
    return {"examples": rows, "count": found.count, "more": False, **turns, "run": run.id}


def _nothing() -> dict[str, Any]:
    return {"examples": [], "count": 0, "more": False, "after": None, "before": None, "run": None}


def _in_full(found: loop.ExampleInFull) -> dict[str, Any]:
    related = [found.example, *([found.parent] if found.parent else []), *found.children]
    rows = [{**row, "where": {pair["key"]: pair["value"] for pair in row["where"]}} for row in related]
    children = rows[2:] if found.parent else rows[1:]
    return {
        "example": rows[0],
        "parent": rows[1] if found.parent else None,
        "children": children,
        "verdicts": [said.model_dump(mode="json") for said in found.verdicts],
        "status_changes": list(found.status_changes),
        "run": found.run,
        "answered": found.answered,
    }


async def _edited(request: Request, wanted: Edit) -> dict[str, Any]:
    """The example that holds once a person has put one right."""
    project, id, by = project_of(request), request.path_params["id"], person_of(request).name
    tell(request, "edited", f"example {id}")
    how = partial(loop.edit, question=wanted.question, answers=wanted.answers, note=wanted.note, by=by)
    return _in_full(await run_sync(how, project, id))


async def _decided(request: Request, wanted: Decision) -> loop.Decided:
    how = partial(loop.decide, note=wanted.note, by=person_of(request).name)
    tell(request, f"{wanted.verdict}ed", f"{len(wanted.ids):,} examples")
    return await run_sync(how, project_of(request), wanted.ids, wanted.verdict)


def _versions(project: Project) -> list[dict[str, Any]]:
    return [{**use.version.model_dump(mode="json"), "iterations": use.iterations} for use in loop.versions(project)]


def _diff(project: Project, sent: ImmutableMultiDict[str, Any]) -> dict[str, Any]:
    before, after = sent.get("before") or None, sent.get("after") or None
    named = (before, after) if before else (after, None)  # one version alone: since its parent
    found = loop.diff(project, *named, where=where_of(sent))
    most = Filter.model_validate({"limit": sent.get("limit", CHANGES_SHOWN)}).limit
    return {
        "before": found.before,
        "after": found.after,
        "counts": dict(found.counts),
        "slices": found.slices.to_dicts(),
        "changes": change_facts(found.changes, most),
    }


def _counts_told(sent: ImmutableMultiDict[str, Any]) -> str:
    """What came of deciding, for the page that follows."""
    did = {"accept": "accepted", "reject": "rejected"}.get(sent.get("did", ""))
    counts = {name: sent.get(name, "") for name in ("changed", "unanswered")}
    if did is None or not all(text.isascii() and text.isdigit() for text in counts.values()):
        return ""
    left = int(counts["unanswered"])
    also = f" {left:,} drafts were left: nobody has answered them yet." if left else ""
    return f"{int(counts['changed']):,} {did}.{also}"


ROUTES = [
    Route("/examples", listed),
    Route("/examples/decide", decide, methods=["POST"]),
    Route("/examples/{id}", one),
    Route("/examples/{id}", edit, methods=["POST"]),
    Route("/versions", versions),
    Route("/versions/diff", diff),
]
PAGES = [
    Route("/dataset", browse),
    Route("/dataset/decide", decide_by_form, methods=["POST"]),
    Route("/dataset/{id}", example),
    Route("/dataset/{id}", edit_by_form, methods=["POST"]),
    Route("/dataset/{id}/undo/{number:int}", undo_by_form, methods=["POST"]),
    Route("/versions", compare),
]
