"""What the pages need of the loop, as one small object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import finalize

import polars as pl

from growloop import loop
from growloop.errors import Overtaken
from growloop.pool import Pool
from growloop.records.agreement import Disagreement, ReviewAgreement
from growloop.records.annotation import Annotation
from growloop.records.example import SplitName
from growloop.records.imports import ImportOptions, ImportPreview, ImportReport
from growloop.records.progress import Progress
from growloop.records.report import Standing
from growloop.records.status import Status
from growloop.web.lately import Lately
from growloop.web.opened import Opened

if TYPE_CHECKING:
    from growloop.asking import Answered
    from growloop.project import Project

Hear = Callable[[str], None]
"""Is told what is written of an answer so far; whatever it raises ends the answer."""

Brought = ImportReport | loop.ImportedContexts
"""What a file brought: rows, or the passages of a document."""


class Workbench(Protocol):
    """A project as the pages see it. Calls may come from any thread; `ask` comes from one at a time for each model."""

    def ask(self, question: str, context: str | None, by: Standing, hear: Hear) -> Answered:
        """The current model's answer, or another's; without a context the indexer finds one."""
        ...

    def standing(self) -> list[Standing]:
        """Which models can be held against each other."""
        ...

    def correct(self, annotation: Annotation) -> Annotation:
        """Save a verdict; it is safe on disk once this returns. Raises Overtaken."""
        ...

    def settle(self, annotation: Annotation) -> Annotation:
        """Save the last word on what people said differently. Raises Overtaken."""
        ...

    def opinions(self) -> tuple[ReviewAgreement, list[Disagreement]]:
        """How people agree who judged the same examples, and what of it nobody has settled."""
        ...

    def undo(self, annotation_id: int, by: str | None = None) -> None:
        """Take a verdict back; `by`: only one of that person's. Raises NotFound, NotAllowed."""
        ...

    def annotations(self, offset: int, limit: int) -> tuple[list[Annotation], int]:
        """A page of verdicts, newest first, and how many there are."""
        ...

    def queue(self, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """Some of what waits for a person, rows of a QUEUED frame, and how many there are."""
        ...

    def take(
        self, person: str, limit: int, but: Collection[str], keep: Collection[str], offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Some of what waits for a person and is before nobody else, leased to them; and how many wait for them."""
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

    def __init__(self, project: Project, overlap: int = 1) -> None:
        """What is reviewed is wanted from `overlap` people."""
        self.opened = Opened(project)
        self._overlap = overlap
        # SQLite folds its log into the file whenever the last connection closes; one kept open makes a verdict
        # cost its own sync to disk and no more.
        finalize(self, Pool.open(project.pool_url).close)
        self._leases = loop.leases(project)
        finalize(self, self._leases.close)
        self._sides = Lately(lambda: loop.sides(self._project))
        self._status = Lately(lambda: loop.status(self._project))
        self._standing = Lately(lambda: list(loop.standing_models(self._project)))
        self._queue = Lately(lambda: loop.shared_queue(self._project, overlap))

    @property
    def _project(self) -> Project:
        """As its declarations say now: they may be edited while it is served."""
        return self.opened.current()

    def ask(self, question: str, context: str | None, by: Standing, hear: Hear) -> Answered:
        return loop.ask(self._project, question, context, by=by, hear=hear)

    def standing(self) -> list[Standing]:
        return self._standing.read()

    def correct(self, annotation: Annotation) -> Annotation:
        try:
            saved = loop.correct(self._project, annotation, people=self._overlap)
        except Overtaken:
            self._queue.forget()  # by another program, too
            raise
        self._status.forget()
        self._queue.change(lambda queue: loop.taken_off(queue, saved, self._overlap))
        return saved

    def settle(self, annotation: Annotation) -> Annotation:
        saved = loop.settle(self._project, annotation)
        self._status.forget()
        return saved

    def opinions(self) -> tuple[ReviewAgreement, list[Disagreement]]:
        return loop.people_agreement(self._project), loop.disagreements(self._project)

    def undo(self, annotation_id: int, by: str | None = None) -> None:
        loop.undo(self._project, annotation_id, by=by)
        self._status.forget()
        self._queue.forget()

    def queue(self, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        waiting = self._queue.read().drop("judges")
        return waiting.slice(offset, limit).to_dicts(), waiting.height

    def take(
        self, person: str, limit: int, but: Collection[str], keep: Collection[str], offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        judges = pl.col("judges")
        waiting = self._queue.read().filter(~judges.list.contains(person))
        wanted = waiting.select("id", wanted=self._overlap - judges.list.len().cast(pl.Int64))
        ids = self._leases.take(person, wanted, limit=limit, offset=offset, but=but, keep=keep)
        return waiting.filter(pl.col("id").is_in(ids)).drop("judges").to_dicts(), waiting.height

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
