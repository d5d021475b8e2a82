"""The pages Ask, Review and Import, and what the forms of the first two send where a browser runs no scripts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from growloop.errors import BadData, GrowloopError, NotFound, NotIndexed
from growloop.loop import import_choices
from growloop.records.report import Standing
from growloop.web.desk import PAGE, Reply, Wanted, desk_of, tell_verdict
from growloop.web.door import person_of, tell, untold
from growloop.web.guard import megabytes
from growloop.web.problems import read_validation, status_of
from growloop.web.render import page


async def home(request: Request) -> Response:
    """The page: ask, judge, and the verdicts so far."""
    return await _ask_page(request)


async def ask(request: Request) -> Response:
    """The page with an answer on it, or with what went wrong; what was typed stays."""
    untold(request)
    typed = await form_fields(request)
    is_beside = typed.pop("beside", None) is not None
    try:
        reply = await desk_of(request).ask(typed)
    except GrowloopError as error:
        return await _ask_page(request, typed=typed, complaint=str(error), status=status_of(error))
    except ValidationError as error:
        return await _ask_page(request, typed=typed, complaint=read_validation(error), status=422)
    beside = await _beside(request, reply) if is_beside else {}
    return await _ask_page(request, typed=typed, reply=reply, beside=beside)


async def _beside(request: Request, reply: Reply) -> dict[Standing, dict[str, Any]]:
    """What each model says to a question that the one in use has answered, reading what that one read."""
    desk = desk_of(request)
    found: dict[Standing, dict[str, Any]] = {"current": {"answered": reply.answered}}
    asked = {"question": reply.question, "context": reply.answered.context}
    for by in await desk.standing():
        if by != "current":
            try:
                found[by] = {"answered": (await desk.ask({**asked, "by": by})).answered}
            except GrowloopError as error:
                found[by] = {"complaint": str(error)}
    return found


async def save(request: Request) -> Response:
    """A verdict from the form; back to the page, which shows it on top of the list."""
    return RedirectResponse(f"/?saved={await _saved(request)}", status_code=303)


async def _saved(request: Request) -> int:
    """The number under which a form's verdict is on record."""
    fields = await form_fields(request)
    answers = [fields.pop("answers", "")] if fields.get("verdict") == "wrong" else []
    if fields.get("verdict") == "wrong" and not "".join(answers).strip():
        raise BadData("A correction needs the right answer. Go back, write it, and save again.")
    given = {**fields, "answers": answers, "run": fields.get("run") or None}
    judged = await desk_of(request).save(given, person_of(request))
    tell_verdict(request, judged)
    return judged.annotation.id


async def review(request: Request) -> Response:
    """The page on which a person judges what waits, one after the other."""
    desk = desk_of(request)
    offset = _offset(request)
    waiting = await desk.take(Wanted(limit=1), person_of(request), offset)
    facts = {
        "project": desk.workbench.name,
        "marks_spans": desk.workbench.answer_kind == "extractive",
        "waiting": waiting,
        "offset": offset,
        "shown": waiting.examples[0] if waiting.examples else None,
        **await _like_saved(request),
    }
    return page(request, "queue.html", facts)


async def judge(request: Request) -> Response:
    """A verdict from the form of the review; on to the next."""
    return RedirectResponse(f"/queue?saved={await _saved(request)}", status_code=303)


async def undo(request: Request) -> Response:
    """Takes a verdict back from the form."""
    number: int = request.path_params["number"]
    await desk_of(request).undo(number, person_of(request))
    tell(request, "took back", f"verdict {number}")
    return RedirectResponse(f"/?undone={number}", status_code=303)


async def import_(request: Request) -> Response:
    """The page on which files are looked at and brought in."""
    desk = desk_of(request)
    limit = request.app.state.upload_limit
    facts = {
        "project": desk.workbench.name,
        "choices": import_choices(),
        "limit": limit,
        "limit_told": megabytes(limit),
        "has_rejected": desk.workbench.rejected_file().is_file(),
    }
    return page(request, "import.html", facts)


async def _ask_page(
    request: Request,
    *,
    typed: dict[str, Any] | None = None,
    reply: Reply | None = None,
    beside: dict[Standing, dict[str, Any]] | None = None,
    complaint: str = "",
    status: int = 200,
) -> Response:
    desk = desk_of(request)
    status_now, is_counted = await desk.glance()
    facts = {
        "status": status_now,
        "is_counted": is_counted,
        "project": status_now.name,
        "verdicts": await desk.page(_offset(request), PAGE),
        "typed": typed or {},
        "reply": reply,
        "standing": await desk.standing(),
        "beside": beside or {},
        "complaint": complaint,
        **await _like_saved(request),
    }
    return page(request, "ask.html", facts, status=status)


async def _like_saved(request: Request) -> dict[str, int | None]:
    """The verdict that a form has just saved, and how many examples are like what it was on."""
    saved, like = number_in(request, "saved"), 0
    if saved:
        with suppress(NotFound, NotIndexed):
            like = (await desk_of(request).like(saved, person_of(request))).examples.height
    return {"saved": saved, "like": like}


def _offset(request: Request) -> int:
    return number_in(request, "offset") or 0


def number_in(request: Request, name: str) -> int | None:
    """A number in the address; None where there is none that makes sense."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


async def form_fields(request: Request) -> dict[str, Any]:
    """The fields of a form, with line ends as they were typed: browsers send them as CRLF."""
    form = await request.form()
    return {name: value.replace("\r\n", "\n") for name, value in form.items() if isinstance(value, str)}


ROUTES = [
    Route("/", home),
    Route("/queue", review),
    Route("/queue", judge, methods=["POST"]),
    Route("/import", import_),
    Route("/ask", ask, methods=["POST"]),
    Route("/annotations", save, methods=["POST"]),
    Route("/annotations/{number:int}/undo", undo, methods=["POST"]),
]
