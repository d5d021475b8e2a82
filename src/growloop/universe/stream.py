"""Drawing by the million in constant memory: frame after frame, for a file rather than for the pool.

Which stratum has its turn is reckoned from the shares, which of its cells comes next from a shuffle that is computed
(`permutation`); so nothing that was drawn has to be remembered, and any part of a stream can be made by itself. The
cells are those of a draw, in another order: contexts come up as often as they have cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import BadData
from growloop.records.example import EXAMPLES
from growloop.universe.cells import NONE, Stratum
from growloop.universe.columns import Columns
from growloop.universe.draw import Proportions
from growloop.universe.lanes import Due, Lanes
from growloop.universe.material import Material
from growloop.universe.naming import named
from growloop.universe.numbering import Numbering
from growloop.universe.permutation import permuted
from growloop.universe.rendering import Rendering
from growloop.universe.sides import Side
from growloop.universe.singly import made_singly

ROWS = 1 << 17
"""How many rows a frame of a stream has at most."""
FIRST_ROWS = 1 << 12
"""How many the first one has; each has twice as many as the one before, so that few rows are quick to come."""


def refuse_unstreamable(material: Material) -> None:
    """Raises BadData where a universe declares what can only be drawn into the pool."""
    universe = material.universe
    reasons = {
        "negatives of the kind `retrieved` ask the task's retriever": any(
            negative.kind == "retrieved" for negative in universe.negatives
        ),
        "`verify: {by: wording}` makes drafts, which wait in the pool for a person": universe.verify.by != "facts",
        "`unknown: draft` makes drafts, which wait in the pool for a person": universe.unknown == "draft",
        "`variation_pairs` remembers what was drawn": universe.variation_pairs,
    }
    for reason, applies in reasons.items():
        if applies:
            raise BadData(f"Not drawn to a file: {reason}. Draw into the pool, or take it out of universe.yaml.")


def streamed(
    strata: Sequence[Stratum],
    material: Material,
    n: int,
    *,
    seed: int,
    where: Mapping[str, str],
    sides: Mapping[Side, float],
) -> Iterator[pl.DataFrame]:
    """EXAMPLES frames of about ROWS rows until there are `n` or no more; every cell once, in one wording."""
    refuse_unstreamable(material)
    ordered = sorted(strata, key=lambda stratum: stratum.common.kind.number)  # so come rows that have the same turn
    lanes = Lanes(ordered, material, seed, where.get("variation"))
    for frame in named(_first(n, _frames(lanes, material, Proportions.of(material.universe, sides)))):
        yield frame.select(EXAMPLES.names())


def _first(n: int, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The first `n` rows; no frame is made that has none of them."""
    while n > 0 and (frame := next(frames, None)) is not None:
        yield frame.head(n)
        n -= frame.height


def _frames(lanes: Lanes, material: Material, shares: Proportions) -> Iterator[pl.DataFrame]:
    """Frames of the columns that an example's id is made of, and all others."""
    maker = _Maker(lanes, material)
    sizes = np.array([float(stratum.size) for stratum in lanes.strata])
    done, rows = np.zeros(len(sizes)), FIRST_ROWS
    while (live := np.flatnonzero(done < sizes)).size:
        turns = np.zeros(len(sizes))
        turns[live] = _rates([lanes.strata[place] for place in live.tolist()], shares) * rows
        if not turns.any():
            return
        upto = np.minimum(done + turns, sizes)
        due = lanes.due(np.floor(done).astype(np.int64), np.floor(upto).astype(np.int64), turns)
        done, rows = upto, min(rows * 2, ROWS)
        yield maker.examples(due)


class _Maker:
    """Makes examples of cells that are due, in columns where that can be."""

    def __init__(self, lanes: Lanes, material: Material) -> None:
        self._lanes, self._material = lanes, material
        self._columns = Columns(lanes.strata, material)
        self._numbering = Numbering(lanes.strata, material, lanes.wordings)
        self._rendering = Rendering(self._numbering, material, varied=lanes.only not in (None, NONE))

    def examples(self, due: Due) -> pl.DataFrame:
        """Those of all that have their turn, in the order of their turns."""
        in_columns = self._lanes.in_columns(due)
        frame = self._in_columns(due.at(in_columns))
        if in_columns.all():
            return frame
        singly = made_singly(self._lanes, due.at(~in_columns), self._material)
        return pl.concat([singly, frame], rechunk=True).sort("turn", "kind", maintain_order=True)

    def _in_columns(self, due: Due) -> pl.DataFrame:
        numbers = permuted(due.orders, due.strata, self._lanes.sizes, self._lanes.keys)
        cells = self._columns.cells(due.strata, numbers)
        kept = self._columns.kept(cells, lambda: self._lanes.luck(due))
        made: list[str] = []
        rows = self._numbering.rows(cells.at(kept), due.wordings[kept], due.turns[kept], made)
        return self._rendering.examples(rows.in_turn(), made)


def _rates(strata: Sequence[Stratum], shares: Proportions) -> NDArray[np.float64]:
    """The share of each stratum: that of its side, kind of negative and template, and evenly among its answers."""
    rates = np.ones(len(strata))
    paths: list[tuple[object, ...]] = [
        (stratum.common.side, stratum.common.negative, stratum.template.name, number)
        for number, stratum in enumerate(strata)
    ]
    levels: list[Mapping[Any, float]] = [shares.sides, shares.negatives, shares.templates, {}]
    for depth, weights in enumerate(levels, start=1):
        weight = {path[:depth]: weights.get(path[depth - 1], 0.0 if weights else 1.0) for path in paths}
        total: dict[tuple[object, ...], float] = {}
        for path, value in weight.items():
            total[path[:-1]] = total.get(path[:-1], 0.0) + value
        rates *= [weight[path[:depth]] / (total[path[: depth - 1]] or 1.0) for path in paths]
    return rates
