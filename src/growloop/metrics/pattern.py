"""A metric that is a regular expression, declared in task.yaml."""

from __future__ import annotations

import numpy as np
import polars as pl

from growloop.errors import BadDeclaration
from growloop.metrics.metric import Case, Floats, Metric
from growloop.records.task import PatternMetric


def pattern_metric(declared: PatternMetric) -> Metric:
    """1 where the pattern is found in what was said, else 0. Raises BadDeclaration on a pattern that is none.

    The pattern is read by Rust's regex, in which every search takes linear time: no look-around, no back-references.
    """
    try:
        pl.Series([""]).str.contains(declared.pattern)
    except pl.exceptions.ComputeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise BadDeclaration(f'task.yaml: metrics: the pattern of "{declared.name}" is not valid: {reason}') from None

    def score(rows: pl.DataFrame) -> Floats:
        found = rows["prediction"].str.contains(declared.pattern)
        result: Floats = found.cast(pl.Float64).to_numpy().astype(np.float64)
        return result

    cases = [Case("high", text) for text in declared.high] + [Case("low", text) for text in declared.low]
    return Metric(declared.name, f"Matches {declared.pattern}", score, tuple(cases), "task.yaml", by_rule=False)
