"""A person's verdict on an answer; append-only."""

from __future__ import annotations

from typing import Literal

import polars as pl

from growloop.records.base import Record

Verdict = Literal["correct", "partly", "wrong", "unanswerable", "bad_question"]


class Annotation(Record):
    """What a person said about one shown answer. Undoing one withdraws it; nothing is erased."""

    id: int = 0
    """Given by the pool."""
    question: str
    context: str = ""
    shown_answer: str
    verdict: Verdict
    answers: tuple[str, ...] = ()
    """The right answers, where the person gave them."""
    note: str = ""
    example: str | None = None
    """The example it was asked about, if it was one of the pool's."""
    run: str | None = None
    """The training run whose model answered; None for an untuned model."""
    by: str = ""
    at: str
    """UTC, ISO 8601."""
    withdrawn: bool = False


QUEUED = pl.Schema(
    {
        "id": pl.String(),
        "question": pl.String(),
        "context": pl.String(),
        "answers": pl.List(pl.String()),
        "origin": pl.String(),
        "status": pl.String(),
        "proposed": pl.Boolean(),
        "reason": pl.String(),
        "priority": pl.Float64(),
        "queued_at": pl.String(),
    }
)
"""Examples that wait for a person's verdict: why, and how urgently (0–1, the highest first; drafts come last).

Where nothing is `proposed`, no answers does not mean unanswerable: nobody has answered yet.
"""
