"""A person's verdict on an answer; append-only."""

from __future__ import annotations

from typing import Literal

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
