"""The workbench as the routes use it: checked input, off the event loop, questions one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, Lock
from anyio.to_thread import run_sync
from pydantic import Field
from starlette.requests import Request

from growloop.errors import BadData
from growloop.project import now
from growloop.records.annotation import Annotation
from growloop.records.base import Record
from growloop.records.example import SplitName
from growloop.records.status import Status
from growloop.web.uploads import Uploads
from growloop.web.workbench import Workbench

if TYPE_CHECKING:
    from growloop.asking import Answered

PAGE = 50
"""Verdicts on one page of the list."""
_SERVER_FIELDS = frozenset({"id", "at", "withdrawn"})


class Question(Record):
    """What is asked; a blank context counts as none, and the indexer finds one."""

    question: str = Field(min_length=1, max_length=4_000, pattern=r"\S")
    context: str | None = None


@dataclass(frozen=True)
class Reply:
    """An answer, the question it answers, and the side on which a correction of it falls."""

    question: str
    answered: Answered
    side: SplitName


@dataclass(frozen=True)
class Judged:
    """A verdict and the side on which it falls."""

    annotation: Annotation
    side: SplitName


@dataclass(frozen=True)
class Waiting:
    """Some of what waits for a person, each with the side on which a verdict on it falls; and how many there are."""

    examples: list[dict[str, Any]]
    total: int


@dataclass(frozen=True)
class Page:
    """Some of the verdicts, newest first."""

    verdicts: list[Judged]
    total: int
    offset: int
    limit: int


class Desk:
    """One workbench, shared by all who ask."""

    def __init__(self, workbench: Workbench) -> None:
        self.workbench = workbench
        self.uploads = Uploads(workbench.uploads())

    @cached_property
    def importing(self) -> Lock:
        """Held while a file is imported: they come in one after the other."""
        return Lock()

    @cached_property
    def _one_at_a_time(self) -> CapacityLimiter:
        return CapacityLimiter(1)

    async def ask(self, fields: Mapping[str, Any]) -> Reply:
        """The model's answer. Raises ValidationError, and whatever the loop raises."""
        asked = Question.model_validate(fields)
        question, context = asked.question.strip(), asked.context if (asked.context or "").strip() else None
        answered = await run_sync(self.workbench.ask, question, context, limiter=self._one_at_a_time)
        [side] = await run_sync(self.workbench.sides_of, [(question, answered.context)])
        return Reply(question, answered, side)

    async def save(self, fields: Mapping[str, Any]) -> Judged:
        """A verdict, safe on disk. Raises ValidationError, and BadData for a field that is not the asker's to give."""
        ours = _SERVER_FIELDS & set(fields)
        if ours:
            raise BadData(f"{', '.join(sorted(ours))}: given by the server. Leave it out.")
        return await run_sync(self._save, Annotation.model_validate({**fields, "at": now()}))

    def _save(self, annotation: Annotation) -> Judged:
        [judged] = self._judged([self.workbench.correct(annotation)])
        return judged

    async def undo(self, annotation_id: int) -> None:
        """Take a verdict back. Raises NotFound."""
        await run_sync(self.workbench.undo, annotation_id)

    async def page(self, offset: int = 0, limit: int = PAGE) -> Page:
        """A page of the list."""
        return await run_sync(self._page, offset, limit)

    def _page(self, offset: int, limit: int) -> Page:
        annotations, total = self.workbench.annotations(offset, limit)
        return Page(self._judged(annotations), total, offset, limit)

    def _judged(self, annotations: list[Annotation]) -> list[Judged]:
        sides = self.workbench.sides_of([(each.question, each.context) for each in annotations])
        return [Judged(annotation, side) for annotation, side in zip(annotations, sides, strict=True)]

    async def queue(self, offset: int = 0, limit: int = PAGE) -> Waiting:
        """What waits for a person, the most urgent first."""
        return await run_sync(self._waiting, offset, limit)

    def _waiting(self, offset: int, limit: int) -> Waiting:
        examples, total = self.workbench.queue(offset, limit)
        sides = self.workbench.sides_of([(each["question"], each["context"]) for each in examples])
        return Waiting([{**each, "side": side} for each, side in zip(examples, sides, strict=True)], total)

    async def status(self) -> Status:
        """Where the project stands."""
        return await run_sync(self.workbench.status)


def desk_of(request: Request) -> Desk:
    """The desk of the app that a request came to."""
    desk: Desk = request.app.state.desk
    return desk
