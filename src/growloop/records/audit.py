"""What an audit of labels finds: how models took each example, and which labels look wrong."""

from __future__ import annotations

import polars as pl

EXAMINED_FILE = "examined.parquet"
SUSPECTS_FILE = "suspects"
"""As `Project.run_frame` names it."""

EXAMINED = pl.Schema(
    {
        "id": pl.String(),
        "fold": pl.Int64(),
        "held_out": pl.Boolean(),
        "losses": pl.List(pl.Float64()),
        "worst": pl.List(pl.Float64()),
        "prediction": pl.String(),
        "abstained": pl.Boolean(),
        "own_loss": pl.Float64(),
    }
)
"""One row for each example and each fold's model. `losses` and `worst` have an entry per epoch: mean and highest
negative log-probability (nats) of the label's tokens; null where the model cannot give the label at all. Where the
example was `held_out`, also the model's own answer and its mean loss."""

SUSPECTS = pl.Schema(
    {
        "rank": pl.Int64(),
        "id": pl.String(),
        "question": pl.String(),
        "context": pl.String(),
        "answers": pl.List(pl.String()),
        "split": pl.String(),
        "prediction": pl.String(),
        "abstained": pl.Boolean(),
        "score": pl.Float64(),
        "reason": pl.String(),
    }
)
"""Examples by how likely their label is wrong, likeliest first: `prediction` is what a model said that had not seen
the example; `score` is 0–1, a mean of ranks and no probability. Each signal adds a Float64 column of its own name."""
