"""A task's own metrics: functions in Python files of the project folder, named in task.yaml.

    metrics: [token_f1, my_metrics.py:politeness]

A function whose parameter is called `rows` gets a polars frame and gives a column; one whose parameter is called
`row` gets a dictionary and gives a number. Either way 0 to 1, or None where there is nothing to measure.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from growloop.errors import BadDeclaration
from growloop.metrics.metric import ROWS, Case, Floats, Metric
from growloop.own_code import OwnFunction, own_functions, told

CASES = "CASES"
"""The mapping in which a file keeps the cases of its metrics: name → a list of `{expect, prediction, …}`."""


def own_metrics(listed: Sequence[str], folder: Path) -> dict[str, Metric]:
    """The metrics of these FILE.py:function by name. Raises BadDeclaration where one cannot be loaded."""
    return {name: _metric(own) for name, own in own_functions(listed, folder, "metrics").items()}


def _metric(own: OwnFunction) -> Metric:
    about = (inspect.getdoc(own.call) or "").partition("\n")[0]
    return Metric(own.name, about, _guarded(own), _cases(own), own.path.name, by_rule=False)


def _cases(own: OwnFunction) -> tuple[Case, ...]:
    listed = getattr(own.module, CASES, {}).get(own.name, [])
    try:
        cases = tuple(Case(**{**case, "answers": tuple(case.get("answers", ()))}) for case in listed)
    except TypeError as error:
        raise BadDeclaration(f'{own.path.name}: {CASES}["{own.name}"]: {error}.') from None
    wrong = [case.expect for case in cases if case.expect not in ("high", "low", "near_miss")]
    if wrong:
        raise BadDeclaration(
            f'{own.path.name}: {CASES}["{own.name}"]: a case expects high, low or near_miss, not {wrong[0]!r}.'
        )
    return cases


def _guarded(own: OwnFunction) -> Callable[[pl.DataFrame], Floats]:
    """The metric with its failures told as what they are: somebody's code to mend, with file and line."""
    measure = _by_columns(own)

    def score(rows: pl.DataFrame) -> Floats:
        try:
            values = pl.Series(measure(rows.select(list(ROWS))), dtype=pl.Float64, strict=False)
        except Exception as error:
            raise BadDeclaration(f'The metric "{own.name}" failed: {told(error, own.path)}') from error
        scores: Floats = values.fill_null(np.nan).to_numpy().astype(np.float64)
        _check(scores, rows.height, own)
        return scores

    return score


def _by_columns(own: OwnFunction) -> Callable[[pl.DataFrame], Any]:
    first = next(iter(inspect.signature(own.call).parameters), "")
    if first == "rows":
        return own.call
    if first == "row":
        return lambda rows: [own.call(row) for row in rows.iter_rows(named=True)]
    raise BadDeclaration(
        f'The metric "{own.name}" in {own.path.name} takes "{first}". Call its parameter `row`, for a dictionary of '
        "one prediction, or `rows`, for a polars frame of all."
    )


def _check(scores: Floats, wanted: int, own: OwnFunction) -> None:
    if scores.size != wanted:
        raise BadDeclaration(f'The metric "{own.name}" gave {scores.size:,} scores for {wanted:,} rows.')
    outside = scores[(scores < 0) | (scores > 1)]
    if outside.size:
        raise BadDeclaration(
            f'The metric "{own.name}" ({own.path.name}) gave {outside[0]:g}; a score lies between 0 and 1.'
        )
