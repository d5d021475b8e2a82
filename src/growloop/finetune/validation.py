"""How good a model in training is: its answers to validation questions, scored as in any evaluation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from growloop.metrics import score, token_f1
from growloop.models import answerer_of
from growloop.models.catalog import Checkpoint
from growloop.models.extractive import ExtractiveAnswerer, judged
from growloop.records.example import is_answerable
from growloop.records.task import Task

METRICS = ("exact_match", "token_f1")


@dataclass(frozen=True)
class Validated:
    """Scores on validation examples; for extractive models with the null threshold that gives the best token F1."""

    scores: pl.DataFrame
    null_threshold: float | None = None

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
            return _validate_spans(answerer, examples)
        predictions = pl.concat(list(answerer.answer(examples)))
        return Validated(score(examples, predictions, METRICS))
    finally:
        checkpoint.model.train()


def subset(validation: pl.DataFrame, at_most: int, seed: int) -> pl.DataFrame:
    """Some of the validation examples, the same each time, to be answered on the way."""
    if validation.height <= at_most:
        return validation
    return validation.sample(at_most, seed=seed)


def _validate_spans(answerer: ExtractiveAnswerer, examples: pl.DataFrame) -> Validated:
    spans = pl.concat(list(answerer.spans(examples)))
    threshold = best_null_threshold(spans, examples)
    return Validated(score(examples, judged(spans, threshold), METRICS), threshold)


def best_null_threshold(spans: pl.DataFrame, examples: pl.DataFrame) -> float:
    """How far the null score must be above the best span's for the token F1 over these examples to be highest.

    Of equally good ones the middle of the widest gap, so that it holds for other examples too.
    """
    rows = examples.select("id", "answers", answerable=is_answerable()).join(spans, on="id", how="inner")
    margin = (rows["null_score"] - rows["span_score"]).to_numpy()
    answered = np.asarray(token_f1(rows["text"], rows["answers"]), dtype=np.float64)
    silent = (~rows["answerable"]).cast(pl.Float64).to_numpy()
    order = np.argsort(margin, kind="stable")
    margin, gained = margin[order], (answered - silent)[order]
    totals = np.concatenate([[0.0], np.cumsum(gained)])
    edges = np.concatenate([[margin[0] - 1.0], margin, [margin[-1] + 1.0]])
    width = np.diff(edges)
    best = (totals >= totals.max() - 1e-9) & (width > 0)
    place = int(np.argmax(np.where(best, width, -1.0)))
    return float((edges[place] + edges[place + 1]) / 2)
