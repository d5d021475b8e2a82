"""The queue while people work through it: read once, then kept up to date verdict by verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any

import polars as pl

from growloop.annotate import Queued, Sides
from growloop.drafts import REVIEWED_BY
from growloop.loop.auditing import queued_in
from growloop.loop.correcting import sides_beside
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.annotation import Annotation


class SharedQueue:
    """What waits for people, each example until so many have judged it.

    A verdict, given or taken back, costs next to nothing however long the queue is.
    """

    def __init__(self, queue: pl.DataFrame, annotations: Iterable[Annotation], people: int = 1) -> None:
        """Of a QUEUED frame and what was said so far, taken back or not."""
        self.examples = queue
        self._people = people
        self._ids: list[str] = queue["id"].to_list()
        self._rows = {id: row for row, id in enumerate(self._ids)}
        self._queued = Queued(queue)
        self._judges: defaultdict[int, dict[int, str]] = defaultdict(dict)  # row → verdict → by whom
        self._about: defaultdict[int, list[int]] = defaultdict(list)  # verdict → rows
        self._judged_by: defaultdict[str, set[int]] = defaultdict(set)
        self._done: set[int] = set()
        self._first = 0  # all before it are done
        self._add([given for given in annotations if not given.withdrawn])

    def judged(self, annotation: Annotation) -> SharedQueue:
        """Itself, with a verdict taken into account; twice is the same as once."""
        rows = {
            *self._queued.rows_asked(annotation.question, annotation.context),
            self._rows.get(annotation.example or ""),
        }
        self._note(annotation.id, annotation.by, rows)
        return self

    def taken_back(self, annotation: int) -> SharedQueue:
        """Itself; what the verdict was about waits again, unless others have judged it."""
        for row in self._about.pop(annotation, ()):
            self._judges[row].pop(annotation, None)
            self._settle(row)
        return self

    def waiting_for(self, person: str | None = None) -> Mapping[str, int]:
        """The ids of what waits for a person (None: for anybody), in order, and how many have yet to judge each."""
        return _Waiting(self, frozenset() if person is None else self._judged_by[person])

    def of_ids(self, ids: Collection[str]) -> list[dict[str, Any]]:
        """The rows with these ids, in the order of the queue."""
        return self.examples[sorted(self._rows[id] for id in ids)].to_dicts()

    def slice(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """Some of what waits for anybody."""
        return self.of_ids(list(islice(self.waiting_for(), offset, offset + limit)))

    @property
    def unjudged(self) -> int:
        """How many of its examples nobody has judged."""
        return len(self._ids) - sum(map(bool, self._judges.values()))

    def _add(self, annotations: Sequence[Annotation]) -> None:
        for verdict, by, id in self._queued.about(annotations).iter_rows():
            self._note(verdict, by, [self._rows.get(id)])

    def _note(self, verdict: int, by: str, rows: Iterable[int | None]) -> None:
        """Who judged the examples in some rows; None is no row."""
        for row in rows:
            if row is not None:
                self._judges[row][verdict] = by
                self._about[verdict].append(row)
                self._settle(row)

    def _settle(self, row: int) -> None:
        """What follows from who has judged an example."""
        judges = set(self._judges[row].values())
        for person in judges | set(self._judged_by):
            (self._judged_by[person].add if person in judges else self._judged_by[person].discard)(row)
        if len(judges) >= self._people:
            self._done.add(row)
        else:
            self._done.discard(row)
            self._first = min(self._first, row)

    def _wanted(self, row: int) -> int:
        return self._people - (len(set(self._judges[row].values())) if row in self._judges else 0)

    def _rows_but(self, but: Set[int]) -> Iterator[int]:
        while self._first in self._done:
            self._first += 1
        return (row for row in range(self._first, len(self._ids)) if row not in self._done and row not in but)

    def _count_but(self, but: Set[int]) -> int:
        return len(self._ids) - len(self._done) - len(but - self._done)


class _Waiting(Mapping[str, int]):
    """From how many people a verdict is wanted on what waits for one of them: a view, as quick as its beginning."""

    def __init__(self, queue: SharedQueue, but: Set[int]) -> None:
        self._queue = queue
        self._but = but

    def __getitem__(self, id: str) -> int:
        row = self._queue._rows[id]
        if row in self._queue._done or row in self._but:
            raise KeyError(id)
        return self._queue._wanted(row)

    def __iter__(self) -> Iterator[str]:
        return (self._queue._ids[row] for row in self._queue._rows_but(self._but))

    def __len__(self) -> int:
        return self._queue._count_but(self._but)


@dataclass(frozen=True)
class Review:
    """What people work through, and where what they say of it falls."""

    queue: SharedQueue
    sides: Sides

    def judged(self, annotation: Annotation) -> Review:
        """Itself, with a verdict taken into account."""
        self.queue.judged(annotation)
        return self

    def taken_back(self, annotation: int) -> Review:
        """Itself, without a verdict."""
        self.queue.taken_back(annotation)
        return self


def review(project: Project, people: int = 1) -> Review:
    """The queue as several people work through it, each example wanted from so many; what both need is read once."""
    with Pool.open(project.pool_url) as pool:
        given = pool.annotations()  # first: what is said meanwhile is said to the queue as well
        drafted = pool.examples("draft", coordinates=REVIEWED_BY)
        return Review(SharedQueue(queued_in(pool, drafted), given, people), sides_beside(project, pool, drafted))


def review_state(project: Project) -> tuple[tuple[object, ...], int, int]:
    """What a review comes from, quick to find out: a state of examples, queue and latest version that differs whenever
    they may; how many verdicts were given, and taken back.
    """
    latest = project.latest_version()
    with Pool.open(project.pool_url) as pool:
        state = (*pool.examples_state(), *pool.queued_state(), latest.id if latest else None)
        return state, *pool.verdict_counts()
