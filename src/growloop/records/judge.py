"""A trained judge: what it learned from, and how far it agrees with people on answers it has not seen."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field

from growloop.records.base import Record
from growloop.records.estimate import Estimate

JudgeVerdict = Literal["right", "wrong", "cannot_tell"]
JUDGED = pl.Schema({"probability": pl.Float64(), "verdict": pl.String(), "outside": pl.Boolean()})
"""What a judge says of an answer: how likely it is right, its verdict, and whether it is unlike all it learned from."""


class UnseenAgreement(Record):
    """A judge beside verdicts on answers to questions it has not seen: it learned from other folds."""

    answers: int
    questions: int
    correct: float | None
    """Share called correct by people, or made to be."""
    accuracy: Estimate
    """Share of the answers judged alike, taking as right what is likelier right than not."""
    kappa: Estimate
    """Cohen's kappa of the same; no value where all are alike."""
    decided: Estimate
    """Share on which the judge gives a verdict."""
    accuracy_decided: Estimate
    """Share judged alike among them; the limits were chosen on other questions."""


class JudgeCard(Record):
    """What there is to say about a judge besides its trees."""

    verdicts: int
    """People's answers it learned from; those half right or evenly disputed are left out."""
    made: int
    """Answers made right or wrong by construction, which it learned from too."""
    kinds: dict[str, Estimate] = Field(default_factory=dict)
    """How it does on made answers to questions it has not seen: the share judged as they were made, by kind."""
    people: UnseenAgreement
    constructed: UnseenAgreement
    wanted: float
    """The accuracy wanted of a verdict; what cannot be said with it is "cannot tell"."""
    limits: tuple[float, float]
    """Up to the first probability an answer is wrong, from the second on it is right."""
    most_outside: int
    """Answers with more figures than this outside the range it learned from are unlike all it knows."""
    seed: int
    created: str = ""
