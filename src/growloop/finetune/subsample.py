"""A part of the training examples, to see what fewer of them would have given."""

from __future__ import annotations

import polars as pl


def subsample(examples: pl.DataFrame, share: float) -> pl.DataFrame:
    """A share of some examples, in their order: those with the lowest ids, of which there is one at least.

    An id is a hash of what an example says, so this is as good as chance, the same everywhere, and a smaller part lies
    within every larger one.
    """
    chosen = examples["id"].sort().head(max(1, round(share * examples.height)))
    return examples.filter(pl.col("id").is_in(chosen.implode())) if share < 1 else examples
