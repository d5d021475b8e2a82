"""A run: one baseline, training or evaluation, with all that is needed to repeat it."""

from __future__ import annotations

from typing import Any, Literal

import polars as pl
from pydantic import Field

from growloop.records.base import Record
from growloop.records.calibration import Calibration
from growloop.records.estimate import Estimate as Estimate
from growloop.records.grading import Grading

RunKind = Literal["baseline", "train", "evaluate", "audit", "curve"]


class Timings(Record):
    """What answering cost, on the machine that did it."""

    seconds_per_answer_p50: float
    seconds_per_answer_p95: float
    total_seconds: float
    peak_memory_mb: float
    """Peak resident memory of the process, in megabytes (10^6 bytes)."""


class OperatingPoint(Record):
    """What a model with this null threshold does on the validation side; scores are 0–1."""

    null_threshold: float
    answered: float
    """Share of the questions it does not abstain on."""
    token_f1: float
    token_f1_answerable: float | None
    token_f1_unanswerable: float | None
    in_use: bool = False


class Run(Record):
    """One piece of work on one version, with its settings fully filled in."""

    id: str
    kind: RunKind
    version: str
    split: str | None = None
    model: str
    """What the task calls it: `bundled`, a hub id, a folder, or the id of the run that trained it."""
    model_hash: str | None = None
    model_bytes: int | None = None
    parameters: int | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    seed: int = 0
    environment: dict[str, str] = Field(default_factory=dict)
    metrics: dict[str, Estimate] = Field(default_factory=dict)
    """Overall scores of an evaluation; for a training, those on the validation split."""
    timings: Timings | None = None
    operating_points: tuple[OperatingPoint, ...] = ()
    """Of a training: what other null thresholds would have given on validation. Empty where none was chosen."""
    calibration: Calibration | None = None
    """Of an evaluation whose model gives a confidence."""
    gradings: tuple[Grading, ...] = ()
    """Of an evaluation with rubrics: what grading took. What was said of each answer is in `grades.parquet`."""
    notes: tuple[str, ...] = ()
    """What a reader of the figures must know, e.g. how many contexts were cut."""
    created: str
    """UTC, ISO 8601."""


PREDICTIONS = pl.Schema(
    {
        "id": pl.String,
        "prediction": pl.String,
        "abstained": pl.Boolean,
        "confidence": pl.Float64,
        "seconds": pl.Float64,
        "cut_tokens": pl.Int64,
    }
)
"""What a model said: `id` is the example's; an abstention has the empty `prediction` or the abstain answer;
`confidence` is 0–1 or null; `seconds` is the wall-clock share of this answer; `cut_tokens` counts the tokens
of context that did not fit the model's window."""

RETRIEVED = pl.Schema({"id": pl.String(), "passages": pl.List(pl.String()), "rank": pl.Int64(), "context": pl.String()})
"""What a question without a text of its own was answered from: `id` is the example's; the ids of the `passages`, best
first; the `rank`, from 1, of the first text found that has the answer, 0 where none does, null where that cannot be
told; `context` is what the model read."""

SCORES = pl.Schema({"id": pl.String, "answerable": pl.Boolean, "abstained": pl.Boolean})
"""The fixed columns of scores, one row per example; each metric adds a Float64 column of its own name."""
