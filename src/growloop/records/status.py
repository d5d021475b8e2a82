"""Where a project stands, and what to do next."""

from __future__ import annotations

from pydantic import Field

from growloop.records.base import Record
from growloop.records.report import BudgetCheck, Iteration
from growloop.records.run import Estimate, Timings
from growloop.records.task import AnswerKind


class Status(Record):
    """A project at a glance; `next_step` is a command, `because` says why it is the next."""

    name: str
    folder: str
    purpose: str
    answer_kind: AnswerKind = "open_generative"
    pool: dict[str, int]
    """Examples in the pool per status."""
    versions: tuple[str, ...]
    iterations: tuple[Iteration, ...]
    waiting: int
    """Annotations that no frozen version holds yet."""
    queued: int = 0
    """Examples in the queue that nobody has judged."""
    indexed: bool
    next_step: str
    because: str


class Candidate(Record):
    """A pretrained model measured zero-shot, before anything is trained."""

    model: str
    run: str | None
    """None where the model could not be measured; `problem` says why."""
    problem: str = ""
    trained_for: str = ""
    parameters: int | None = None
    model_bytes: int | None = None
    metrics: dict[str, Estimate] = Field(default_factory=dict)
    timings: Timings | None = None
    budgets: tuple[BudgetCheck, ...] = ()
