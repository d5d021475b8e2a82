"""Of slices that overlap, those that each say something that the others do not."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from growloop.diagnose.discovery import Flags, Ints, cost, scan_statistic


def distinct(inside: Iterable[Flags], wrong: Flags, conditions: Ints, *, most: int, least_gain: float) -> list[int]:
    """The places of up to `most` slices, the clearest first, each failing more than the rest beyond those before it.

    A slice that only holds a clearer one falls away, as does a part of one and another name for the same rows: what
    they say is about rows that are explained already. `inside` gives the rows of each slice, `conditions` how many
    conditions it has; `least_gain` is how much likelier, in logarithms, it must make the answers that lie in none of
    those before it. Of equally clear ones the first is kept.
    """
    bits = [_packed(rows) for rows in inside]
    if not bits:
        return []
    members, failed, left = np.stack(bits), _packed(wrong), _packed(np.ones(len(wrong), dtype=bool))
    costs = cost(conditions, len(wrong))
    chosen: list[int] = []
    while len(chosen) < most:
        n, bad = _counts(members & left), _counts(members & (left & failed))
        clearer = scan_statistic(n, bad, int(_counts(left)), int(_counts(left & failed))) - costs
        best = int(clearer.argmax())
        if clearer[best] < least_gain:
            break
        chosen.append(best)
        left &= ~members[best]
    return chosen


def _packed(flags: Flags) -> NDArray[np.uint64]:
    padded = np.zeros(-(-len(flags) // 64) * 64, dtype=bool)
    padded[: len(flags)] = flags
    return np.packbits(padded).view(np.uint64)


def _counts(bits: NDArray[np.uint64]) -> Ints:
    counts: Ints = np.bitwise_count(bits).sum(axis=-1, dtype=np.int64)
    return counts
