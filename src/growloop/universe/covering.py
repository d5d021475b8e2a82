"""The shortest list of draws that fills what is missing: a greedy covering array.

Each draw is begun at a combination that lacks most and completed, within a box of the universe, by the values that
fill most other gaps with it, coordinate by coordinate in a random order; of several such draws the best one is taken
(Cohen et al. 1997, AETG). The chance is seeded, so that the list is always the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.records.coverage import CoverageReport, Covered, Draw, Region
from growloop.records.example import matches
from growloop.records.universe import Coverage, Target
from growloop.universe.coverage import Grid, Names

MOST_REGIONS = 200
"""So many gaps are told one by one; the draws fill the others as well."""
STARTS = 12
"""How many beginnings of each draw are tried."""
MANY, FEW_STARTS = 500, 2
"""With more gaps than that so few beginnings do: whatever is chosen fills something."""
Counts = NDArray[np.int64]
Needs = dict[Names, Counts]
"""How many examples each combination lacks."""


def coverage_of(grid: Grid, examples: pl.DataFrame, wanted: Coverage) -> CoverageReport:
    """How far some examples cover a grid, and the draws that fill the gaps: first the regions with a target."""
    counts = grid.counts(examples)
    missing = needs(grid, counts, wanted.at_least)
    targets = [_region(examples, target) for target in wanted.targets]
    short = [
        Draw(where=region.where, n=region.wanted - region.have) for region in targets if region.have < region.wanted
    ]
    return CoverageReport(
        strength=wanted.strength,
        at_least=wanted.at_least,
        examples=examples.height,
        outside=int(grid.outside(examples).sum()),
        by=tuple(_covered(grid, counts, names, wanted.at_least) for names in grid.subsets),
        regions=(*targets, *_gaps(grid, counts, missing, wanted.at_least)),
        draws=(*short, *(Draw(where=where, n=n) for where, n in draws(grid, missing))),
    )


def _region(examples: pl.DataFrame, target: Target) -> Region:
    where = {name: value for name, value in target.where.items() if name != "split"}
    side = pl.col("split") == target.where["split"] if "split" in target.where else pl.lit(True)
    return Region(where=target.where, have=examples.filter(matches(where), side).height, wanted=target.count)


def _covered(grid: Grid, counts: Mapping[Names, NDArray[np.int64]], names: Names, at_least: int) -> Covered:
    have = counts[names][grid.possible[names]]
    thin = int(((have > 0) & (have < at_least)).sum())
    return Covered(coordinates=names, combinations=have.size, covered=int((have > 0).sum()), thin=thin)


def _gaps(grid: Grid, counts: Mapping[Names, NDArray[np.int64]], missing: Needs, at_least: int) -> Iterator[Region]:
    """The combinations that lack most, as far as they are told."""
    lacking = grid.combinations({names: array > 0 for names, array in missing.items()})
    gravest = sorted(lacking, key=lambda gap: int(counts[gap[0]][gap[1]]))[:MOST_REGIONS]
    for names, place in gravest:
        yield Region(where=grid.where(names, place), have=int(counts[names][place]), wanted=at_least)


def needs(grid: Grid, counts: Mapping[Names, NDArray[np.int64]], at_least: int) -> Needs:
    """What is missing to have so many examples of every combination that the universe has."""
    return {names: np.where(grid.possible[names], np.maximum(at_least - counts[names], 0), 0) for names in grid.subsets}


def draws(grid: Grid, missing: Needs) -> list[tuple[dict[str, str], int]]:
    """Where to draw and how many, so that nothing is missing any more; the greatest gaps first."""
    boxes = [Choice(grid, number) for number in range(len(grid.boxes))]
    missing = {names: array.copy() for names, array in missing.items()}
    chance = np.random.default_rng(0)
    listed: list[tuple[dict[str, str], int]] = []
    while starts := _greatest(missing, chance):
        count = max(int(missing[names][place]) for names, place in starts)
        begun = [dict(zip(names, place, strict=True)) for names, place in starts]
        options = [box.completed(fixed, missing, chance) for fixed in begun for box in boxes if box.allows(fixed)]
        chosen, _ = max(options, key=lambda option: option[1])
        for subset, array in missing.items():
            if all(name in chosen for name in subset):
                at = tuple(chosen[name] for name in subset)
                array[at] = max(array[at] - count, 0)
        listed.append((grid.where(tuple(chosen), list(chosen.values())), count))
    return listed


def _greatest(missing: Needs, chance: np.random.Generator) -> list[tuple[Names, tuple[int, ...]]]:
    """Some of the combinations that lack most; empty where nothing is missing."""
    most = max((int(array.max(initial=0)) for array in missing.values()), default=0)
    if not most:
        return []
    found = [(names, place) for names, array in missing.items() for place in np.argwhere(array == most).tolist()]
    tried = STARTS if len(found) <= MANY else FEW_STARTS
    some = chance.choice(len(found), min(len(found), tried), replace=False)
    return [(found[number][0], tuple(found[number][1])) for number in some]


class Choice:
    """A box of the universe, to choose one value of each coordinate from."""

    def __init__(self, grid: Grid, number: int) -> None:
        box = grid.boxes[number]
        known = {name: list(values) for name, values in grid.values.items() if name in box}
        self._numbers = {name: np.array([values.index(value) for value in box[name]]) for name, values in known.items()}
        self._subsets = [names for names in grid.subsets if all(name in box for name in names)]
        self._among = {name: frozenset(numbers.tolist()) for name, numbers in self._numbers.items()}

    def allows(self, fixed: Mapping[str, int]) -> bool:
        """True where the box has these values."""
        return all(name in self._among and number in self._among[name] for name, number in fixed.items())

    def completed(
        self, fixed: Mapping[str, int], missing: Needs, chance: np.random.Generator
    ) -> tuple[dict[str, int], int]:
        """A value for every coordinate, chosen one after the other for what it fills; and how many gaps it fills."""
        chosen = dict(fixed)
        filled = sum(self._gaps(names, chosen, missing) for names in self._subsets if set(names) <= set(chosen))
        free = [name for name in self._numbers if name not in chosen]
        chance.shuffle(free)
        for name in free:
            gains, promise = self._gains(name, chosen, missing)
            best = int(np.lexsort((chance.random(len(gains)), promise, gains))[-1])
            chosen[name] = int(self._numbers[name][best])
            filled += int(gains[best])
        return {name: chosen[name] for name in self._numbers}, filled

    def _gaps(self, names: Names, chosen: Mapping[str, int], missing: Needs) -> int:
        return int(missing[names][tuple(chosen[name] for name in names)] > 0)

    def _gains(self, name: str, chosen: Mapping[str, int], missing: Needs) -> tuple[Counts, Counts]:
        """For each value of a coordinate how many gaps it fills with what is chosen, and how many it may still fill."""
        gains, promise = np.zeros((2, len(self._numbers[name])), dtype=np.int64)
        for names in self._subsets:
            if name not in names:
                continue
            others = [other for other in names if other != name]
            at = tuple(chosen.get(other, slice(None)) if other != name else self._numbers[name] for other in names)
            gaps = missing[names][at] > 0
            if all(other in chosen for other in others):
                gains += gaps
            else:
                axis = sum(other not in chosen for other in names[: names.index(name)])
                promise += gaps.sum(axis=tuple(number for number in range(gaps.ndim) if number != axis))
        return gains, promise
