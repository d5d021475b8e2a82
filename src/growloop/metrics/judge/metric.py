"""A trained judge as a metric."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from growloop.errors import NotFound
from growloop.metrics.judge.judge import JUDGE_FILE, Judge
from growloop.metrics.metric import Case, Floats, Metric
from growloop.metrics.registry import JUDGE
from growloop.metrics.semantic import Cosines


def opened_judge(folder: Path) -> Judge:
    """The judge of the project in a folder. Raises NotFound where none is trained, BadData where it is damaged."""
    path = folder / JUDGE_FILE
    if not path.is_file():
        raise NotFound(
            f'The metric "{JUDGE}" has to be trained first: there is no {JUDGE_FILE} in {folder}.\n'
            "  Train it:  growloop judge train VERDICTS"
        )
    return Judge.of_bytes(path.read_bytes())


def judge_metric(judge: Judge, cosines: Cosines) -> Metric:
    """How likely an answer is right, by a trained judge; NaN where the answer is unlike all it learned from."""

    def score(rows: pl.DataFrame) -> Floats:
        found = judge.judged(rows, cosines)
        spoken = np.where(found["outside"].to_numpy(), np.nan, found["probability"].to_numpy())
        scores: Floats = np.where((rows["prediction"].str.strip_chars() == "").to_numpy(), 0.0, spoken)
        return scores

    return Metric(
        JUDGE,
        "How likely the answer is right, as the judge trained for this project sees it.",
        score,
        (
            Case("high", "the Eiffel Tower", ("Eiffel Tower",), "Which tower stands in Paris?"),
            Case("low", "Big Ben", ("Eiffel Tower",), "Which tower stands in Paris?"),
            Case("low", "", ("Eiffel Tower",), "Which tower stands in Paris?"),
            Case("near_miss", "not the Eiffel Tower", ("Eiffel Tower",), "Which tower stands in Paris?"),
        ),
        "Gradient boosting (Friedman 2001) over overlap, numbers, negation and embeddings; `growloop judge`",
        slow=True,
    )
