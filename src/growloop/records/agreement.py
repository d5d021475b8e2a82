"""How far metrics agree with people: verdicts in, one figure for each metric and part of the data out."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field

from growloop.records.base import Record
from growloop.records.example import EXAMPLES
from growloop.records.run import Estimate

VERDICTS = pl.Schema(
    {
        "question": pl.String(),
        "context": pl.String(),
        "answers": pl.List(pl.String()),
        "prediction": pl.String(),
        "verdict": pl.Float64(),
        "annotator": pl.String(),
        "where": EXAMPLES["where"],
    }
)
"""What people said about answers: a row for each verdict, 1 for correct, 0 for wrong, graded in between."""

REVIEWS = pl.Schema(
    {
        "example": pl.String(),
        "by": pl.String(),
        "verdict": pl.String(),
        "answer": pl.String(),
        "annotation": pl.Int64(),
    }
)
"""What people said about examples in the review: a row for each person and example."""

Trust = Literal["trusted", "none", "cannot_tell"]
"""trusted: the best metric's kappa is surely high enough; none: surely not; cannot_tell: the interval holds both."""


class MetricAgreement(Record):
    """One metric beside the people's verdicts."""

    metric: str
    threshold: float | None
    """From here on an answer counts as correct; the median of those chosen. None where there was nothing to choose."""
    accuracy: Estimate
    """Share of answers judged alike, each with a threshold chosen on other questions."""
    kappa: Estimate
    """Cohen's kappa of the same; no value where the people's verdicts are all alike."""
    kappa_at_half: Estimate
    """Kappa where everything from 0.5 on counts as correct, the customary threshold, with nothing chosen."""
    spearman: Estimate
    kendall: Estimate
    """Tau-b."""


class PeopleAgreement(Record):
    """People beside each other: what no metric can be expected to pass by much."""

    annotators: tuple[str, ...]
    """The two who judged most answers together."""
    agreement: Estimate
    """Share of these answers that the two judged alike."""
    kappa: Estimate
    """Cohen's kappa of the two."""
    alpha: Estimate
    """Krippendorff's alpha (interval) over all annotators and all answers that several judged."""


class PartAgreement(Record):
    """All answers, those of one style, or those at one coordinate."""

    where: dict[str, str]
    """Empty for all answers."""
    answers: int
    questions: int
    correct: float | None
    """Share that people call correct."""
    metrics: tuple[MetricAgreement, ...]
    """The highest kappa first, those behind that have no score for many of the answers."""
    people: PeopleAgreement
    trust: Trust


class Agreement(Record):
    """What `growloop metrics agree` found."""

    verdicts: int
    halves: int
    """How many times the questions were dealt into two halves; 0 where the half was stated."""
    seed: int
    chosen_on: dict[str, str] = Field(default_factory=dict)
    """Where thresholds were chosen, if that was stated; all other answers are measured."""
    undecided: int
    """Answers that are half right, or on which people are evenly split: in the correlations only."""
    overall: PartAgreement
    styles: tuple[PartAgreement, ...]
    slices: tuple[PartAgreement, ...]
    too_small: int
    """Styles and slices with too few answers to be measured."""


class PairAgreement(Record):
    """Two people who judged the same examples."""

    people: tuple[str, str]
    agreement: Estimate
    """Share of these that they gave the same verdict."""
    kappa: Estimate
    """Cohen's kappa over the kinds of verdict; no value where both always gave one and the same."""


class ReviewAgreement(Record):
    """How people agree who judged the same examples in the review."""

    examples: int
    """Judged by two or more."""
    people: tuple[str, ...]
    alpha: Estimate
    """Krippendorff's alpha (nominal) over all of them."""
    pairs: tuple[PairAgreement, ...]
    """Those who judged most together first."""


class Opinion(Record):
    """What one person said about an example."""

    annotation: int
    by: str
    verdict: str
    answers: tuple[str, ...]
    at: str


class Disagreement(Record):
    """An example about which people said different things, and nobody has settled it."""

    example: str
    question: str
    context: str
    shown_answer: str
    opinions: tuple[Opinion, ...]
