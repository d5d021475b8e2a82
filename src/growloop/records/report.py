"""The report: what the runs of one turn of the loop say."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from growloop.records.base import Record
from growloop.records.comparison import Comparison, Promotion
from growloop.records.diagnosis import Diagnosis
from growloop.records.recommendation import Recommendation, Taken
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
    low: float | None = None
    """The lower end of its 95 % interval, of a cost that was measured many times; None of anything else."""
    met: bool
    minimum: MinimumScore | None = None

    @property
    def is_near(self) -> bool:
        """True of a cost over its budget by no more than measuring it again can make of it, which counts as met."""
        return self.met and self.minimum is None and self.measured is not None and self.measured > self.budget


class Iteration(Record):
    """One turn of the loop; number 0 is the zero-shot baseline."""

    number: int
    version: str
    run: str
    """The evaluation run its metrics come from."""
    trained_by: str | None = None
    """The training run; None for the zero-shot baseline."""
    model: str
    """What was trained: a candidate, or the run that trained the model before, on a warm start."""
    metrics: dict[str, Estimate]
    timings: Timings | None = None
    model_bytes: int | None = None
    parameters: int | None = None
    annotations: int = 0
    """How many annotations had been folded into its version."""
    trained_on: int = 0
    """Examples on the training side of its version."""
    diagnosed: str | None = None
    """The evaluation run that was diagnosed: of the validation side, so that the test side decides nothing."""
    taken: tuple[Taken, ...] = ()
    """The recommendations that were followed on the way to it, with the gain expected and the gain seen."""
    promotion: Promotion | None = None
    """Whether its model took the place of the one before; None for the baseline."""
    created: str

    @property
    def in_use(self) -> bool:
        """True unless its model was held back."""
        return self.promotion is None or self.promotion.promoted


class CurvePoint(Record):
    """What a model was worth that learned from a share of the training examples."""

    share: float
    trained_on: int
    run: str
    """The evaluation of its answers to the validation questions."""
    metrics: dict[str, Estimate]


Standing = Literal["base", "previous", "current"]
"""Which model of a project: the untrained candidate, the one that was in use before, the one in use."""


class Report(Record):
    """A pure reading of runs: everything the report page shows about one iteration."""

    iteration: Iteration
    compared_to: Iteration | None = None
    slices: tuple[SliceScore, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    """Over all questions that both turns answered, one for each metric."""
    compared_slices: tuple[Comparison, ...] = ()
    """By the main metric; told apart first, then the largest change."""
    budgets: tuple[BudgetCheck, ...] = ()
    diagnosis: Diagnosis | None = None
    """Which slices fail more than the rest."""
    recommendations: tuple[Recommendation, ...] = ()
    """What to do next."""
    trick: str = ""
    """What answers without understanding would score by the task's metrics, in a sentence."""
    settings: dict[str, Any] = Field(default_factory=dict)


class Ended(Record):
    """Why a loop that ran by itself stopped."""

    reason: Literal["met", "turns", "budget", "person", "nothing_new"]
    """met: every budget in task.yaml is met. turns, budget: as far as it was allowed to go. person: only people can
    help now. nothing_new: what was recommended brought no new example."""
    words: str
    turn: Iteration


class Reproduced(Record):
    """An iteration made again from its record, beside what it was."""

    number: int
    same_weights: bool
    """The model's file is the same to the last bit."""
    answers: int
    """Test questions asked."""
    same_answers: int
    metrics: dict[str, Estimate]
    metrics_before: dict[str, Estimate]
    precision: str
    """Of the training; fp32 on the same machine gives the same weights, bf16 nearly the same."""
