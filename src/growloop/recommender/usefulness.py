"""Which of some unlabelled questions a person should answer first.

expected gain of the slice × the model's doubt × how little of it training has; of near-duplicates only one; and a
share of them at random, so that what is measured on them stays unbiased.
"""

from __future__ import annotations

import polars as pl

RANDOM_SHARE = 0.15
"""Of what is gathered; the rest is chosen for being useful."""
USEFULNESS = pl.Schema({"id": pl.String, "score": pl.Float64, "chosen": pl.String})
"""`chosen` is `useful` or `random`."""


def most_useful(candidates: pl.DataFrame, n: int, *, seed: int = 0, random_share: float = RANDOM_SHARE) -> pl.DataFrame:
    """The `n` candidates to label first: a USEFULNESS frame, the best first, then those at random.

    Columns of `candidates`: `id`; `gain` (of its slice, 0–1); `confidence` (the model's in its own answer, 0–1; null,
    of those it was not asked, counts as the mean); `trained_on` (training examples of its kind); `twin_of`
    (near-duplicates share a value).
    """
    doubt = 1 - pl.col("confidence").fill_null(pl.col("confidence").mean()).fill_null(0.0).clip(0, 1)
    rarity = 1 / (1 + pl.col("trained_on").fill_null(0)).sqrt()
    scored = candidates.with_columns(score=pl.col("gain") * doubt * rarity)
    ordered = scored.sort("score", "id", descending=[True, False]).unique("twin_of", keep="first", maintain_order=True)
    by_chance = min(round(random_share * n), max(ordered.height - n, 0))
    best = ordered.head(n - by_chance)
    rest = ordered.join(best.select("id"), on="id", how="anti", maintain_order="left")
    chance = rest.sort("id").sample(min(by_chance, rest.height), seed=seed, shuffle=True)
    parts = [best.with_columns(chosen=pl.lit("useful")), chance.with_columns(chosen=pl.lit("random"))]
    return pl.concat(parts).select(pl.col(name).cast(dtype) for name, dtype in USEFULNESS.items())
