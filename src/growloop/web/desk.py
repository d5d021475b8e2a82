"""The workbench as the routes use it: checked input, off the event loop, questions one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from anyio import CapacityLimiter, Lock
from anyio.to_thread import run_sync
from pydantic import Field
from starlette.requests import Request

from growloop.errors import BadData
from growloop.loop import Alike
from growloop.project import now
from growloop.records.agreement import Disagreement, ReviewAgreement
from growloop.records.annotation import Annotation
from growloop.records.base import Record
from growloop.records.example import SplitName
from growloop.records.people import Person
from growloop.records.report import Standing
from growloop.records.status import Status
from growloop.web.door import tell
from growloop.web.indexing import Indexing
from growloop.web.uploads import Uploads
from growloop.web.workbench import Hear, Workbench

if TYPE_CHECKING:
    from growloop.asking import Answered

PAGE = 50
"""Verdicts on one page of the list."""
ANYBODY = Person(role="admin")
"""Whoever sits at the machine, as long as nobody has to say who they are."""
_SERVER_FIELDS = frozenset({"id", "at", "withdrawn"})


class Question(Record):
    """What is asked; a blank context counts as none, and the indexer finds one."""

    question: str = Field(min_length=1, max_length=4_000, pattern=r"\S")
    context: str | None = None
    by: Standing = "current"
    """The model that is to answer."""


@dataclass(frozen=True)
class Reply:
    """An answer, the question it answers, and the side on which a correction of it falls."""

    question: str
    answered: Answered
    side: SplitName


class SidedAnnotation(Annotation):
    """A verdict as it is told: with the side on which it falls."""

    side: SplitName


@dataclass(frozen=True)
class Judged:
    """A verdict and the side on which it falls."""

    annotation: Annotation
    side: SplitName

    def as_json(self) -> dict[str, Any]:
        """As it is told to programs."""
        return SidedAnnotation(**self.annotation.model_dump(), side=self.side).model_dump(mode="json")


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


class Wanted(Record):
    """What somebody asks of the queue: how many, besides which, and which of those before them to keep."""

    limit: int = Field(default=5, ge=1, le=50)
    but: tuple[str, ...] = Field(default=(), max_length=10_000)
    keep: tuple[str, ...] = Field(default=(), max_length=100)


class Desk:
    """One workbench, shared by all who ask."""

    def __init__(self, workbench: Workbench) -> None:
        self.workbench = workbench
        self.uploads = Uploads(workbench.uploads())

    @cached_property
    def indexing(self) -> Indexing:
        """What has the examples indexed for searching."""
        return Indexing(self.workbench)

    @cached_property
    def importing(self) -> Lock:
        """Held while a file is imported: they come in one after the other."""
        return Lock()

    @cached_property
    def _lines(self) -> dict[Standing, CapacityLimiter]:
        """Questions stand in line for a model: a slow one that is held beside the current does not hold it up."""
        return {by: CapacityLimiter(1) for by in get_args(Standing)}

    async def ask(self, fields: Mapping[str, Any]) -> Reply:
        """The model's answer. Raises ValidationError, and whatever the loop raises."""
        return await self.listen(Question.model_validate(fields), lambda _: None)

    async def listen(self, asked: Question, hear: Hear) -> Reply:
        """The model's answer, heard as it is written. Raises whatever the loop or `hear` raises."""
        question, context = asked.question.strip(), asked.context if (asked.context or "").strip() else None
        given = (question, context, asked.by, hear)
        answered = await run_sync(self.workbench.ask, *given, limiter=self._lines[asked.by])
        [side] = await run_sync(self.workbench.sides_of, [(question, answered.context)])
        return Reply(question, answered, side)

    async def standing(self) -> list[Standing]:
        """Which models can be held against each other."""
        return await run_sync(self.workbench.standing)

    async def save(self, fields: Mapping[str, Any], person: Person = ANYBODY) -> Judged:
        """A verdict, safe on disk. Raises ValidationError, BadData for a field that is not the asker's to give.

        Overtaken, where it is on an example of the queue that does not wait for this person any more.
        """
        return await run_sync(self._save, self.workbench.correct, _annotation(fields, person))

    async def settle(self, fields: Mapping[str, Any], person: Person) -> Judged:
        """The last word on what people said differently. Raises as `save` does."""
        return await run_sync(self._save, self.workbench.settle, _annotation(fields, person))

    def _save(self, keep: Callable[[Annotation], Annotation], annotation: Annotation) -> Judged:
        [judged] = self._judged([keep(annotation)])
        return judged

    async def undo(self, annotation_id: int, person: Person = ANYBODY) -> None:
        """Take a verdict back, who is no admin only their own. Raises NotFound, NotAllowed."""
        await run_sync(self.workbench.undo, annotation_id, None if person.may("admin") else person.name)

    async def like(self, annotation_id: int, person: Person) -> Alike:
        """What a correction may be true of as well, and is before nobody else. Raises NotFound."""
        return await run_sync(self.workbench.like, annotation_id, person.name or None)

    async def repeat(self, annotation_id: int, examples: tuple[str, ...], person: Person) -> list[Judged]:
        """A correction saved for examples like it, by who gave it. Raises as the workbench does."""
        return await run_sync(self._repeated, annotation_id, examples, person.name or None)

    def _repeated(self, annotation_id: int, examples: tuple[str, ...], by: str | None) -> list[Judged]:
        return self._judged(self.workbench.repeat(annotation_id, examples, by))

    async def undo_repeats(self, annotation_id: int, person: Person) -> list[int]:
        """Take all of those back, who is no admin only their own; their ids. Raises NotFound, NotAllowed."""
        by = None if person.may("admin") else person.name
        return await run_sync(self.workbench.undo_repeats, annotation_id, by)

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
        return self._with_sides(*self.workbench.queue(offset, limit))

    def _with_sides(self, examples: list[dict[str, Any]], total: int) -> Waiting:
        sides = self.workbench.sides_of([(each["question"], each["context"]) for each in examples])
        return Waiting([{**each, "side": side} for each, side in zip(examples, sides, strict=True)], total)

    async def take(self, wanted: Wanted, person: Person, offset: int = 0) -> Waiting:
        """What waits for a person and is before nobody else, theirs for the next minutes; and how many wait."""
        return await run_sync(self._taken, wanted, person.name, offset)

    def _taken(self, wanted: Wanted, name: str, offset: int) -> Waiting:
        return self._with_sides(*self.workbench.take(name, wanted.limit, wanted.but, wanted.keep, offset))

    async def opinions(self) -> tuple[ReviewAgreement, list[Disagreement]]:
        """How people agree who judged the same, and what has to be settled."""
        return await run_sync(self.workbench.opinions)

    async def status(self) -> Status:
        """Where the project stands."""
        return await run_sync(self.workbench.status)

    async def glance(self) -> tuple[Status, bool]:
        """Where the project stands, at once; and whether what waits is counted in it."""
        return await run_sync(self.workbench.glance)


def _annotation(fields: Mapping[str, Any], person: Person) -> Annotation:
    """The verdict that was sent, in the name of who sent it."""
    ours = _SERVER_FIELDS & set(fields)
    if person.name and fields.get("by", person.name) != person.name:
        ours |= {"by"}
    if ours:
        raise BadData(f"{', '.join(sorted(ours))}: given by the server. Leave it out.")
    named = {"by": person.name} if person.name else {}
    return Annotation.model_validate({**fields, **named, "at": now()})


def desk_of(request: Request) -> Desk:
    """The desk of the app that a request came to."""
    desk: Desk = request.app.state.desk
    return desk


def tell_verdict(request: Request, judged: Judged) -> None:
    """Have the trail say what was said about what."""
    said = judged.annotation
    tell(request, said.verdict.replace("_", " "), f"{said.question} (verdict {said.id})")
