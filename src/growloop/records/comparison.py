"""Two runs on identical rows: by how much they differ, whether that is more than chance, and what follows from it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from growloop.records.base import Record
from growloop.records.estimate import Estimate

Verdict = Literal["better", "worse", "cannot tell"]


class Comparison(Record):
    """One metric of two runs on identical rows: all that both answered, or those at some coordinates."""

    metric: str
    where: dict[str, str] = Field(default_factory=dict)
    """Coordinates of the rows; empty: all that both runs answered."""
    before: Estimate
    after: Estimate
    difference: Estimate
    """Mean of the paired differences, after minus before, with its bootstrap interval."""
    wins: int
    losses: int
    ties: int
    verdict: Verdict = "cannot tell"
    p_value: float | None = None
    """How often chance alone makes a difference as large, in either direction; None where nothing was drawn."""
    adjusted_p_value: float | None = None
    """After Holm's correction over the slices; None for all rows, which are tested alone."""
    needed: int | None = None
    """About how many more examples would tell, were the difference truly as large as it looks; None where it is told,
    or where there is no difference to go by."""


class RunComparison(Record):
    """Two evaluation runs side by side."""

    before: str
    after: str
    """Ids of the runs."""
    shared: int
    """How many examples both have answered."""
    overall: tuple[Comparison, ...]
    """One for each metric, over all shared rows."""
    slices: tuple[Comparison, ...]
    """By the first of these metrics; told apart first, then the largest change."""
    notes: tuple[str, ...] = ()
    """What a reader must know, e.g. that one run answered more questions."""


Outcome = Literal["won", "lost", "tied"]
"""What became of an answer: its score rose, fell, or stayed though it is put differently."""


class ChangedAnswer(Record):
    """A question that two runs answered differently."""

    id: str
    """The example's."""
    question: str
    context: str
    answers: tuple[str, ...]
    """The accepted ones; none: it cannot be answered."""
    where: dict[str, str]
    before: str
    after: str
    """What either run said; empty where it said nothing."""
    score_before: float | None
    score_after: float | None
    outcome: Outcome


class ChangedAnswers(Record):
    """Some of what two runs answered differently: won first, then lost, then tied."""

    before: str
    after: str
    """Ids of the runs."""
    metric: str
    """By which a question is won or lost."""
    counts: dict[Outcome, int]
    """At the coordinates asked for, whichever outcomes are shown."""
    rows: tuple[ChangedAnswer, ...]
    next_offset: int | None = None
    """Where the next page begins."""


class Promotion(Record):
    """Whether a new model takes the place of the one before."""

    promoted: bool
    reasons: tuple[str, ...]
    """With figures: each thing that speaks against it, or, where nothing does, what was looked at."""
    broken: tuple[str, ...] = ()
    """Ids of examples that people had corrected, answered rightly before and wrongly now."""
