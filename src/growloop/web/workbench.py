"""What the pages need of the loop, as one small object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from growloop.records.annotation import Annotation
from growloop.records.example import SplitName
from growloop.records.status import Status

if TYPE_CHECKING:
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


class LoopWorkbench:
    """A project folder, by way of the loop. The model is loaded at the first question and kept."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def ask(self, question: str, context: str | None) -> Answered:
        from growloop import loop

        return loop.ask(self._project, question, context)

    def correct(self, annotation: Annotation) -> Annotation:
        from growloop import loop

        return loop.correct(self._project, annotation)

    def undo(self, annotation_id: int) -> None:
        from growloop import loop

        loop.undo(self._project, annotation_id)

    def annotations(self, offset: int, limit: int) -> tuple[list[Annotation], int]:
        from growloop import loop

        return loop.annotations(self._project, offset, limit)

    def side_of(self, question: str, context: str) -> SplitName:
        from growloop import loop

        return loop.side_of(self._project, question, context)

    def status(self) -> Status:
        from growloop import loop

        return loop.status(self._project)
