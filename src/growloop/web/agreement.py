"""The page on which it is seen how far people agree, and settled where they do not; and the same for programs."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from growloop.errors import BadData, NotFound
from growloop.records.agreement import Disagreement
from growloop.records.annotation import Verdict
from growloop.records.base import Record
from growloop.web.desk import desk_of, tell_verdict
from growloop.web.door import person_of
from growloop.web.pages import form_fields
from growloop.web.problems import json_body
from growloop.web.render import page

SHOWN = 20
"""Disagreements on the page: what is settled makes room for the next."""


class LastWord(Record):
    """What settles a disagreement: one of the verdicts that were given, or another with its answers."""

    annotation: int | None = None
    """The id of the one that is right."""
    verdict: Verdict | None = None
    answers: tuple[str, ...] = ()


async def agreement_page(request: Request) -> Response:
    """How people agree, and what waits to be settled, the oldest first."""
    agreement, open_ones = await desk_of(request).opinions()
    facts = {"project": (await desk_of(request).status()).name, "agreement": agreement}
    facts |= {"disagreements": open_ones[:SHOWN], "total": len(open_ones)}
    facts["settled"] = "settled" in request.query_params
    return page(request, "agreement.html", facts)


async def settle_by_form(request: Request) -> Response:
    """Takes one of the opinions, or another answer, as the last word."""
    fields = await form_fields(request)
    said = {name: fields[name] for name in ("annotation", "verdict") if name in fields}
    answers = [fields.get("answer", "")] if fields.get("verdict") == "wrong" else []
    await _settle(request, LastWord.model_validate({**said, "answers": answers}))
    return RedirectResponse("/agreement?settled", status_code=303)


async def opinions(request: Request) -> Response:
    """How people agree who judged the same examples, and where nobody has settled what they said differently."""
    agreement, open_ones = await desk_of(request).opinions()
    told = [disagreement.model_dump(mode="json") for disagreement in open_ones]
    return JSONResponse({"agreement": agreement.model_dump(mode="json"), "disagreements": told})


async def settle(request: Request) -> Response:
    """The last word: a `verdict` with its `answers`, or the id of the `annotation` that is right."""
    return JSONResponse(await _settle(request, LastWord.model_validate(await json_body(request))), 201)


async def _settle(request: Request, said: LastWord) -> dict[str, Any]:
    _, open_ones = await desk_of(request).opinions()
    example = request.path_params["example"]
    apart = next((one for one in open_ones if one.example == example), None)
    if apart is None:
        raise NotFound("Nobody disagrees about this any more: somebody settled it, or took a verdict back.")
    asked = apart.model_dump(include={"example", "question", "context", "shown_answer"})
    judged = await desk_of(request).settle({**asked, **_word(apart, said)}, person_of(request))
    tell_verdict(request, judged)
    return judged.as_json()


def _word(apart: Disagreement, said: LastWord) -> dict[str, Any]:
    """The verdict and answers that settle: those of the opinion that is taken, or others."""
    if said.annotation is not None:
        taken = next((one for one in apart.opinions if one.annotation == said.annotation), None)
        if taken is None:
            raise BadData("That is none of the verdicts people disagree about. Reload the page.")
        return {"verdict": taken.verdict, "answers": taken.answers}
    if said.verdict is None:
        raise BadData("A verdict is needed, or the id of the annotation that is right.")
    if said.verdict == "wrong" and not "".join(said.answers).strip():
        raise BadData("A correction needs the right answer. Go back, write it, and save again.")
    return {"verdict": said.verdict, "answers": said.answers}


ROUTES = [
    Route("/agreement", agreement_page),
    Route("/agreement/{example}", settle_by_form, methods=["POST"]),
]
API_ROUTES = [
    Route("/agreement", opinions),
    Route("/agreement/{example}", settle, methods=["POST"]),
]
