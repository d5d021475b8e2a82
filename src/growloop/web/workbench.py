"""What the pages need of the loop, as one small object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import finalize

from growloop import loop
from growloop.errors import Overtaken
from growloop.loop import Review
from growloop.pool import Pool
from growloop.records.agreement import Disagreement, ReviewAgreement
from growloop.records.annotation import Annotation
from growloop.records.example import SplitName
from growloop.records.imports import ImportOptions, ImportPreview, ImportReport
from growloop.records.progress import Progress
from growloop.records.report import Standing
from growloop.records.status import Status
from growloop.records.task import AnswerKind
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

    @property
    def name(self) -> str:
        """The project's, as its pages are headed."""
        ...

    @property
    def answer_kind(self) -> AnswerKind:
        """What the task's answers are."""
        ...

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

    def like(self, annotation_id: int, by: str | None) -> loop.Alike:
        """What a correction may be true of as well, and is before nobody but `by`. Raises NotFound, NotIndexed."""
        ...

    def repeat(self, annotation_id: int, examples: Sequence[str], by: str | None) -> list[Annotation]:
        """Save a correction for examples like it, all or none. Raises NotFound, NotAllowed, BadData, Overtaken."""
        ...

    def undo_repeats(self, annotation_id: int, by: str | None) -> list[int]:
        """Take all of those back; `by`: only that person's. Their ids. Raises NotFound, NotAllowed."""
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

    def glance(self) -> tuple[Status, bool]:
        """Where the project stands, at once; and whether what waits is counted in it."""
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

    def is_searchable(self) -> bool:
        """True where no search for examples would have to wait for `index_examples`."""
        ...

    def index_examples(self) -> Generator[Progress, None, None]:
        """Index the examples for searching."""
        ...

    def rejected_file(self) -> Path:
        """Where the rows that could not be read are kept; it need not be there."""
        ...


class LoopWorkbench:
    """A project folder, by way of the loop. The model is loaded at the first question and kept.

    What takes long to read (where corrections fall, where the project stands) is read again once it is ten seconds
    old, so that what another program draws, freezes or trains meanwhile shows soon; a verdict given here shows at once.
    """

    def __init__(self, project: Project, overlap: int = 1) -> None:
        """What is reviewed is wanted from `overlap` people."""
        self.opened = Opened(project)
        self._overlap = overlap
        # SQLite folds its log into the file whenever the last connection closes; one kept open makes a verdict
        # cost its own sync to disk and no more.
        self._pool = Pool.open(project.pool_url)
        finalize(self, self._pool.close)
        self._pool_url = project.pool_url
        self._leases = loop.leases(project)
        finalize(self, self._leases.close)
        self._given = self._taken_back = 0
        self._status = Lately(self._read_status, lambda: loop.status_state(self._project))
        self._standing = Lately(lambda: list(loop.standing_models(self._project)))
        self._review = Lately(lambda: loop.review(self._project, overlap), self._review_mark)

    def _read_status(self) -> Status:
        return loop.status(self._project, queued=lambda: self._review.read().queue.unjudged)

    def _review_mark(self) -> object:
        """Stays the same whatever is said here: the queue hears of that as it is said."""
        state, given, taken_back = loop.review_state(self._project)
        return self._project, state, given - self._given, taken_back - self._taken_back

    @property
    def _project(self) -> Project:
        """As its declarations say now: they may be edited while it is served."""
        return self.opened.current()

    def ask(self, question: str, context: str | None, by: Standing, hear: Hear) -> Answered:
        return loop.ask(self._project, question, context, by=by, hear=hear)

    def standing(self) -> list[Standing]:
        return self._standing.read()

    @property
    def name(self) -> str:
        return self._project.task.name

    @property
    def answer_kind(self) -> AnswerKind:
        return self._project.task.answer_kind

    def correct(self, annotation: Annotation) -> Annotation:
        project, pool = self._project, self._open_pool()
        try:
            saved = loop.correct(project, annotation, people=self._overlap, pool=pool)
        except Overtaken:
            if annotation.example in self._review.read().queue.waiting_for(annotation.by):
                self._review.forget()  # another program was first
            raise
        self._hear(saved)
        return saved

    def settle(self, annotation: Annotation) -> Annotation:
        saved = loop.settle(self._project, annotation)
        self._hear(saved)
        return saved

    def _open_pool(self) -> Pool | None:
        return self._pool if self._project.pool_url == self._pool_url else None

    def _shared(self) -> dict[str, Any]:
        """What those who work here side by side have in common."""
        return {"people": self._overlap, "pool": self._open_pool(), "leases": self._leases, "patient": False}

    def _hear(self, *saved: Annotation) -> None:
        self._given += len(saved)
        self._status.forget()
        for each in saved:
            self._review.change(partial(Review.judged, annotation=each))

    def _hear_back(self, *taken_back: int) -> None:
        self._taken_back += len(taken_back)
        self._status.forget()
        for each in taken_back:
            self._review.change(partial(Review.taken_back, annotation=each))

    def opinions(self) -> tuple[ReviewAgreement, list[Disagreement]]:
        return loop.people_agreement(self._project), loop.disagreements(self._project)

    def undo(self, annotation_id: int, by: str | None = None) -> None:
        loop.undo(self._project, annotation_id, by=by)
        self._hear_back(annotation_id)

    def like(self, annotation_id: int, by: str | None) -> loop.Alike:
        return loop.like(self._project, annotation_id, by=by, **self._shared())

    def repeat(self, annotation_id: int, examples: Sequence[str], by: str | None) -> list[Annotation]:
        try:
            saved = loop.repeat(self._project, annotation_id, examples, by=by, **self._shared())
        except Overtaken:
            self._review.forget()  # another program may have been first
            raise
        self._hear(*saved)
        return saved

    def undo_repeats(self, annotation_id: int, by: str | None) -> list[int]:
        taken_back = loop.undo_repeats(self._project, annotation_id, by=by)
        self._hear_back(*taken_back)
        return taken_back

    def queue(self, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        queue = self._review.read().queue
        return queue.slice(offset, limit), len(queue.waiting_for())

    def take(
        self, person: str, limit: int, but: Collection[str], keep: Collection[str], offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        queue = self._review.read().queue
        waiting = queue.waiting_for(person)
        ids = self._leases.take(person, waiting, limit=limit, offset=offset, but=but, keep=keep)
        return queue.of_ids(ids), len(waiting)

    def annotations(self, offset: int, limit: int) -> tuple[list[Annotation], int]:
        return loop.verdicts(self._project, offset, limit)

    def sides_of(self, asked: Sequence[tuple[str, str]]) -> list[SplitName]:
        return self._review.read().sides.of_all(asked)

    def status(self) -> Status:
        return self._status.read()

    def glance(self) -> tuple[Status, bool]:
        known = self._status.known()
        return (loop.status(self._project, counted=False), False) if known is None else (known, True)

    def uploads(self) -> Path:
        return self._project.folder / ".uploads"

    def preview_file(self, path: Path, name: str, options: ImportOptions) -> ImportPreview | loop.ImportedContexts:
        return loop.preview_file(self._project, path, name, options)

    def import_file(self, path: Path, name: str, options: ImportOptions) -> Generator[Progress, None, Brought]:
        brought = yield from loop.import_file(self._project, path, name, options)
        self._status.forget()
        self._review.forget()
        return brought

    def is_searchable(self) -> bool:
        return loop.is_searchable(self._project)

    def index_examples(self) -> Generator[Progress, None, None]:
        return loop.index_examples(self._project)

    def rejected_file(self) -> Path:
        return self._project.folder / "rejected.jsonl"
