"""What a model said, as a PREDICTIONS frame."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from growloop.records.run import PREDICTIONS


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
