"""The answers most worth looking at."""

from __future__ import annotations

import polars as pl

from growloop.metrics import metric_columns

_RANKING = "token_f1"


def worst_examples(examples: pl.DataFrame, predictions: pl.DataFrame, scores: pl.DataFrame, n: int) -> pl.DataFrame:
    """Up to `n` examples that are not wholly right, lowest score first, then the most confident.

    Columns: those of the example, what was predicted, its scores, and `mistake`: `answered_unanswerable`,
    `refused`, `partly` or `wrong`. Ranked by token F1, or by the first metric where that is not measured.
    """
    metrics = metric_columns(scores)
    ranking = _RANKING if _RANKING in metrics or not metrics else metrics[0]
    said = predictions.drop("abstained")  # the scores say which answers count as abstentions
    failed = scores.filter(pl.col(ranking) < 1).join(examples, on="id").join(said, on="id")
    columns = ["id", "question", "context", "answers", "prediction", "mistake", *metrics, "abstained", "answerable"]
    rest = [name for name in failed.columns if name not in columns]
    ranked = failed.with_columns(_mistake(ranking)).sort(
        ranking, "confidence", "id", descending=[False, True, False], nulls_last=True
    )
    return ranked.head(n).select(*columns, *rest)


def _mistake(ranking: str) -> pl.Expr:
    return (
        pl.when(~pl.col("answerable"))
        .then(pl.lit("answered_unanswerable"))
        .when(pl.col("abstained"))
        .then(pl.lit("refused"))
        .when(pl.col(ranking) > 0)
        .then(pl.lit("partly"))
        .otherwise(pl.lit("wrong"))
        .alias("mistake")
    )
