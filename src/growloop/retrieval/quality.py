"""How often the right passage is among those found."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.records.base import Record
from growloop.records.example import is_answerable
from growloop.records.run import Estimate

if TYPE_CHECKING:
    from growloop.retrieval.index import Index

Floats = NDArray[np.float64]
_Z95 = 1.959963984540054


class RetrievalQuality(Record):
    """Recall at several depths and the mean reciprocal rank, over one set of questions."""

    kind: str
    recall: dict[int, Estimate]
    mrr: Estimate
    """Up to the greatest depth asked for; 0 for a question whose passage is not among those found."""
    ndcg: Estimate
    """Over the greatest depth asked for."""
    not_indexed: int = 0
    """Questions left out because their passage is not in the index."""

    def estimates(self) -> dict[str, Estimate]:
        """All figures by the names they are shown under: `recall@1`, …, `mrr`, `ndcg`."""
        return {
            **{f"recall@{depth}": estimate for depth, estimate in self.recall.items()},
            "mrr": self.mrr,
            "ndcg": self.ndcg,
        }


def measure(index: Index, examples: pl.DataFrame, depths: Sequence[int] = (1, 3, 5)) -> RetrievalQuality:
    """How well an index finds the contexts of a version's positives (an EXAMPLES frame).

    Only questions whose context is indexed word for word can be judged; the others are counted.
    """
    gold = gold_passages(examples, index.passages)
    known = gold.filter(pl.col("passages").list.len() > 0)
    found = index.search(known["question"].to_list(), max(depths))
    recall = {depth: recall_at_k(found, known, depth) for depth in depths}
    return RetrievalQuality(
        kind=index.kind,
        recall=recall,
        mrr=mrr(found, known),
        ndcg=ndcg(found, known, max(depths)),
        not_indexed=gold.height - known.height,
    )


def gold_passages(examples: pl.DataFrame, passages: pl.DataFrame) -> pl.DataFrame:
    """The distinct questions of the positives and the ids of the `passages` that answer each.

    A question drawn for several contexts is one question with several right passages.
    """
    positives = examples.filter(is_answerable() & (pl.col("context") != ""))
    ids = passages.select(pl.col("text").alias("context"), pl.col("id").alias("passage")).unique("context")
    joined = positives.select("question", "context").join(ids, on="context", how="left", maintain_order="left")
    return joined.group_by("question", maintain_order=True).agg(
        pl.col("passage").drop_nulls().unique(maintain_order=True).alias("passages")
    )


def recall_at_k(found: pl.DataFrame, gold: pl.DataFrame, k: int) -> Estimate:
    """The share of questions with a right passage among their first k, with its Wilson 95 % interval.

    One right passage is enough to answer from, so finding one counts as 1 and further ones add
    nothing: the "top-k accuracy" of Karpukhin et al. 2020. `gold` has a row per question, in the
    order they were asked, with the ids in `passages`.
    """
    hits = int((_first_ranks(found, gold) <= k).sum())
    return wilson(hits, gold.height)


def mrr(found: pl.DataFrame, gold: pl.DataFrame, *, resamples: int = 1000, seed: int = 0) -> Estimate:
    """The mean of 1 / rank of the first right passage, with its bootstrap 95 % interval."""
    return _bootstrapped(1.0 / _first_ranks(found, gold), resamples, seed)


def ndcg(found: pl.DataFrame, gold: pl.DataFrame, k: int, *, resamples: int = 1000, seed: int = 0) -> Estimate:
    """Normalised discounted cumulative gain over the first k, 0 to 1, with its bootstrap 95 % interval.

    A right passage at rank r gains 1 / log2(r + 1); the sum is divided by that of the best ranking there could be
    (Järvelin and Kekäläinen 2002, passages being right or not). 0 for a question without a right passage.
    """
    gained = np.zeros(gold.height)
    hits = _right_ones(found, gold).filter(pl.col("rank") <= k)
    np.add.at(gained, hits["question"].to_numpy(), 1 / np.log2(hits["rank"].to_numpy() + 1.0))
    best = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(k) + 2.0))])
    possible = best[gold["passages"].list.len().clip(0, k).cast(pl.Int64).to_numpy()]
    shares = np.divide(gained, possible, out=np.zeros_like(gained), where=possible > 0)
    return _bootstrapped(np.minimum(shares, 1.0), resamples, seed)


def _bootstrapped(values: Floats, resamples: int, seed: int) -> Estimate:
    """The mean of a figure per question with its bootstrap 95 % interval."""
    if values.size == 0:
        return Estimate(value=None, low=None, high=None, n=0)
    drawn = np.random.default_rng(seed).integers(0, values.size, (resamples, values.size), dtype=np.int32)
    means = np.array([values[row].mean() for row in drawn])
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(value=float(values.mean()), low=float(low), high=float(high), n=values.size)


def wilson(hits: int, n: int) -> Estimate:
    """A share with its 95 % score interval (Wilson 1927), which stays within 0 and 1 and holds for small n."""
    if n == 0:
        return Estimate(value=None, low=None, high=None, n=0)
    share, z2 = hits / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Estimate(value=share, low=min(share, max(0.0, middle - half)), high=max(share, min(1.0, middle + half)), n=n)


def _right_ones(found: pl.DataFrame, gold: pl.DataFrame) -> pl.DataFrame:
    """The rows of `found` that are right passages of their question."""
    right = gold.with_row_index("number").select(pl.col("number").cast(pl.Int64), pl.col("passages").alias("id"))
    pairs = right.explode("id", empty_as_null=False) if gold.height else right.clear().cast({"id": pl.String})
    return found.join(pairs, left_on=["question", "id"], right_on=["number", "id"], how="semi")


def _first_ranks(found: pl.DataFrame, gold: pl.DataFrame) -> Floats:
    """The rank of each question's first right passage; infinity where none was found."""
    hits = _right_ones(found, gold)
    ranks = np.full(gold.height, np.inf)
    np.minimum.at(ranks, hits["question"].to_numpy(), hits["rank"].to_numpy().astype(np.float64))
    return ranks
