"""Whether slices fail more than the rest on examples that had no part in finding them.

Groups are dealt to two halves, whole: one to search, one to test. Slices named beforehand are tested on all examples.
Everything that is tested is one family, in which the false discovery rate is controlled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from growloop.diagnose.discovery import Flags, Floats, Ints
from growloop.metrics.intervals import NONE, wilson
from growloop.metrics.significance import design_effect, upper_tail
from growloop.records.estimate import Estimate


@dataclass(frozen=True)
class Tested:
    """What a test of one slice gave."""

    rate: Estimate
    elsewhere: Estimate
    p_value: float


def halves(groups: pl.Series, *, seed: int = 0) -> Flags:
    """True on the half to search, False on the half to test; all examples of a group are in one of them.

    The same groups are dealt the same way in any order of the rows. An empty group is one of its own.
    """
    own = pl.when(pl.col("group").fill_null("") == "").then(pl.format("row {}", pl.int_range(pl.len())))
    named = pl.DataFrame({"group": groups}).select(own.otherwise(pl.format("group {}", "group")).alias("group"))
    sizes = named.group_by("group").len().sort("group")
    order = np.random.default_rng(seed).permutation(sizes.height)
    before = np.empty(sizes.height, dtype=np.int64)
    before[order] = np.cumsum(sizes["len"].to_numpy()[order])
    first = sizes.with_columns(pl.Series("first", before <= -(-groups.len() // 2)))
    dealt = named.join(first, on="group", maintain_order="left")["first"]
    return dealt.to_numpy()


def confirm(n: Ints, bad: Ints, wrong: Flags, groups: pl.Series) -> list[Tested]:
    """For each slice, how often it fails, how often all else does, and how likely chance alone makes it so.

    `n` and `bad` are the rows and wrong rows of the slices; `wrong` and `groups` are of all rows. Where the answers of
    one group fail together, so many of them count as one, in intervals and p-values alike.
    """
    rows, failed = len(wrong), int(wrong.sum())
    effect = design_effect(wrong, groups)
    p_values = _p_values(bad, n, failed, rows, effect)
    inside, outside = _estimates(bad, n, effect), _estimates(failed - bad, rows - n, effect)
    return [Tested(*found) for found in zip(inside, outside, p_values.tolist(), strict=True)]


def _p_values(wrong: Ints, n: Ints, failed: int, rows: int, effect: float) -> Floats:
    """The one-sided p-values of counts divided by the design effect, rounded to the safe side."""
    fewer_rows, fewer_failed = max(1, round(rows / effect)), round(failed / effect)
    fewer = np.minimum(np.ceil(n / effect), fewer_rows)
    return upper_tail(np.minimum(np.floor(wrong / effect), fewer_failed), fewer, fewer_failed, fewer_rows)


def _estimates(wrong: Ints, n: Ints, effect: float) -> list[Estimate]:
    share = wrong / np.maximum(n, 1)
    low, high = wilson(share, np.maximum(n, 1) / effect)
    figures = zip(share.tolist(), low.tolist(), high.tolist(), n.tolist(), strict=True)
    return [
        Estimate(value=value, low=under, high=over, n=size) if size else NONE for value, under, over, size in figures
    ]
