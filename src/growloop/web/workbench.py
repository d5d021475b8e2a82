"""What the pages need of the loop, as one small object."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Protocol

from growloop import loop
from growloop.records.annotation import Annotation
from growloop.records.example import SplitName
from growloop.records.status import Status

if TYPE_CHECKING:
    from growloop.annotate import Sides
    from growloop.asking import Answered
    from growloop.project import Project


class Workbench(Protocol):
    """A project as the pages see it. Calls may come from any thread; `ask` comes from one at a time."""

    def ask(self, question: str, context: str | None) -> Answered:
        """The current model's answer; without a context the indexer finds one."""
        ...

    def correct(self, annotation: Annotation) -> Annotation:
        """Save a verdict; it is safe on disk once this returns."""
        ...

    def undo(self, annotation_id: int) -> None:
        """Take a verdict back. Raises NotFound."""
        ...

    def annotations(self, offset: int, limit: int) -> tuple[list[Annotation], int]:
        """A page of verdicts, newest first, and how many there are."""
        ...

    def side_of(self, question: str, context: str) -> SplitName:
        """The side of the split on which a correction of this falls."""
        ...

    def status(self) -> Status:
        """Where the project stands."""
        ...


_FRESH_SECONDS = 10.0


class LoopWorkbench:
    """A project folder, by way of the loop. The model is loaded at the first question and kept."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._sides: Sides | None = None
        self._read_at = 0.0

    def ask(self, question: str, context: str | None) -> Answered:
        return loop.ask(self._project, question, context)

    def correct(self, annotation: Annotation) -> Annotation:
        return loop.correct(self._project, annotation)

    def undo(self, annotation_id: int) -> None:
        loop.undo(self._project, annotation_id)

    def annotations(self, offset: int, limit: int) -> tuple[list[Annotation], int]:
        return loop.verdicts(self._project, offset, limit)

    def side_of(self, question: str, context: str) -> SplitName:
        """What was drawn or frozen meanwhile shows within ten seconds; reading it for each row would take long."""
        if self._sides is None or monotonic() - self._read_at > _FRESH_SECONDS:
            self._sides, self._read_at = loop.sides(self._project), monotonic()
        return self._sides.of(question, context)

    def status(self) -> Status:
        return loop.status(self._project)
