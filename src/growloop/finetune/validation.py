"""How good a model in training is: its answers to validation questions, scored as in any evaluation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from growloop.finetune.abstention import Wanted, null_threshold, operating_curve, operating_points
from growloop.metrics import score
from growloop.models import answerer_of
from growloop.models.catalog import Checkpoint
from growloop.models.extractive import ExtractiveAnswerer, judged
from growloop.records.run import OperatingPoint
from growloop.records.task import Task

METRICS = ("exact_match", "token_f1")


@dataclass(frozen=True)
class Validated:
    """Scores on validation examples; for extractive models at the null threshold chosen on them."""

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
        if isinstance(answerer, ExtractiveAnswerer):
            return _validate_spans(answerer, examples, task.training.null_threshold)
        predictions = pl.concat(list(answerer.answer(examples)))
        return Validated(score(examples, predictions, METRICS))
    finally:
        checkpoint.model.train()


def subset(validation: pl.DataFrame, at_most: int, seed: int) -> pl.DataFrame:
    """Some of the validation examples, the same each time, to be answered on the way."""
    if validation.height <= at_most:
        return validation
    return validation.sample(at_most, seed=seed)


def _validate_spans(answerer: ExtractiveAnswerer, examples: pl.DataFrame, wanted: Wanted) -> Validated:
    spans = pl.concat(list(answerer.spans(examples)))
    curve = operating_curve(spans, examples)
    threshold = null_threshold(curve, wanted)
    scores = score(examples, judged(spans, threshold), METRICS)
    return Validated(scores, threshold, operating_points(curve, threshold))
