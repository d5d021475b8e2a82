"""Two runs on identical rows: did it get better, by how much, and is that more than chance.

The difference is taken example by example, which takes out how hard each is. Its interval is the percentile bootstrap
of the paired differences (Efron 1979; for models of language Koehn 2004), its p-value that of approximate randomisation
(see `growloop.metrics.randomisation`). Examples of one group stand or fall together more often than others, so both
draw, and exchange, whole groups. Slices are many, and each may look changed by luck: they answer for each other by
Holm's correction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2
from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.diagnose.slices import MOST_VALUES
from growloop.errors import BadDeclaration, NothingToDo, did_you_mean
from growloop.metrics import metric_columns
from growloop.metrics.question_bootstrap import QuestionBootstrap, estimate, share_estimate
from growloop.metrics.randomisation import Chances, holm, randomised
from growloop.records.comparison import Comparison, Verdict

Floats = NDArray[np.float64]

LEVEL = 0.05
"""At most this share of comparisons without any difference is called better or worse."""
POWER = 0.8
"""With as many more examples as are said to be needed, a difference as large as it looks is told so often."""
SAME = 1e-9
"""Scores closer than this are a tie."""
FEWEST = ceil(log2(2 / LEVEL))
"""With fewer groups in which anything changed, no turning round of signs is rare enough to tell a difference."""


def compare(
    before_scores: pl.DataFrame,
    after_scores: pl.DataFrame,
    metric: str,
    examples: pl.DataFrame | None = None,
    *,
    seed: int = 0,
) -> Comparison:
    """One metric of two runs over the examples that both have answered and the metric has scored.

    `examples` say which belong to one group; without them each stands for itself.
    Raises NothingToDo where the runs share no such example, BadDeclaration where a run lacks the metric.
    """
    pairs = paired(before_scores, after_scores, metric, examples)
    return Paired(pairs, everywhere(pairs), seed=seed).comparison(0, [{}], metric, LEVEL)


def compare_slices(
    before_scores: pl.DataFrame,
    after_scores: pl.DataFrame,
    metric: str,
    examples: pl.DataFrame,
    names: Sequence[str] = (),
    *,
    seed: int = 0,
) -> list[Comparison]:
    """The same at each value of the coordinates `names` and of those of few values: told apart first, then by size.

    A slice that holds every shared row is left out. Verdicts are by Holm's correction over those slices in which
    enough groups changed for any verdict; how many did does not depend on which run did better, so that choosing by it
    leaves the correction as strict as it was.
    """
    pairs = paired(before_scores, after_scores, metric, examples)
    slices, members = membership(pairs, examples, names)
    if not slices:
        return []
    measured = Paired(pairs, members, seed=seed)
    adjusted = measured.adjusted(measured.chances.either)
    level = LEVEL / max(1, len(adjusted))
    found = [measured.comparison(part, slices, metric, level, adjusted.get(part, 1.0)) for part in range(len(slices))]
    return sorted(found, key=lambda one: (one.verdict == "cannot tell", -abs(one.difference.value or 0.0)))


def paired(
    before: pl.DataFrame, after: pl.DataFrame, metric: str, examples: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What two runs scored on the examples of both: `row`, `id`, `unit` (its group's number), `before`, `after`."""
    for scores in (before, after):
        if metric not in metric_columns(scores):
            raise BadDeclaration(f'No metric "{metric}" to compare. {did_you_mean(metric, metric_columns(scores))}')
    one, other = (
        scores.select("id", pl.col(metric).fill_nan(None).alias(name))
        for scores, name in ((before, "before"), (after, "after"))
    )
    pairs = one.join(other, on="id").drop_nulls().sort("id")
    if pairs.is_empty():
        raise NothingToDo(
            f"The two runs share no example that {metric} scores in both, so there is nothing to compare. "
            "Evaluate both on one version."
        )
    if examples is None:
        return pairs.with_row_index("row").with_columns(unit=pl.int_range(pl.len()))
    grouped = pairs.join(examples.select("id", "group"), on="id", how="left", maintain_order="left")
    alone = pl.col("group").fill_null("") == ""
    unit = pl.when(alone).then(pl.col("id")).otherwise("group").rank("dense").cast(pl.Int64)
    return grouped.with_row_index("row").with_columns(unit=unit)


def membership(
    pairs: pl.DataFrame, examples: pl.DataFrame, names: Sequence[str], *, others: bool = True
) -> tuple[list[dict[str, str]], pl.DataFrame]:
    """The slices worth comparing, and which rows of `pairs` lie in which: columns `row`, `part`.

    Those at the coordinates `names`, and with `others` at every one of few values.
    """
    at = examples.select("id", "where").explode("where").drop_nulls("where").unnest("where")
    at = pairs.select("id", "row").join(at, on="id")
    few = pl.lit(others) & (pl.col("value").n_unique().over("key") <= MOST_VALUES)
    parts_only = pl.len().over("key", "value") < pairs.height
    kept = at.filter(pl.col("key").is_in(list(names)) | few).filter(parts_only).sort("key", "value", "row")
    numbered = kept.with_columns(part=pl.struct("key", "value").rank("dense").cast(pl.Int64) - 1)
    values = numbered.unique("part", maintain_order=True).sort("part")
    return [{key: value} for key, value in values.select("key", "value").iter_rows()], numbered.select("row", "part")


def everywhere(pairs: pl.DataFrame) -> pl.DataFrame:
    """All rows as one part."""
    return pairs.select("row", part=pl.lit(0, dtype=pl.Int64))


@dataclass(frozen=True)
class _Tally:
    """How many rows of each part won, lost and tied."""

    wins: NDArray[np.int64]
    losses: NDArray[np.int64]
    size: NDArray[np.int64]


class Paired:
    """Paired differences summed up over parts of the rows, with the resamples and shuffles that all parts share."""

    def __init__(self, pairs: pl.DataFrame, members: pl.DataFrame, *, seed: int = 0) -> None:
        rows, parts = members["row"].to_numpy().astype(np.int64), members["part"].to_numpy()
        before, after = (pairs[name].to_numpy().astype(np.float64)[rows] for name in ("before", "after"))
        count = int(parts.max(initial=0)) + 1
        change = after - before
        groups = QuestionBootstrap(pairs["unit"].to_numpy().astype(np.int64), seed=seed)
        columns = (before, after, change, np.ones(rows.size))
        sums = [groups.in_blocks(rows, parts, column, count) for column in columns]
        self._totals, self._sizes = sums[2], sums[3]
        drawn = [groups.resampled(column) for column in sums]
        with np.errstate(invalid="ignore"):  # a resample without any row of a part says nothing about it
            self._means = [column / drawn[3] for column in drawn[:3]]
        self.chances: Chances = randomised(self._totals, seed=seed)
        self._tally = _Tally(
            wins=np.bincount(parts[change > SAME], minlength=count),
            losses=np.bincount(parts[change < -SAME], minlength=count),
            size=np.bincount(parts, minlength=count),
        )

    def adjusted(self, p_values: Floats) -> dict[int, float]:
        """The p-values after Holm's correction, of the parts in which enough groups changed for a verdict."""
        changed = (np.abs(self._totals) > SAME).sum(axis=0)
        tested = np.flatnonzero(changed >= FEWEST).tolist()
        return dict(zip(tested, holm(p_values[tested].tolist()), strict=True))

    def means(self, part: int) -> tuple[float, float, int]:
        """Mean before, mean after and how many rows."""
        return float(self._means[0][0, part]), float(self._means[1][0, part]), int(self._tally.size[part])

    def comparison(
        self, part: int, slices: Sequence[Mapping[str, str]], metric: str, level: float, adjusted: float | None = None
    ) -> Comparison:
        """One part as a record; `level` is the p-value that it would have to stay below if all depended on it."""
        n = int(self._tally.size[part])
        wins, losses = int(self._tally.wins[part]), int(self._tally.losses[part])
        before, after = (share_estimate(self._means[side][:, part], n) for side in (0, 1))
        difference = estimate(self._means[2][:, part], n)
        p_value = float(self.chances.either[part])
        verdict = _verdict(p_value if adjusted is None else adjusted, difference.low, difference.high)
        return Comparison(
            metric=metric,
            where=dict(slices[part]),
            before=before,
            after=after,
            difference=difference,
            wins=wins,
            losses=losses,
            ties=n - wins - losses,
            verdict=verdict,
            p_value=p_value,
            adjusted_p_value=adjusted,
            needed=self._needed(part, level) if verdict == "cannot tell" else None,
        )

    def _needed(self, part: int, level: float) -> int | None:
        """How many more rows, from the variance of the mean paired difference over groups (Cohen 1988)."""
        sizes = self._sizes[:, part]
        inside = sizes > 0
        n, groups = float(sizes.sum()), int(inside.sum())
        mean = float(self._totals[:, part].sum()) / n
        if groups < 2 or abs(mean) < SAME:
            return None
        spread = float(((self._totals[inside, part] - mean * sizes[inside]) ** 2).sum()) * groups / (groups - 1) / n
        normal = NormalDist()
        reach = normal.inv_cdf(1 - level / 2) + normal.inv_cdf(POWER)
        at_least = ceil(log2(2 / level)) * n / groups
        return max(1, ceil(max(reach * reach * spread / mean**2, at_least) - n))


def _verdict(p_value: float, low: float | None, high: float | None) -> Verdict:
    """Better or worse only where the shuffles and the interval both say so."""
    if p_value >= LEVEL or low is None or high is None:
        return "cannot tell"
    if low > 0:
        return "better"
    return "worse" if high < 0 else "cannot tell"
