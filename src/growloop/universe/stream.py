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
from growloop.universe.draw import Proportions
from growloop.universe.lanes import Lane
from growloop.universe.material import Material
from growloop.universe.naming import named
from growloop.universe.numbering import Numbering, Rows
from growloop.universe.permutation import permuted
from growloop.universe.rendering import Rendering
from growloop.universe.sides import Side

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
    lanes = [Lane(stratum, material, seed, where.get("variation")) for stratum in strata]
    lanes.sort(key=lambda lane: lane.stratum.common.kind.number)  # the order of rows that have the same turn
    frames = _frames(lanes, material, Proportions.of(material.universe, sides))
    for frame in named(_first(n, frames)):
        yield frame.select(EXAMPLES.names())


def _first(n: int, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The first `n` rows; no frame is made that has none of them."""
    while n > 0 and (frame := next(frames, None)) is not None:
        yield frame.head(n)
        n -= frame.height


def _frames(lanes: Sequence[Lane], material: Material, shares: Proportions) -> Iterator[pl.DataFrame]:
    """Frames of the columns that an example's id is made of, and all others."""
    strata = [lane.stratum for lane in lanes]
    rendering = Rendering(strata, material, varied=any(lane.only not in (None, NONE) for lane in lanes))
    sizes = np.array([float(stratum.size) for stratum in strata])
    done, rows = np.zeros(len(strata)), FIRST_ROWS
    while (live := np.flatnonzero(done < sizes)).size:
        turns = np.zeros(len(strata))
        turns[live] = _rates([strata[place] for place in live.tolist()], shares) * rows
        if not turns.any():
            return
        upto = np.minimum(done + turns, sizes)
        for lane, begin, end, taken in zip(lanes, np.floor(done), np.floor(upto), turns, strict=True):
            lane.turn_to(int(begin), int(end), float(taken))
        done, rows = upto, min(rows * 2, ROWS)
        yield from _next(lanes, rendering)


def _next(lanes: Sequence[Lane], rendering: Rendering) -> Iterator[pl.DataFrame]:
    """The next cells of all lanes as one frame in the order of their turns; nothing where no cell has its turn."""
    frames = [lane.one_by_one() for lane in lanes if not lane.quick.all()]
    made: list[str] = []
    if parts := list(_numbered(lanes, rendering.numbering, made)):
        frames.append(rendering.examples(Rows.in_turn(parts), made))
    if len(frames) > 1:
        yield pl.concat(frames, rechunk=True).sort("turn", "kind", maintain_order=True)
    else:
        yield from frames


def _numbered(lanes: Sequence[Lane], numbering: Numbering, made: list[str]) -> Iterator[Rows]:
    """The next cells of each lane that are made in columns."""
    quick = [(place, lane) for place, lane in enumerate(lanes) if lane.quick.any()]
    if not quick:
        return
    orders = [lane.order[lane.quick] for _, lane in quick]
    sizes, keys = [lane.stratum.size for _, lane in quick], [lane.key for _, lane in quick]
    ends = np.cumsum([len(order) for order in orders])
    for (place, lane), numbers in zip(quick, np.split(permuted(orders, sizes, keys), ends[:-1]), strict=True):
        yield numbering.rows(place, *lane.in_columns(numbers), made)


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
