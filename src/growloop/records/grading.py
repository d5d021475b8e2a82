"""Answers graded by a model, by a rubric: how it is asked, what it said of each, and what that took."""

from __future__ import annotations

from typing import Any

import polars as pl
from pydantic import Field

from growloop.records.base import Record
from growloop.records.remote import Remote


class Grader(Remote):
    """How the model is asked that grades by rubrics, and what one command may spend on it."""

    request: dict[str, Any] = Field(default_factory=lambda: {"temperature": 0, "max_tokens": 400})
    max_tokens: int | None = Field(default=None, ge=1)
    """Sent and received; where it is reached, the command ends and what was graded is kept."""
    max_cost: float | None = Field(default=None, ge=0)
    """At the prices given; the same holds."""


class Grading(Record):
    """What came of grading answers by one rubric."""

    metric: str
    model: str
    answers: int
    ungraded: dict[str, int] = Field(default_factory=dict)
    """Answers without a grade, by the reason."""
    tokens_in: int = 0
    """Of all replies that the grades rest on, those known before among them."""
    tokens_out: int = 0
    cost: float | None = None
    """Of the same; None where no price is given."""
    requests: int = 0
    """Those sent this time, those sent again among them."""
    cached: int = 0
    """Replies that were known already."""


GRADES = pl.Schema(
    {
        "id": pl.String,
        "metric": pl.String,
        "model": pl.String,
        "level": pl.String,
        "score": pl.Float64,
        "reason": pl.String,
        "request": pl.String,
        "reply": pl.String,
    }
)
"""A row for each example and rubric: the level and its score (null: not graded), the model's reason or why there is no
grade, the messages as they were sent (JSON), and the reply as it came."""
