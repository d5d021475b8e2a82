"""How sure a model must be to answer: every null threshold's price in answers missed and answers made up.

One score over all questions can hide that a model always abstains (on SQuAD v2 that alone scores one half), so the
scores of answerable and of unanswerable questions stand apart here at every threshold.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import polars as pl

from growloop.metrics import token_f1
from growloop.records.example import is_answerable
from growloop.records.run import OperatingPoint

Wanted = Literal["balanced", "token_f1"] | float
SHOWN_SHARES = tuple(share / 10 for share in range(11))
"""At which shares of answered questions the curve is shown."""

_BY_KIND = ("token_f1_answerable", "token_f1_unanswerable")


def operating_curve(choices: pl.DataFrame, examples: pl.DataFrame) -> pl.DataFrame:
    """What each null threshold gives on these examples, from answering nothing to answering everything.

    One row for every threshold that makes a difference: `null_threshold` (the middle of its gap), `width` of the
    gap, `answered` (share of questions), `token_f1`, `token_f1_answerable`, `token_f1_unanswerable` (null where
    there are no such questions).
    """
    rows = examples.select("id", "answers", answerable=is_answerable()).join(choices, on="id", how="inner")
    margin = (rows["null_score"] - rows["answer_score"]).to_numpy()
    order = np.argsort(margin, kind="stable")
    margin, answerable = margin[order], rows["answerable"].to_numpy()[order]
    answered = np.asarray(token_f1(rows["text"], rows["answers"]), dtype=np.float64)[order]
    right = _running(np.where(answerable, answered, 0.0))
    silent = (~answerable).sum() - _running(np.where(answerable, 0.0, 1.0 - answered))
    edges = np.concatenate([margin[:1] - 1.0, margin, margin[-1:] + 1.0])
    curve = pl.DataFrame(
        {
            "null_threshold": (edges[:-1] + edges[1:]) / 2,
            "width": np.diff(edges),
            "answered": np.arange(rows.height + 1) / max(1, rows.height),
            "token_f1": (right + silent) / max(1, rows.height),
            "token_f1_answerable": right / max(1, answerable.sum()),
            "token_f1_unanswerable": silent / max(1, (~answerable).sum()),
        }
    )
    missing = [name for name, count in zip(_BY_KIND, (answerable.sum(), (~answerable).sum()), strict=True) if not count]
    return curve.filter(pl.col("width") > 0).with_columns(pl.lit(None, pl.Float64).alias(name) for name in missing)


def null_threshold(curve: pl.DataFrame, wanted: Wanted, *, natural: float | None = None) -> float:
    """The threshold to use: a number as it stands, or the best one on the curve.

    `token_f1` is best over all questions. `balanced` is best by the harmonic mean of answerable and unanswerable
    questions, which is nothing for a model that always does the same. Of equally good ones the widest gap is
    taken, so that it holds for other examples too. A `natural` threshold, at which a model says what it would say, is
    kept unless the best is better by more than a standard error: other questions move an edge that was drawn to fit.
    """
    if isinstance(wanted, int | float):
        return float(wanted)
    goal = _goal(curve, wanted).to_numpy()
    if natural is not None and goal.max() - goal[_place_of(natural, curve)] <= _standard_error(goal.max(), curve):
        return natural
    best = curve.filter(goal >= goal.max() - 1e-9).sort("width", maintain_order=True)
    return float(best["null_threshold"][-1])


def operating_points(curve: pl.DataFrame, threshold: float) -> tuple[OperatingPoint, ...]:
    """The curve at every tenth of questions answered, and at the threshold in use, which is marked."""
    names = list(OperatingPoint.model_fields)[:-1]
    used = (curve["null_threshold"] - threshold).abs().arg_min()
    places = {(curve["answered"] - share).abs().arg_min() for share in SHOWN_SHARES} | {used}
    shown = curve.with_row_index("place").filter(pl.col("place").is_in(sorted(p for p in places if p is not None)))
    points = zip(shown["place"].to_list(), shown.select(names).to_dicts(), strict=True)
    return tuple(OperatingPoint(**figures, in_use=place == used) for place, figures in points)


def _place_of(threshold: float, curve: pl.DataFrame) -> int:
    """The row of the curve that holds for a threshold."""
    upper = (curve["null_threshold"] + curve["width"] / 2).to_numpy()
    return min(int(np.searchsorted(upper, threshold)), curve.height - 1)


def _standard_error(share: float, curve: pl.DataFrame) -> float:
    """Of a share seen on as many questions as the curve has edges."""
    return float(np.sqrt(share * (1 - share) / max(1, curve.height - 1)))


def _goal(curve: pl.DataFrame, wanted: Literal["balanced", "token_f1"]) -> pl.Series:
    able, unable = (curve[name] for name in _BY_KIND)
    if wanted == "token_f1" or able.is_null().any() or unable.is_null().any():
        return curve["token_f1"]
    return (2 * able * unable / (able + unable)).fill_nan(0.0)


def _running(values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Sums of the first 0, 1, 2, … values."""
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
