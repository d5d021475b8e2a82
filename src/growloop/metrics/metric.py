"""A metric, and the cases by which it proves itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.records.grading import Grading
from growloop.records.progress import Progress
from growloop.remote.endpoint import Endpoint

Floats = NDArray[np.float64]
Expected = Literal["high", "low", "near_miss"]
RIGHT = 0.8
"""A right answer scores at least so much; a near miss, wrong in one point, must stay below."""
WRONG = 0.2
"""A wrong answer scores at most so much."""
ROWS = pl.Schema(
    {
        "question": pl.String(),
        "context": pl.String(),
        "answers": pl.List(pl.String()),
        "prediction": pl.String(),
        "abstained": pl.Boolean(),
    }
)
"""What a metric sees, a row for each prediction; no accepted answers: the right thing is to abstain."""


@dataclass(frozen=True)
class Case:
    """One prediction whose score is known beforehand to be high, low, or below that of a right answer."""

    expect: Expected
    prediction: str
    answers: tuple[str, ...] = ()
    question: str = ""
    context: str = ""

    def holds(self, score: float | None) -> bool:
        """True where a score is as expected; no score is never as expected."""
        if score is None or score != score:
            return False
        return {"high": score >= RIGHT, "low": score <= WRONG, "near_miss": score < RIGHT}[self.expect]


class Grades(Protocol):
    """A metric's grader: it is asked about rows once, and then knows their grades."""

    def ready(self) -> Endpoint:
        """Who is asked. Raises EndpointProblem where nobody is named, before anything has been done in vain."""

    def ask(self, rows: pl.DataFrame) -> Iterator[Progress]:
        """Have the rows graded that are not yet."""

    def grades(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The columns of GRADES but for the id, a row for each of these rows."""

    def told(self, rows: pl.DataFrame) -> Grading:
        """What grading these rows has taken."""


@dataclass(frozen=True)
class Metric:
    """A score between 0 and 1 for each prediction, or none where the metric has nothing to say about it."""

    name: str
    about: str
    score: Callable[[pl.DataFrame], Floats]
    """From a frame of ROWS; NaN: not measured on this row."""
    cases: tuple[Case, ...] = ()
    source: str = ""
    """Where the formula comes from."""
    by_rule: bool = True
    """Silence is settled beforehand: 1 on an unanswerable row, 0 on an answerable one, and 0 for speaking where
    there is no answer. The metric sees "" where the model abstained. False: it sees what was said and decides."""
    reads_context: bool = False
    """Has nothing to say where there is no context, not even of silence."""
    slow: bool = False
    """Runs a model; left out of running scores and of the report's attacks."""
    grading: Grades | None = None
    """Where somebody has to be asked and paid: how, and what was said of each row."""
