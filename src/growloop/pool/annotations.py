"""What people said about examples: given, taken back, and never changed or erased.

Taking one back adds a row to `withdrawals`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from growloop.database import Stored, alone, inserting
from growloop.errors import NotAllowed, NotFound, Overtaken
from growloop.pool import tables
from growloop.pool.rows import as_json
from growloop.pool.statuses import STATUS
from growloop.pool.tables import size
from growloop.project import now
from growloop.records.annotation import Annotation

_NO_ID = 2**31 - 1
"""No annotation has such a number, and no database takes a much larger one."""


class Annotations(Stored):
    """Every verdict anyone ever gave."""

    def annotate(self, annotation: Annotation, *, people: int | None = None) -> Annotation:
        """Save an annotation durably; what comes back carries its id.

        With `people` it is saved only where its example still waits for this person: raises Overtaken where verdicts of
        so many people stand on it already, or one of the same person's, or where the example was replaced.
        """
        if people is None or annotation.example is None:
            with self._writing() as connection:
                return _saved(connection, annotation)
        with alone(self._engine, f"example {annotation.example}") as connection:
            overtaken = _overtaken(connection, annotation, people)
            if overtaken:
                raise Overtaken(overtaken)
            return _saved(connection, annotation)

    def repeat(self, source: int, annotations: Sequence[Annotation], *, people: int = 1) -> list[Annotation]:
        """Save annotations on examples like that of another one, the `source`, durably: all of them, or none.

        Raises Overtaken, naming them, where some do not wait for this person any more.
        """
        if not annotations:
            return []
        with alone(self._engine, *(f"example {each.example}" for each in annotations)) as connection:
            gone = [each.question for each in annotations if _overtaken(connection, each, people)]
            if gone:
                named = ", ".join(f"“{question}”" for question in gone)
                raise Overtaken(
                    f"{len(gone)} of these {len(annotations)} were judged or replaced meanwhile: {named}. "
                    "Nothing was overwritten and none was saved; look at the others once more."
                )
            saved = [_saved(connection, each) for each in annotations]
            rows = [{"annotation": each.id, "source": source} for each in saved]
            connection.execute(sa.insert(tables.REPEATS), rows)
        return saved

    def repeats(self, source: int) -> list[int]:
        """The ids of the annotations that repeat one and stand, in their order."""
        with self._reading() as connection:
            return _standing_repeats(connection, source)

    def settle(self, annotation: Annotation) -> Annotation:
        """Save an annotation as the word that settles what people said differently about its example.

        Raises Overtaken where it was settled already.
        """
        with alone(self._engine, f"example {annotation.example}") as connection:
            standing = _with_withdrawals(tables.SETTLEMENTS).where(
                tables.WITHDRAWALS.c.annotation.is_(None), tables.SETTLEMENTS.c.example == annotation.example
            )
            before = connection.execute(standing).first()
            if before is not None:
                raise Overtaken(f"{before.by or 'Somebody'} has settled this already. Nothing was overwritten.")
            saved = _saved(connection, annotation)
            row = {"annotation": saved.id, "example": annotation.example}
            connection.execute(sa.insert(tables.SETTLEMENTS).values(row))
        return saved

    def settlements(self) -> list[int]:
        """The ids of the annotations that settle others."""
        with self._reading() as connection:
            return list(connection.execute(sa.select(tables.SETTLEMENTS.c.annotation)).scalars())

    def withdraw(self, annotation_id: int, *, by: str | None = None) -> None:
        """Take an annotation back; it stays on record. Twice is the same as once. Raises NotFound.

        `by`: only one of that person's; raises NotAllowed for somebody else's.
        """
        with self._writing() as connection:
            self._withdraw(connection, annotation_id, by)

    def withdraw_repeats(self, source: int, *, by: str | None = None) -> list[int]:
        """Take back all annotations that repeat one, or none; their ids. Raises as `withdraw` does."""
        with self._writing() as connection:
            standing = _standing_repeats(connection, source)
            for annotation_id in standing:
                self._withdraw(connection, annotation_id, by)
        return standing

    def _withdraw(self, connection: sa.Connection, annotation_id: int, by: str | None) -> None:
        known = sa.select(tables.ANNOTATIONS.c.by).where(tables.ANNOTATIONS.c.id == min(annotation_id, _NO_ID))
        said = connection.execute(known).first()
        if said is None:
            raise NotFound(f"There is no annotation {annotation_id} to take back.")
        if by is not None and said.by != by:
            raise NotAllowed(f"That verdict is {said.by or 'nobody'}'s. They can take it back themselves, or an admin.")
        event = {"annotation": annotation_id, "at": now()}
        connection.execute(inserting(self._engine, tables.WITHDRAWALS).on_conflict_do_nothing(), event)
        # a restored version may have made an example of it
        made = (tables.EXAMPLES.c.origin == "annotation") & (tables.EXAMPLES.c.source_id == str(annotation_id))
        connection.execute(sa.update(tables.EXAMPLES).where(made).values(status="set_aside"))

    def annotation(self, annotation_id: int) -> Annotation:
        """One annotation, withdrawn or not. Raises NotFound."""
        found = self._read_annotations(_with_withdrawals().where(tables.ANNOTATIONS.c.id == min(annotation_id, _NO_ID)))
        if not found:
            raise NotFound(f"There is no annotation {annotation_id}.")
        return found[0]

    def annotations(self, include_withdrawn: bool = False) -> list[Annotation]:
        """The annotations, oldest first."""
        query = _with_withdrawals().order_by(tables.ANNOTATIONS.c.id)
        if not include_withdrawn:
            query = query.where(tables.WITHDRAWALS.c.annotation.is_(None))
        return self._read_annotations(query)

    def annotations_on(self, ids: Sequence[str], questions: Sequence[str] = ()) -> list[Annotation]:
        """The annotations on some examples, or of some questions, withdrawn ones among them, oldest first."""
        about: sa.ColumnElement[bool] = tables.ANNOTATIONS.c.example.in_(list(ids))
        if questions:
            about |= tables.ANNOTATIONS.c.question.in_(list(questions))
        return self._read_annotations(_with_withdrawals().where(about).order_by(tables.ANNOTATIONS.c.id))

    def waiting_annotations(self) -> list[Annotation]:
        """The annotations that no restored version has settled, oldest first."""
        settled = sa.select(sa.func.coalesce(sa.func.max(tables.RESTORATIONS.c.last_annotation), 0)).scalar_subquery()
        query = _with_withdrawals().where(tables.WITHDRAWALS.c.annotation.is_(None), tables.ANNOTATIONS.c.id > settled)
        return self._read_annotations(query.order_by(tables.ANNOTATIONS.c.id))

    def latest_annotations(self, offset: int, limit: int) -> tuple[list[Annotation], int]:
        """Some of all annotations, newest first, withdrawn ones among them; and how many there are."""
        query = _with_withdrawals().order_by(tables.ANNOTATIONS.c.id.desc()).offset(offset).limit(limit)
        with self._reading() as connection:
            total = size(connection, tables.ANNOTATIONS)
        return self._read_annotations(query), total

    def verdict_counts(self) -> tuple[int, int]:
        """How many verdicts were given, and how many of them taken back."""
        with self._reading() as connection:
            return size(connection, tables.ANNOTATIONS), size(connection, tables.WITHDRAWALS)

    def _read_annotations(self, query: sa.Select[Any]) -> list[Annotation]:
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Annotation(**{**row, "answers": tuple(json.loads(row["answers"]))}) for row in rows]


def _with_withdrawals(beside: sa.Table | None = None) -> sa.Select[Any]:
    """The annotations, and whether each is withdrawn; only those that stand `beside` in another table, too."""
    withdrawn = tables.WITHDRAWALS.c.annotation.is_not(None).label("withdrawn")
    joined = tables.ANNOTATIONS.outerjoin(
        tables.WITHDRAWALS, tables.WITHDRAWALS.c.annotation == tables.ANNOTATIONS.c.id
    )
    if beside is not None:
        joined = joined.join(beside, beside.c.annotation == tables.ANNOTATIONS.c.id)
    return sa.select(tables.ANNOTATIONS, withdrawn).select_from(joined)


_JUDGES = (
    sa.select(tables.ANNOTATIONS.c.by)
    .outerjoin(tables.WITHDRAWALS, tables.WITHDRAWALS.c.annotation == tables.ANNOTATIONS.c.id)
    .where(tables.WITHDRAWALS.c.annotation.is_(None), tables.ANNOTATIONS.c.example == sa.bindparam("judged"))
)
_SAVE = sa.insert(tables.ANNOTATIONS)
"""What every verdict asks, put together once: that takes longer than to ask it."""


def _overtaken(connection: sa.Connection, annotation: Annotation, people: int) -> str:
    """Why an example does not wait for a person any more; empty where it does."""
    rows = connection.execute(_JUDGES, {"judged": annotation.example}).all()
    others = {row.by for row in rows} - {annotation.by}
    if any(row.by == annotation.by for row in rows):
        who = "You have" if annotation.by else "Somebody has"
        return f"{who} judged this already. Nothing was overwritten; take that verdict back to change it."
    if len(others) >= people:
        names = " and ".join(sorted(others)) or "Somebody"
        return f"{names} judged this while you had it open. Nothing was overwritten, yours was not saved."
    if connection.execute(STATUS, {"named": annotation.example}).scalar() in ("rejected", "set_aside"):
        return "This question was replaced while you had it open. Yours was not saved: look at the new one."
    return ""


def _standing_repeats(connection: sa.Connection, source: int) -> list[int]:
    standing = _with_withdrawals(tables.REPEATS).where(
        tables.WITHDRAWALS.c.annotation.is_(None), tables.REPEATS.c.source == source
    )
    return [row.id for row in connection.execute(standing.order_by(tables.ANNOTATIONS.c.id))]


def _saved(connection: sa.Connection, annotation: Annotation) -> Annotation:
    values = annotation.model_dump(exclude={"id", "withdrawn"})
    values["answers"] = as_json(annotation.answers)
    key = connection.execute(_SAVE, values).inserted_primary_key
    return annotation.model_copy(update={"id": key[0] if key else 0, "withdrawn": False})
