"""What a model said, as a PREDICTIONS frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from growloop.records.run import PREDICTIONS

CHOICES = pl.Schema(
    {
        "id": pl.String,
        "text": pl.String,
        "answer_score": pl.Float64,
        "null_score": pl.Float64,
        "cut_tokens": pl.Int64,
        "seconds": pl.Float64,
    }
)
"""The best answer to each example (never an abstention) and its score beside that of no answer, as logits:
what a null threshold can be tuned on."""


@dataclass(frozen=True)
class Spoken:
    """The answer to one question."""

    prediction: dict[str, Any]
    """A row of PREDICTIONS."""
    span: tuple[int, int] | None = None
    """First and one-past-last character in the context, where the model answered by marking it."""


def predictions_frame(
    ids: pl.Series,
    texts: Sequence[str],
    *,
    abstain_answer: str,
    confidence: Sequence[float],
    seconds: float,
    cut_tokens: Sequence[int],
) -> pl.DataFrame:
    """One row per answer; `seconds` is the time of all of them, of which each gets an equal share."""
    columns = {
        "id": ids.to_list(),
        "prediction": list(texts),
        "confidence": list(confidence),
        "seconds": [seconds / max(len(texts), 1)] * len(texts),
        "cut_tokens": list(cut_tokens),
    }
    schema = {name: dtype for name, dtype in PREDICTIONS.items() if name != "abstained"}
    frame = pl.DataFrame(columns, schema=schema)
    return frame.with_columns(abstains(abstain_answer).alias("abstained")).select(PREDICTIONS.names())


def abstains(abstain_answer: str) -> pl.Expr:
    """True where `prediction` is empty or the abstain answer, whatever its case, spacing and punctuation."""
    said = _letters(pl.col("prediction"))
    return (said == "") | (said == _letters(pl.lit(abstain_answer)))


def _letters(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", "")


def judged(choices: pl.DataFrame, null_threshold: float, abstain_answer: str = "") -> pl.DataFrame:
    """PREDICTIONS from CHOICES: abstain where no answer beats the answer by more than the threshold.

    The confidence is the logistic of how far the decision is from that line, 0.5 on it.
    """
    margin = pl.col("null_score") - pl.col("answer_score") - null_threshold
    choices = choices.with_columns(margin.alias("margin"))
    prediction = pl.when(pl.col("margin") > 0).then(pl.lit(abstain_answer)).otherwise(pl.col("text"))
    choices = choices.with_columns(
        prediction.alias("prediction"), (1 / (1 + (-margin.abs()).exp())).alias("confidence")
    )
    return predictions_frame(
        choices["id"],
        choices["prediction"].to_list(),
        abstain_answer=abstain_answer,
        confidence=choices["confidence"].to_list(),
        seconds=float(choices["seconds"].sum()),
        cut_tokens=choices["cut_tokens"].to_list(),
    )
