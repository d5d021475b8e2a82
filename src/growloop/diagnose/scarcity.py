"""Kinds of question that are asked more often than training has them, whether or not they fail more than the rest.

What fails as often as the rest is no failing slice. Where training has little of it, though, a label mends more there
than anywhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import polars as pl

from growloop.diagnose.confirmation import confirm
from growloop.diagnose.words import in_words
from growloop.metrics.intervals import wilson
from growloop.records.diagnosis import FailingSlice
from growloop.records.example import coordinate, coordinate_names

LEAST_GROUPS = 3
"""A value that so few groups have says who is asked about, rather than what is asked."""
MOST_EVIDENCE = 8


def scarce_slices(
    asked: pl.DataFrame,
    trained: pl.DataFrame,
    waiting: pl.DataFrame,
    *,
    entity: str = "entity",
    but: Collection[Mapping[str, str]] = (),
) -> list[FailingSlice]:
    """The values of coordinates that `waiting` questions have and that are rarer in training than among what is asked.

    `asked` are evaluated examples with `is_wrong`, `trained` those of training. Rarer is a share whose 95 % interval
    ends below that of the other. Left out is what nobody got wrong, and the slices `but`.
    """
    counted = [_counted(asked, trained, waiting, name) for name in coordinate_names(waiting)]
    if not counted or asked.is_empty():
        return []
    values = pl.concat(counted).sort("name", "value")
    low, _ = wilson(values["n"] / asked.height, asked.height)
    _, high = wilson(values["trained_on"] / max(trained.height, 1), max(trained.height, 1))
    found = values.filter(pl.Series(low > high))
    wheres = [{name: value} for name, value in found.select("name", "value").iter_rows()]
    return [_slice(asked, where, entity) for where in wheres if where not in but]


def _counted(asked: pl.DataFrame, trained: pl.DataFrame, waiting: pl.DataFrame, name: str) -> pl.DataFrame:
    """`name`, `value`, `n` asked and `trained_on`, of the values of a coordinate that some waiting questions have."""
    value = coordinate(name).alias("value")
    of_asked = asked.group_by(value).agg(
        n=pl.len().cast(pl.Int64), wrong=pl.col("is_wrong").sum(), groups=pl.col("group").n_unique()
    )
    of_trained = trained.group_by(value).agg(trained_on=pl.len().cast(pl.Int64))
    rows = of_asked.filter((pl.col("groups") >= LEAST_GROUPS) & (pl.col("wrong") > 0)).drop_nulls("value")
    rows = rows.join(waiting.select(value).unique(), on="value", how="semi").join(of_trained, on="value", how="left")
    return rows.select(pl.lit(name).alias("name"), "value", "n", pl.col("trained_on").fill_null(0))


def _slice(asked: pl.DataFrame, where: dict[str, str], entity: str) -> FailingSlice:
    [(name, value)] = where.items()
    inside = asked.select(coordinate(name).eq_missing(pl.lit(value)).alias("inside"))["inside"].to_numpy()
    wrong = asked["is_wrong"].to_numpy()
    failed = asked.filter(pl.Series(inside & wrong))
    [test] = confirm(np.array([inside.sum()]), np.array([failed.height]), wrong, asked["group"])
    excess = (test.rate.value or 0.0) - (test.elsewhere.value or 0.0)
    return FailingSlice(
        where=where,
        words=in_words(where, entity=entity),
        declared=True,
        n=int(inside.sum()),
        wrong=failed.height,
        rate=test.rate,
        elsewhere=test.elsewhere,
        recoverable=max(0.0, excess * int(inside.sum())),
        q_value=min(1.0, test.p_value),
        kinds={},
        evidence=tuple(failed["id"].sort().head(MOST_EVIDENCE)),
    )
