"""Is a question answered alike however it is put."""

from __future__ import annotations

import polars as pl

from growloop.metrics.answers import normalise_all
from growloop.metrics.intervals import bootstrap_mean
from growloop.records.run import Estimate

CONSISTENCY = "consistency"


def consistency(examples: pl.DataFrame, predictions: pl.DataFrame, *, seed: int = 0) -> Estimate:
    """Share of the families of variations that are answered alike throughout, 0 to 1; n counts families.

    A family is an example with those made from it (`parent`) that accept the same answers: those that only ask in
    other words. Answers are alike when equal after SQuAD's normalising, all abstentions being one answer.
    After CheckList's invariance tests (Ribeiro et al. 2020). It says nothing of whether the answers are right.
    """
    said = predictions.select("id", said=pl.when("abstained").then(pl.lit("")).otherwise("prediction"))
    rows = examples.select("id", "answers", family=pl.col("parent").fill_null(pl.col("id"))).join(said, on="id")
    plain = rows.with_columns(
        said=pl.Series(normalise_all(rows["said"]), dtype=pl.String),
        answers=pl.col("answers").list.sort().list.join("\x1f"),
    )
    families = plain.group_by("family", "answers").agg(pl.len(), alike=pl.col("said").n_unique() == 1)
    return bootstrap_mean(families.filter(pl.col("len") > 1)["alike"].cast(pl.Float64), seed=seed)
