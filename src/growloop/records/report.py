"""The report: what the runs of one turn of the loop say."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from growloop.records.base import Record
from growloop.records.run import Estimate, Timings
from growloop.records.task import MinimumScore


class SliceScore(Record):
    """The scores of the examples at some coordinates."""

    where: dict[str, str]
    metrics: dict[str, Estimate]


class BudgetCheck(Record):
    """One budget of the task beside what was measured."""

    name: str
    budget: float
    measured: float | None
    met: bool
    minimum: MinimumScore | None = None


class Comparison(Record):
    """Two runs on identical rows."""

    metric: str
    before: Estimate
    after: Estimate
    difference: Estimate
    """Mean of the paired differences, with its bootstrap interval."""
    wins: int
    losses: int
    ties: int


class Iteration(Record):
    """One turn of the loop; number 0 is the zero-shot baseline."""

    number: int
    version: str
    run: str
    """The evaluation run its metrics come from."""
    trained_by: str | None = None
    """The training run; None for the zero-shot baseline."""
    model: str
    metrics: dict[str, Estimate]
    timings: Timings | None = None
    model_bytes: int | None = None
    parameters: int | None = None
    annotations: int = 0
    """How many annotations had been folded into its version."""
    created: str


class Report(Record):
    """A pure reading of runs: everything the report page shows about one iteration."""

    iteration: Iteration
    compared_to: Iteration | None = None
    slices: tuple[SliceScore, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    budgets: tuple[BudgetCheck, ...] = ()
    trick: str = ""
    """What answers without understanding would score by the task's metrics, in a sentence."""
    settings: dict[str, Any] = Field(default_factory=dict)
