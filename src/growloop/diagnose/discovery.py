"""Every combination of up to three values of features, counted: where examples fail more often than elsewhere.

Nothing is sampled or cut short. Several features are counted at once: their values make one number a row, and one
`bincount` of it has the counts of all their combinations, each of which is a sum over the rest. So a pass over the
rows serves ten combinations of three features or more. Counted slices are ranked by the likelihood ratio of the
Bernoulli scan statistic (Kulldorff 1997), less half the logarithm of the rows for every further condition
(Schwarz 1978).

The ratio is highest at the very slice that fails: one that holds it and more has as many recoverable errors, but less
contrast; one that is a part of it has the same contrast, and fewer errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.diagnose.features import TEXT

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Features = tuple[int, ...]
Enough = Callable[[Ints, Ints], Flags]

DEPTH = 3
LEAST_SHARE, LEAST_N, LEAST_WRONG = 0.005, 10, 4
"""A slice has at least this share of the rows, so many rows, and so many wrong among them."""
MOST_VALUES = 63
"""Of a feature with more, those with the most wrong answers make slices."""
_MOST_CELLS = 1 << 18
"""Combinations counted at once: their counts stay in the processor's cache."""
_FEWEST_CELLS = 1 << 12
"""Fewer than so many are not worth a call, however few rows there are."""


@dataclass(frozen=True)
class Codes:
    """Features as small numbers: `rows[f]` holds a number for each row, 0 where it has no value that makes slices."""

    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    """The value of number k of a feature is the one at k − 1."""
    rows: NDArray[np.int32]

    def size(self, feature: int) -> int:
        """How many numbers a feature has, 0 among them."""
        return len(self.values[feature]) + 1


@dataclass(frozen=True)
class Slices:
    """Slices with their counts, best first; equal ones with fewer features read off the texts before the others."""

    codes: Codes
    features: tuple[Features, ...]
    numbers: tuple[Features, ...]
    """The number of each slice's value of each of its features."""
    n: Ints
    wrong: Ints
    score: Floats

    def __len__(self) -> int:
        return len(self.features)

    def where(self, place: int) -> dict[str, str]:
        """The conditions of one of them."""
        pairs = zip(self.features[place], self.numbers[place], strict=True)
        return {self.codes.names[feature]: self.codes.values[feature][number - 1] for feature, number in pairs}

    def inside(self, place: int) -> Flags:
        """Which rows lie in one of them."""
        pairs = list(zip(self.features[place], self.numbers[place], strict=True))
        inside: Flags = np.logical_and.reduce([self.codes.rows[feature] == number for feature, number in pairs])
        return inside


def encoded(features: pl.DataFrame, wrong: Flags, least: int = 1) -> Codes:
    """A frame of features as numbers; values that fewer than `least` rows have make no slices."""
    names = [name for name in features.columns if name != "id"]
    kept = [_values(features[name], wrong, least) for name in names]
    used = [(name, values) for name, values in zip(names, kept, strict=True) if values]
    rows = [_numbers(features[name], values) for name, values in used]
    empty = np.empty((0, features.height), dtype=np.int32)
    values = tuple(tuple(values) for _, values in used)
    return Codes(tuple(name for name, _ in used), values, np.stack(rows) if rows else empty)


def _values(column: pl.Series, wrong: Flags, least: int) -> list[str]:
    frame = pl.DataFrame({"value": column, "wrong": wrong}).drop_nulls("value")
    counts = frame.group_by("value").agg(pl.len().alias("n"), pl.col("wrong").sum())
    many = counts.filter((pl.col("n") >= least) & (pl.col("n") < len(column)))  # what all have tells nothing apart
    return sorted(many.sort("wrong", "value", descending=[True, False])["value"].head(MOST_VALUES).to_list())


def _numbers(column: pl.Series, values: list[str]) -> NDArray[np.int32]:
    numbers = column.replace_strict(values, range(1, len(values) + 1), default=0, return_dtype=pl.Int32)
    return numbers.fill_null(0).to_numpy()


def least_rows(rows: int) -> int:
    """How many rows a slice must have, of so many."""
    return max(LEAST_N, int(np.ceil(LEAST_SHARE * rows)))


def search(
    codes: Codes, wrong: Flags, *, depth: int = DEPTH, least: int = LEAST_N, least_wrong: int = LEAST_WRONG
) -> Slices:
    """Every slice of up to `depth` conditions that fails more than the rest and more clearly than its parts do.

    A slice of several conditions is left out where one with a condition less has a score as high.
    """
    rows, failed = len(wrong), int(wrong.sum())

    def enough(n: Ints, bad: Ints) -> Flags:
        return (n >= least) & (bad >= least_wrong)

    parts = [
        _Part(features, cells, n[cells], bad[cells])
        for features, n, bad in _counted(codes, wrong, depth, enough)
        if len((cells := np.nonzero(enough(n, bad) & (bad * rows > n * failed)))[0])
    ]
    return _ranked(codes, _beyond_parents(codes, parts, _scores(parts, rows, failed)))


@dataclass(frozen=True)
class _Part:
    """The slices of one combination of features: where they stand in its table, and their counts."""

    features: Features
    cells: tuple[Ints, ...]
    n: Ints
    wrong: Ints


def _scores(parts: Sequence[_Part], rows: int, failed: int) -> list[Floats]:
    """The score of every slice, all computed at once."""
    n, wrong = _joined([part.n for part in parts]), _joined([part.wrong for part in parts])
    sizes = [len(part.n) for part in parts]
    costs = cost(np.repeat(np.array([len(part.features) for part in parts], dtype=np.int64), sizes), rows)
    return np.split(scan_statistic(n, wrong, rows, failed) - costs, np.cumsum(sizes)[:-1])[: len(parts)]


def _joined(counts: Sequence[Ints]) -> Ints:
    return np.concatenate([np.empty(0, np.int64), *counts])


def _beyond_parents(codes: Codes, parts: Sequence[_Part], scores: Sequence[Floats]) -> list[tuple[_Part, Floats]]:
    """The slices that score higher than nothing, and than each of those with fewer of their conditions."""
    tables: dict[Features, Floats] = {}
    kept = []
    for part, score in sorted(zip(parts, scores, strict=True), key=lambda pair: len(pair[0].features)):
        higher = score > _best_parent(part, tables)
        if len(part.features) < DEPTH:
            table = tables[part.features] = np.zeros([codes.size(feature) - 1 for feature in part.features])
            table[part.cells] = score
        if higher.any():
            cells = tuple(cell[higher] for cell in part.cells)
            kept.append((_Part(part.features, cells, part.n[higher], part.wrong[higher]), score[higher]))
    return kept


def _best_parent(part: _Part, tables: dict[Features, Floats]) -> Floats:
    best = np.zeros(len(part.n))
    for size in range(1, len(part.features)):
        for places in combinations(range(len(part.features)), size):
            parent = tables.get(tuple(part.features[place] for place in places))
            if parent is not None:
                best = np.maximum(best, parent[tuple(part.cells[place] for place in places)])
    return best


def _ranked(codes: Codes, found: Sequence[tuple[_Part, Floats]]) -> Slices:
    parts = [part for part, _ in found]
    n, wrong = _joined([part.n for part in parts]), _joined([part.wrong for part in parts])
    score = np.concatenate([np.empty(0), *(score for _, score in found)])
    owner = np.repeat(np.arange(len(parts)), [len(part.n) for part in parts])
    texts = np.array([sum(codes.names[f].startswith(TEXT) for f in part.features) for part in parts], dtype=np.int64)
    order = np.lexsort((owner, texts[owner], -score))
    numbers = [numbers for part in parts for numbers in zip(*(cell + 1 for cell in part.cells), strict=True)]
    features = tuple(parts[place].features for place in owner[order])
    chosen = tuple(tuple(map(int, numbers[place])) for place in order)
    return Slices(codes, features, chosen, n[order], wrong[order], score[order])


def scan_statistic(n: Ints, wrong: Ints, rows: int, failed: int) -> Floats:
    """The logarithm of how much likelier the answers are if slices fail at a rate of their own; 0 where they do not.

    `n` and `wrong` are those of the slices, `rows` and `failed` those of all rows.
    """
    outside, wrong_outside = rows - n, failed - wrong
    apart = _likelihood(n, wrong) + _likelihood(outside, wrong_outside)
    together = _likelihood(np.array([rows]), np.array([failed]))
    worse = wrong * outside > wrong_outside * n
    return np.where(worse, np.maximum(apart - together, 0.0), 0.0)


def cost(conditions: Ints, rows: int) -> Floats:
    """What slices of so many conditions must bring more than those of one, in the score."""
    costs: Floats = (conditions - 1) * 0.5 * np.log(max(rows, 1))
    return costs


def _likelihood(n: Ints, wrong: Ints) -> Floats:
    """The highest log-likelihood of so many wrong of n, over all rates."""
    share = wrong / np.maximum(n, 1)
    found: Floats = wrong * np.log(np.where(wrong > 0, share, 1.0)) + (n - wrong) * np.log(
        np.where(wrong < n, 1 - share, 1.0)
    )
    return found


def _counted(codes: Codes, wrong: Flags, depth: int, enough: Enough) -> Iterator[tuple[Features, Ints, Ints]]:
    """Every combination of up to `depth` features, with the rows and wrong rows of each combination of values.

    Three features are counted only where each two of them have a slice that is large enough.
    """
    count = len(codes.names)
    depth = min(depth, count)
    together = np.zeros((count, count), dtype=bool)
    done: set[Features] = set()
    for level in dict.fromkeys((min(2, depth), depth)) if count else ():
        wanted = _all_distinct(count, level) if level <= 2 else _all_pairs(together, level)
        for features, n, bad in _counted_together(codes, wrong, wanted, done):
            if len(features) == 2 and enough(n, bad).any():
                together[features] = together[features[::-1]] = True
            yield features, n, bad


def _counted_together(
    codes: Codes, wrong: Flags, wanted: Flags, done: set[Features]
) -> Iterator[tuple[Features, Ints, Ints]]:
    sizes = [codes.size(feature) for feature in range(len(codes.names))]
    for block in blocks(sizes, wanted, max(_FEWEST_CELLS, min(_MOST_CELLS, len(wrong) // 4))):
        counts = _block_counts(codes, wrong, block)
        for size in range(1, wanted.ndim + 1):
            for places in combinations(range(len(block)), size):
                features = tuple(block[place] for place in places)
                if features in done or (size == wanted.ndim and not wanted[features]):
                    continue
                done.add(features)
                rest = tuple(place for place in range(len(block)) if place not in places)
                cells = (counts.sum(axis=rest) if rest else counts)[(slice(1, None),) * size]
                yield features, cells.sum(axis=-1), cells[..., 1]


def _block_counts(codes: Codes, wrong: Flags, block: Features) -> Ints:
    """Rows by the values of several features and by right or wrong."""
    shape = (*(codes.size(feature) for feature in block), 2)
    number = codes.rows[block[0]].astype(np.intp)
    for feature in block[1:]:
        number *= codes.size(feature)
        number += codes.rows[feature]
    number *= 2
    number += wrong
    return np.bincount(number, minlength=int(np.prod(shape))).reshape(shape)


def blocks(sizes: Sequence[int], wanted: Flags, most_cells: int) -> Iterator[Features]:
    """Sets of features such that the `wanted` ones stand together in one, and which have few combinations of values.

    `wanted` is true at the features of each wanted combination, in any order. Each set begins with a combination that
    is in none yet, and takes in what brings the most others together, as long as its cells are no more than allowed.
    """
    apart, depth = wanted.copy(), wanted.ndim
    while apart.any():
        block = [int(place) for place in np.unravel_index(int(apart.argmax()), apart.shape)]
        cells = 2 * int(np.prod([sizes[feature] for feature in block]))
        while True:
            gains = apart[np.ix_(range(len(sizes)), *[block] * (depth - 1))].sum(axis=tuple(range(1, depth)))
            best = int((gains * (cells * np.array(sizes) <= most_cells)).argmax())
            if not gains[best] or best in block or cells * sizes[best] > most_cells:
                break
            block.append(best)
            cells *= sizes[best]
        apart[np.ix_(*[block] * depth)] = False
        yield tuple(sorted(block))


def _all_distinct(count: int, depth: int) -> Flags:
    return _all_pairs(~np.eye(count, dtype=bool), depth)


def _all_pairs(together: Flags, depth: int) -> Flags:
    """True at so many features of which each two go together."""
    places = np.indices((len(together),) * depth)
    pairs = [together[places[one], places[other]] for one, other in combinations(range(depth), 2)]
    return np.logical_and.reduce(pairs) if pairs else np.ones(len(together), dtype=bool)
