"""Report and recommendation: what the runs say, and what to gather next."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from growloop.records.base import Record
from growloop.records.diagnosis import Diagnosis
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


class Recommendation(Record):
    """What to do next about what fails, and why."""

    where: dict[str, str]
    action: Literal["draw", "collect", "annotate", "relabel", "add_slot_values", "fix_retrieval", "stop"]
    how_many: int = 0
    because: str
    expected_gain: Estimate | None = None
    evidence: tuple[str, ...] = ()


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
    diagnosis: Diagnosis | None = None
    """Which slices fail more than the rest."""
    trick: str = ""
    """What answers without understanding would score by the task's metrics, in a sentence."""
    settings: dict[str, Any] = Field(default_factory=dict)
