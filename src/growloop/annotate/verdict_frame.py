"""Verdicts in bulk, and which of them count."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from growloop.annotate.identity import asked
from growloop.records.annotation import Annotation

_VERDICTS = pl.Schema(
    {
        "id": pl.Int64(),
        "question": pl.String(),
        "context": pl.String(),
        "shown_answer": pl.String(),
        "verdict": pl.String(),
        "answers": pl.List(pl.String),
        "example": pl.String(),
    }
)


def latest_by_question(annotations: Iterable[Annotation]) -> list[Annotation]:
    """The verdicts that count: the last on each question and context, withdrawn ones aside."""
    standing = [given for given in annotations if not given.withdrawn]
    if not standing:
        return []
    return [standing[row] for row in latest(verdict_frame(standing))["row"]]


def verdict_frame(annotations: Iterable[Annotation]) -> pl.DataFrame:
    given = list(annotations)
    columns = {name: [getattr(annotation, name) for annotation in given] for name in _VERDICTS}
    columns["answers"] = [list(answers) for answers in columns["answers"]]
    return pl.DataFrame(columns, schema=_VERDICTS)


def latest(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The last verdict on each question and context, with what it is about and its row before."""
    ordered = verdicts.with_row_index("row").with_columns(asked()).sort("id", maintain_order=True)
    return ordered.unique("asked", keep="last", maintain_order=True)
