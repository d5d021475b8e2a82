"""Rows as a metric sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pytest
from tests.remote.conftest import endpoint, school

from growloop.metrics.metric import ROWS

__all__ = ["endpoint", "school"]
"""A model behind an endpoint, for the metrics that ask one."""

Rows = Callable[..., pl.DataFrame]


def rows_of(*pairs: tuple[str, Sequence[str]], context: str = "") -> pl.DataFrame:
    """A prediction and its accepted answers on each row; an empty prediction is an abstention."""
    columns = {
        "question": [""] * len(pairs),
        "context": [context] * len(pairs),
        "answers": [list(answers) for _, answers in pairs],
        "prediction": [said for said, _ in pairs],
        "abstained": [not said for said, _ in pairs],
    }
    return pl.DataFrame(columns, schema=ROWS)


@pytest.fixture
def rows() -> Rows:
    return rows_of
