"""Many rows at once, column by column, where nothing about them is unusual.

`read_rows` gives what `rows.read_row` would give for each row. Rows in which some value is of an unusual type, empty
or contradictory are found by halving, and read one by one there: one bad row in a million costs a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from growloop.dataset.importers.batch import Batch, Rejected, Unreadable, no_collection
from growloop.dataset.importers.columns import OWN_KEYS, SIDES, Layout
from growloop.dataset.importers.rows import EXACT, LONGEST_VALUE, name_of, read_row

FEWEST = 64
"""Fewer rows are not worth halving again."""
COLUMNS = ("question", "context", "answers", "negative", "group", "split", "source_id", "origin", "parent", "status")
Columns = dict[str, Any]
"""Name → a list, or a polars Series."""
NOTHING: frozenset[type] = frozenset({type(None)})


class Read:
    """Rows read so far, as columns of equal length; those set aside; how many were repaired."""

    def __init__(self) -> None:
        self.columns: Columns = {name: [] for name in COLUMNS}
        self.coordinates: Columns = {}
        """Candidates: whether a key has few values is known only when the whole file is read."""
        self.where: Columns = {}
        """Coordinates that are given as such."""
        self.numbers: list[int] = []
        self.rejected: list[Rejected] = []
        self.repaired = 0

    def take(self, numbers: list[int], columns: Columns, coordinates: Columns, where: Columns) -> None:
        """Add some rows; a coordinate that they lack is null in them."""
        before = len(self.numbers)
        for name in COLUMNS:
            self.columns[name] += columns[name]
        for held, more in ((self.coordinates, coordinates), (self.where, where)):
            for name, values in more.items():
                held.setdefault(name, [None] * before).extend(values)
        self.numbers += numbers
        for held in (self.coordinates, self.where):
            for values in held.values():
                values += [None] * (len(self.numbers) - len(values))


def read_rows(batch: Batch, layout: Layout, dropped: set[str], into: Read) -> None:
    """Read a batch of rows; `dropped` are keys known to be no coordinates."""
    into.rejected += batch.rejected
    with no_collection():
        _read(batch, layout, dropped, into)
    into.rejected.sort(key=lambda rejected: rejected.row)


def _read(batch: Batch, layout: Layout, dropped: set[str], into: Read) -> None:
    count = len(batch.rows)
    found = None if batch.mended else _plain_columns(batch.rows, layout, dropped)
    if found is not None:
        into.take(batch.numbers, *found)
    elif count > FEWEST:
        for start, end in ((0, count // 2), (count // 2, count)):
            _read(batch.part(start, end), layout, dropped, into)
    else:
        _read_one_by_one(batch, layout, dropped, into)


def _read_one_by_one(batch: Batch, layout: Layout, dropped: set[str], into: Read) -> None:
    for position, row in enumerate(batch.rows):
        number = batch.numbers[position]
        try:
            read = read_row(row, layout)
        except Unreadable as reason:
            into.rejected.append(Rejected(number, str(reason), batch.original(position)))
            continue
        into.repaired += read["repaired"] or position in batch.mended
        columns = {name: [read[name]] for name in COLUMNS}
        coordinates = {key: [value] for key, value in read["coordinates"].items() if key not in dropped}
        into.take([number], columns, coordinates, {key: [value] for key, value in read["where"].items()})


def _plain_columns(rows: list[Any], layout: Layout, dropped: set[str]) -> tuple[Columns, Columns, Columns] | None:
    """The columns of these rows if all of them are plain; None where a closer look is needed."""
    if not rows or _types(rows) != {dict}:
        return None
    keys = set().union(*rows)
    roles = {role: [name for name in names if name in keys] for role, names in layout.roles.items()}
    single = all(len(names) <= 1 for role, names in roles.items() if role != "group")
    if not single or "growloop" in keys or roles["where"] or roles["answerable"] or layout.separator:
        return None
    if any("." in name and name not in keys for name in layout.used):
        return None
    columns = _texts(rows, roles, layout)
    if columns is None:
        return None
    coordinates, where = {}, {}
    for key in keys - OWN_KEYS - layout.used - dropped:
        values = _names([row.get(key) for row in rows], LONGEST_VALUE)
        if values is None:
            return None
        coordinates[key] = values
    for key, column in layout.coordinates.items():
        values = _names([row.get(column) for row in rows], None)
        if values is None:
            return None
        where[key] = values
    nothing: list[Any] = [None] * len(rows)
    groups = [_names([row.get(key) for row in rows], None) for key in roles["group"]]
    sources = _names([row.get(name) for name in roles["id"] for row in rows], None) if roles["id"] else nothing
    if sources is None or any(group is None for group in groups):
        return None
    columns["group"] = [next(filter(None, each), None) for each in zip(*groups, strict=True)] if groups else nothing
    columns["source_id"] = sources
    columns |= {"origin": nothing, "parent": nothing, "status": ["accepted"] * len(rows)}
    names = [columns["group"], columns["source_id"], columns["negative"], *coordinates.values(), *where.values()]
    texts = [columns["question"], columns["context"], chain.from_iterable(columns["answers"])]
    if any("\0" in "".join(filter(None, column)) for column in (*texts, *names)):
        return None
    return columns, coordinates, where


def _texts(rows: list[dict[str, Any]], roles: dict[str, list[str]], layout: Layout) -> Columns | None:
    """Questions, contexts, answers and what depends on them."""
    if not roles["question"] or not roles["answers"]:
        return None
    given = {role: [row.get(name) for row in rows] for role, [name] in _filled(roles)}
    nothing: list[Any] = [None] * len(rows)
    questions: list[Any] = given["question"]
    contexts = given.get("context", nothing)
    flags, sides, kinds = (given.get(role, nothing) for role in ("is_impossible", "split", "negative"))
    if _types(questions) != {str} or not _types(contexts) <= {str, type(None)}:
        return None
    if not _types(flags) <= {bool, type(None)} or not _types(kinds) <= {str, type(None)}:
        return None
    if not _types(sides) <= {str, type(None)} or not set(sides) <= {None, *SIDES}:
        return None
    questions = [text.strip() for text in questions]
    answers = _answers(given["answers"], layout)
    if answers is None or not all(questions):
        return None
    if roles["is_impossible"]:
        if any(flag is False and not kept for flag, kept in zip(flags, answers, strict=True)):
            return None
        answers = [[] if flag else kept for flag, kept in zip(flags, answers, strict=True)]
    if layout.abstain_answer:
        silence = [layout.abstain_answer]
        answers = [[] if kept == silence else kept for kept in answers]
    return {
        "question": questions,
        "context": [text or "" for text in contexts],
        "answers": answers,
        "negative": [None if kept else kind or "unanswerable" for kept, kind in zip(answers, kinds, strict=True)],
        "split": [None if side is None else SIDES[side] for side in sides],
    }


def _filled(roles: dict[str, list[str]]) -> Iterable[tuple[str, list[str]]]:
    wanted = ("question", "context", "answers", "is_impossible", "split", "negative")
    return ((role, roles[role]) for role in wanted if roles[role])


def _answers(given: list[Any], layout: Layout) -> list[list[str]] | None:
    types = _types(given)
    if types == {str}:
        if layout.is_table and any(text[:1] in "[{ " for text in given if text):
            return None
        return [_alone(answer) for answer in given]
    if types == {list} and _types(chain.from_iterable(given)) <= {str}:
        return [_each_once(answers) if len(answers) != 1 else _alone(answers[0]) for answers in given]
    return None


def _alone(answer: str) -> list[str]:
    return [text] if (text := answer.strip()) else []


def _each_once(answers: list[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(str.strip, answers))))


def _names(values: list[Any], longest: int | None) -> list[str | None] | None:
    """Scalars as names, longer ones than `longest` left out; None where a number has lost its digits."""
    types = _types(values)
    if types <= {str, type(None)}:
        names = [value or None for value in values]
    elif types <= {int, bool, str, type(None)}:
        names = [name_of(value) for value in values]
    elif any(isinstance(value, float) and abs(value) >= EXACT for value in values):
        return None
    else:
        names = [name_of(value) for value in values]
    return names if longest is None else [name if name and len(name) <= longest else None for name in names]


def _types(values: Iterable[Any]) -> set[type]:
    return set(map(type, values))
