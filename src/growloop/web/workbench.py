"""What the pages need of the loop, as one small object."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import finalize

from growloop import loop
from growloop.pool import Pool
from growloop.records.annotation import Annotation
from growloop.records.example import SplitName
from growloop.records.imports import ImportOptions, ImportPreview, ImportReport
from growloop.records.progress import Progress
from growloop.records.status import Status
from growloop.web.lately import Lately
from growloop.web.opened import Opened

if TYPE_CHECKING:
    from growloop.asking import Answered
    from growloop.project import Project

Brought = ImportReport | loop.ImportedContexts
"""What a file brought: rows, or the passages of a document."""


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

    def queue(self, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """Some of what waits for a person, rows of a QUEUED frame, and how many there are."""
        ...

    def sides_of(self, asked: Sequence[tuple[str, str]]) -> list[SplitName]:
        """The side of the split on which a correction of each question and context falls."""
        ...

    def status(self) -> Status:
        """Where the project stands."""
        ...

    def uploads(self) -> Path:
        """The folder in which files wait to be imported; it need not be there yet."""
        ...

    def preview_file(self, path: Path, name: str, options: ImportOptions) -> ImportPreview | loop.ImportedContexts:
        """What a file called `name` would bring. Raises BadData where it cannot be read."""
        ...

    def import_file(self, path: Path, name: str, options: ImportOptions) -> Generator[Progress, None, Brought]:
        """Bring it in, all or, where it is stopped, nothing."""
        ...

    def rejected_file(self) -> Path:
        """Where the rows that could not be read are kept; it need not be there."""
        ...


class LoopWorkbench:
    """A project folder, by way of the loop. The model is loaded at the first question and kept.

    What takes long to read (where corrections fall, where the project stands) is read again after ten seconds, so
    that what another program draws, freezes or trains meanwhile shows soon; a verdict given here shows at once.
    """

    def __init__(self, project: Project) -> None:
        self.opened = Opened(project)
        # SQLite folds its log into the file whenever the last connection closes; one kept open makes a verdict
        # cost its own sync to disk and no more.
        finalize(self, Pool.open(project.pool_url).close)
        self._sides = Lately(lambda: loop.sides(self._project))
        self._status = Lately(lambda: loop.status(self._project))
        self._queue = Lately(lambda: loop.queue(self._project))

    @property
    def _project(self) -> Project:
        """As its declarations say now: they may be edited while it is served."""
        return self.opened.current()

    def ask(self, question: str, context: str | None) -> Answered:
        return loop.ask(self._project, question, context)

    def correct(self, annotation: Annotation) -> Annotation:
        saved = loop.correct(self._project, annotation)
        self._status.forget()
        self._queue.forget()
        return saved

    def undo(self, annotation_id: int) -> None:
        loop.undo(self._project, annotation_id)
        self._status.forget()
        self._queue.forget()

    def queue(self, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        waiting = self._queue.read()
        return waiting.slice(offset, limit).to_dicts(), waiting.height

    def annotations(self, offset: int, limit: int) -> tuple[list[Annotation], int]:
        return loop.verdicts(self._project, offset, limit)

    def sides_of(self, asked: Sequence[tuple[str, str]]) -> list[SplitName]:
        return self._sides.read().of_all(asked)

    def status(self) -> Status:
        return self._status.read()

    def uploads(self) -> Path:
        return self._project.folder / ".uploads"

    def preview_file(self, path: Path, name: str, options: ImportOptions) -> ImportPreview | loop.ImportedContexts:
        return loop.preview_file(self._project, path, name, options)

    def import_file(self, path: Path, name: str, options: ImportOptions) -> Generator[Progress, None, Brought]:
        brought = yield from loop.import_file(self._project, path, name, options)
        self._status.forget()
        self._sides.forget()
        return brought

    def rejected_file(self) -> Path:
        return self._project.folder / "rejected.jsonl"
