"""How good a model in training is: its answers to validation questions, scored as in any evaluation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeGuard

import polars as pl

from growloop.finetune.abstention import Wanted, null_threshold, operating_curve, operating_points
from growloop.metrics import score
from growloop.models import Answerer, answerer_of
from growloop.models.answers import judged
from growloop.models.catalog import Checkpoint
from growloop.models.extractive import ExtractiveAnswerer
from growloop.models.generative import GenerativeAnswerer
from growloop.records.example import is_answerable
from growloop.records.run import OperatingPoint
from growloop.records.task import Task

METRICS = ("exact_match", "token_f1")
SAYS_WHAT_IT_WOULD = 0.0
"""The null threshold that leaves a model that writes as it is."""


@dataclass(frozen=True)
class Validated:
    """Scores on validation examples, at the null threshold chosen on them where there is one to choose."""

    scores: pl.DataFrame
    null_threshold: float | None = None
    operating_points: tuple[OperatingPoint, ...] = ()

    @property
    def token_f1(self) -> float:
        value: Any = self.scores["token_f1"].mean()
        return float(value)


def validate(
    checkpoint: Checkpoint, task: Task, examples: pl.DataFrame, precision: Literal["fp32", "bf16"]
) -> Validated:
    """Answer the examples with the model as it is now, and score the answers. Leaves it in training mode."""
    checkpoint = replace(checkpoint, trained=None)
    answerer = answerer_of(checkpoint, task, precision=precision)
    try:
        if has_threshold(answerer, examples):
            return _at_best_threshold(answerer, examples, task.training.null_threshold)
        predictions = pl.concat(list(answerer.answer(examples)))
        return Validated(score(examples, predictions, METRICS))
    finally:
        checkpoint.model.train()


def subset(validation: pl.DataFrame, at_most: int, seed: int) -> pl.DataFrame:
    """Some of the validation examples, the same each time, to be answered on the way."""
    if validation.height <= at_most:
        return validation
    return validation.sample(at_most, seed=seed)


def has_threshold(answerer: Answerer, examples: pl.DataFrame) -> TypeGuard[ExtractiveAnswerer | GenerativeAnswerer]:
    """Whether a null threshold is chosen: always for spans, for written answers where both kinds of question are."""
    if isinstance(answerer, ExtractiveAnswerer):
        return True
    both = examples.select(is_answerable().alias("is"))["is"].n_unique() == 2
    return both and isinstance(answerer, GenerativeAnswerer) and answerer.chooses


def _at_best_threshold(
    answerer: ExtractiveAnswerer | GenerativeAnswerer, examples: pl.DataFrame, wanted: Wanted
) -> Validated:
    choices = pl.concat(list(answerer.choices(examples)))
    curve = operating_curve(choices, examples)
    natural = SAYS_WHAT_IT_WOULD if isinstance(answerer, GenerativeAnswerer) else None
    threshold = null_threshold(curve, wanted, natural=natural)
    scores = score(examples, judged(choices, threshold), METRICS)
    return Validated(scores, threshold, operating_points(curve, threshold))
