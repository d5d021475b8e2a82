"""Answers of a model that people judged, beside what was right."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from growloop.annotate.identity import about, asked
from growloop.annotate.verdict_frame import verdict_frame
from growloop.metrics import is_abstention
from growloop.records.agreement import VERDICTS
from growloop.records.annotation import Annotation

_GRADES = {"correct": 1.0, "partly": 0.5, "wrong": 0.0}


def judged_predictions(
    annotations: Iterable[Annotation], pool_examples: pl.DataFrame, *, abstain_answer: str = ""
) -> pl.DataFrame:
    """The verdicts on answers of a model, with what was right without them: a VERDICTS frame.

    Right are the answers the person gave, else those of the pool's example on the question and context; an answer
    never counts as right for having been called correct. Verdicts on labels, bad questions, and what nobody answered
    but the model are left out.
    """
    given = [one for one in annotations if not (one.withdrawn or (one.example and one.run is None))]
    verdicts = verdict_frame(given).with_columns(pl.Series("annotator", [one.by for one in given], pl.String), asked())
    known = about(pool_examples.filter(pl.col("origin") != "annotation"), verdicts)
    known = known.unique("asked", keep="first", maintain_order=True).select("asked", "where", had="answers")
    found = verdicts.join(known, on="asked", how="left", maintain_order="left").sort("id", maintain_order=True)
    own = pl.when(pl.col("answers").list.len() > 0).then("answers")
    unanswerable = pl.col("verdict") == "unanswerable"
    right = pl.when(unanswerable).then(pl.lit([], dtype=VERDICTS["answers"])).otherwise(pl.coalesce(own, "had"))
    silent = is_abstention(found["shown_answer"], abstain_answer).cast(pl.Float64)
    graded = pl.col("verdict").replace_strict(_GRADES, default=None, return_dtype=pl.Float64)
    frame = found.with_columns(
        right.alias("answers"),
        pl.col("where").fill_null([]),
        verdict=pl.when(unanswerable).then(pl.lit(silent)).otherwise(graded),
        prediction="shown_answer",
    )
    return frame.select(list(VERDICTS)).drop_nulls(["answers", "verdict"])
