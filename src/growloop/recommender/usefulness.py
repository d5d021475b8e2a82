"""Which of some unlabelled questions a person should answer first.

expected gain of the slice × the model's doubt × how little of the kind training has, and what is chosen before it; of
near-duplicates only one; and a share of them at random, so that what is measured on them stays unbiased.
"""

from __future__ import annotations

import polars as pl

from growloop.records.example import coordinate

RANDOM_SHARE = 0.15
"""Of what is gathered; the rest is chosen for being useful."""
USEFULNESS = pl.Schema({"id": pl.String, "score": pl.Float64, "chosen": pl.String})
"""`chosen` is `useful` or `random`."""


def kind_of() -> pl.Expr:
    """What an example asks after, its template; without one, the text that it asks about: the column `kind`."""
    return pl.coalesce(coordinate("template"), "context").alias("kind")


def most_useful(candidates: pl.DataFrame, n: int, *, seed: int = 0, random_share: float = RANDOM_SHARE) -> pl.DataFrame:
    """The `n` candidates to label first: a USEFULNESS frame, the best first, then those at random.

    Columns of `candidates`: `id`; `gain` (of its slice, 0–1); `confidence` (the model's in its own answer, 0–1; null,
    of those it was not asked, counts as the mean); `kind` (what it asks after, or about), and `trained_on` (training
    examples of that kind); `twin_of` (near-duplicates share a value).
    """
    doubt = 1 - pl.col("confidence").fill_null(pl.col("confidence").mean()).fill_null(0.0).clip(0, 1)
    doubted = candidates.with_columns(score=pl.col("gain") * doubt).sort("score", "id", descending=[True, False])
    different = doubted.unique("twin_of", keep="first", maintain_order=True)
    known = pl.col("trained_on").fill_null(0) + pl.int_range(pl.len()).over("kind")
    ordered = different.with_columns(pl.col("score") / (1 + known).sqrt()).sort("score", "id", descending=[True, False])
    by_chance = min(round(random_share * n), max(ordered.height - n, 0))
    best = ordered.head(n - by_chance)
    rest = ordered.join(best.select("id"), on="id", how="anti", maintain_order="left")
    chance = rest.sort("id").sample(min(by_chance, rest.height), seed=seed, shuffle=True)
    parts = [best.with_columns(chosen=pl.lit("useful")), chance.with_columns(chosen=pl.lit("random"))]
    return pl.concat(parts).select(pl.col(name).cast(dtype) for name, dtype in USEFULNESS.items())
