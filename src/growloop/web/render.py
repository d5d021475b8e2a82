"""Records as HTML: the templates, and how figures and moments are written on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from growloop.records.comparison import Outcome
from growloop.records.job import JobKind, JobProgress, JobState
from growloop.records.report import Standing
from growloop.records.run import Estimate
from growloop.reporting import figures, recommendations
from growloop.reporting.figures import where_text

if TYPE_CHECKING:
    from growloop.asking import Answered
    from growloop.models.evidence import Mark

HERE = Path(__file__).parent

SIDE_NOTES = {
    "train": "train: the next model learns it",
    "validation": "validation, held out: it will be measured, not learned",
    "test": "test, held out: it will be measured, not learned",
}
JOB_NAMES: dict[JobKind, str] = {
    "draw": "Draw",
    "freeze": "Freeze",
    "index": "Index",
    "baseline": "Baseline",
    "train": "Train",
    "evaluate": "Evaluate",
    "follow": "Gather",
    "next": "Next turn",
    "run": "Go round",
    "reproduce": "Make again",
}
STATE_NAMES: dict[JobState, str] = {
    "waiting": "Waits for its turn",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "stopped": "Stopped",
}
STANDING_NAMES: dict[Standing, str] = {"current": "In use", "previous": "The one before", "base": "Untrained"}
OUTCOME_NAMES: dict[Outcome, str] = {"won": "won", "lost": "lost", "tied": "only put differently"}
VERDICT_NAMES = {
    "correct": "Accepted",
    "partly": "Partly right",
    "wrong": "Corrected",
    "unanswerable": "Unanswerable",
    "bad_question": "Bad question",
}


def estimate(value: Estimate | None) -> str:
    """A score with its interval: `0.87 (0.84–0.90)`."""
    if value is None or value.value is None:
        return "not measured"
    interval = "" if value.low is None or value.high is None else f" ({value.low:.2f}–{value.high:.2f})"
    return f"{value.value:.2f}{interval}"


def seconds(value: float) -> str:
    """A duration as one reads it: `40 ms`, `1.2 s`."""
    return f"{value * 1000:.0f} ms" if value < 0.1 else f"{value:.1f} s"


def answer_told(answered: Answered) -> str:
    """How long an answer took, and whose it is: `40 ms · bundled · iteration 2`."""
    turn = answered.run if answered.iteration is None else f"iteration {answered.iteration}"
    return f"{seconds(answered.seconds)} · {answered.model} · {turn if answered.run else 'untrained'}"


def marked(text: str, evidence: Sequence[Mark], start: int = 0) -> list[tuple[str, str]]:
    """A text that begins at a character of what was read, cut where marks begin and end; each part with its marks.

    >>> marked("Dogs sit. Cats?", [Mark(10, 15, "sentence")])
    [('Dogs sit. ', ''), ('Cats?', 'sentence')]
    """
    ours = [(max(mark.start - start, 0), min(mark.end - start, len(text)), mark.kind) for mark in evidence]
    ours = [mark for mark in ours if mark[0] < mark[1]]
    cuts = sorted({0, len(text), *(mark[0] for mark in ours), *(mark[1] for mark in ours)})
    return [
        (text[first:last], " ".join(kind for begin, end, kind in ours if begin <= first and last <= end))
        for first, last in pairwise(cuts)
    ]


def passages_read(answered: Answered) -> list[dict[str, Any]]:
    """What was read, passage by passage, each with its `parts` as `marked` cuts them; one alone where it was given."""
    given: list[dict[str, Any]] = [{"text": answered.context, "start": 0}] if answered.context.strip() else []
    return [
        {**passage, "parts": marked(str(passage["text"]), answered.evidence, passage["start"])}
        for passage in answered.passages or given
    ]


def moment(at: str) -> str:
    """A moment in UTC: `3 Jan 2026, 12:04`; what is no moment stays as it is."""
    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        return at
    return f"{when.day} {when:%b %Y, %H:%M}"


def options_told(options: Mapping[str, Any]) -> str:
    """The options of a job in a line: `n 500 · template=dogs`; those that are not given are left out."""
    given = {name: value for name, value in options.items() if value not in (None, False, {})}
    return " · ".join(_told(name, value) for name, value in given.items())


def _told(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return where_text(value)
    name = name.replace("_", " ")
    if value is True:
        return name
    if isinstance(value, list):
        return f"{name} {', '.join(map(str, value))}"
    return f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}"


def stage_told(progress: JobProgress, seconds_left: float | None) -> str:
    """How far a job is: `train 120 of 600 · 4 min left`."""
    far = f" {progress.done:,} of {progress.total:,}" if progress.total else ""
    left = "" if seconds_left is None else f" · {duration(seconds_left)} left"
    return f"{progress.stage}{far}{left}"


def count_told(count: int) -> str:
    """A count that fits a small place: `950`, `12k`."""
    return f"{count:,}" if count < 10_000 else f"{count // 1000:,}k"


def duration(length: float) -> str:
    """A time to wait, roughly: `40 s`, `12 min`, `2.5 h`."""
    if length < 90:
        return f"{max(1, round(length))} s"
    return f"{length / 60:.0f} min" if length < 5400 else f"{length / 3600:.1f} h"


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_ENVIRONMENT.filters.update(estimate=estimate, moment=moment, answer_told=answer_told, passages_read=passages_read)
_ENVIRONMENT.filters.update(told=options_told, stage_told=stage_told, count_told=count_told)
_ENVIRONMENT.filters.update(metric_label=figures.metric_label, capitalise=figures.capitalise, where_text=where_text)
_ENVIRONMENT.filters.update(gain_text=recommendations.gain_text, action_text=recommendations.action_text)
_ENVIRONMENT.filters.update(difference_text=figures.difference_text, verdict_text=figures.verdict_text)
_ENVIRONMENT.globals.update(plural=figures.plural, outcome_names=OUTCOME_NAMES, standing_names=STANDING_NAMES)
_ENVIRONMENT.globals.update(side_notes=SIDE_NOTES, verdict_names=VERDICT_NAMES)
_ENVIRONMENT.globals.update(job_names=JOB_NAMES, state_names=STATE_NAMES)


def theme_of(request: Request) -> str:
    """The colours a person chose, `light` or `dark`; empty: as their system has them."""
    chosen = request.cookies.get("growloop_theme", "")
    return chosen if chosen in ("light", "dark") else ""


def page(
    request: Request,
    template: str,
    facts: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page made of a template and the facts it shows; everything in it is escaped."""
    text = _ENVIRONMENT.get_template(template).render(facts, request=request, theme=theme_of(request))
    return HTMLResponse(text, status, headers)
