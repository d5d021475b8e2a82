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
from growloop.universe.columns import Cells, Places
from growloop.universe.draw import Proportions
from growloop.universe.lanes import Lane
from growloop.universe.material import Material
from growloop.universe.naming import named
from growloop.universe.permutation import Numbers, permuted
from growloop.universe.rendering import Rendered, Texts, listed
from growloop.universe.sides import Side
from growloop.universe.variations import in_bulk

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
    groups = _groups(lanes, material)
    strata = [lane.stratum for lane in lanes]
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
        frames = [frame for group in groups for frame in group.frames()]
        if frames:
            yield pl.concat(frames).sort("turn")


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


def _groups(lanes: Sequence[Lane], material: Material) -> list[_Group]:
    """The lanes by template, all texts listed that any of them needs."""
    texts = Texts()
    first = listed(material, texts)
    parts: dict[int, list[Lane]] = {}
    for lane in lanes:
        parts.setdefault(lane.stratum.common.kind.number, []).append(lane)
    return [_Group(part, material, texts, first) for part in parts.values()]


class _Group:
    """Makes the next cells of all lanes of a template."""

    def __init__(self, lanes: Sequence[Lane], material: Material, texts: Texts, first: Mapping[str, int]) -> None:
        self._lanes = lanes
        self._quick = [lane for lane in lanes if lane.in_bulk]
        self._material = material
        self._texts = texts
        self._closed = lanes[0].stratum.common.kind.closed
        self._only = lanes[0].only
        self._rendered = (
            Rendered([lane.stratum for lane in self._quick], material, texts, first) if self._quick else None
        )
        contexts = material.contexts
        self._shown = pl.Series(["", *(context.shown for context in contexts)], dtype=pl.String)
        self._groups = pl.Series([context.entity or context.id for context in contexts], dtype=pl.String)
        read_first = np.array(material.first_with_text, dtype=np.int64)
        self._repeated = read_first != np.arange(len(contexts))
        commons = [lane.stratum.common for lane in self._quick]
        self._sides = pl.Series([common.side for common in commons], dtype=pl.String)
        self._negatives = pl.Series([None if c.negative == NONE else c.negative for c in commons], dtype=pl.String)
        self._wordings = pl.Series(lanes[0].wordings, dtype=pl.String)
        self._first_wording = texts.add(lanes[0].wordings)
        self._reads = np.array([not self._closed and c.negative != "no_context" for c in commons], dtype=np.bool_)

    def frames(self) -> Iterator[pl.DataFrame]:
        """Examples of the next cells, without ids, each with the `turn` it has among all others."""
        for lane in self._lanes:
            if not lane.quick().all():
                yield lane.one_by_one().drop("id")
        if self._rendered is not None and any(lane.quick().any() for lane in self._quick):
            yield self._in_columns(self._rendered)

    def _in_columns(self, rendered: Rendered) -> pl.DataFrame:
        rows = [(lane, lane.quick()) for lane in self._quick]
        parts = self._cells([lane.order[some] for lane, some in rows])
        of = np.repeat(np.arange(len(parts)), [len(part.contexts) for part in parts])
        turns = np.concatenate([lane.turns[some] for lane, some in rows])
        variations = np.concatenate([lane.variations[some] for lane, some in rows])
        cells = Cells.together(parts)
        kept = self._kept(rendered, cells, of, np.concatenate([lane.chances(some) for lane, some in rows]))
        cells, of = cells.at(kept), of[kept]
        filling, made = rendered.filling(cells)
        plain = rendered.questions(cells, filling, made)
        question, varied = in_bulk(plain, self._wordings.gather(variations[kept]))
        wording = self._first_wording + np.where(varied, variations[kept], 0)
        context = np.where(self._reads[of], cells.contexts + 1, 0)
        frame = pl.DataFrame(
            {
                "question": question,
                "context": self._shown.gather(pl.Series(context)),
                "answers": _in_lists(rendered.answers(cells, of, filling, made)),
                "negative": self._negatives.gather(pl.Series(of)),
                "where": self._where(rendered, cells, of, filling, wording, made),
                "group": plain if self._closed else self._groups.gather(pl.Series(cells.contexts)),
                "split": self._sides.gather(pl.Series(of)),
                "turn": turns[kept],
            }
        )
        wanted = self._only is None or self._only == NONE
        return _examples(frame if wanted else frame.filter(varied))

    def _cells(self, orders: Sequence[Numbers]) -> list[Cells]:
        """The cells at some places of each lane's shuffle."""
        sizes, keys = [lane.stratum.size for lane in self._quick], [lane.key for lane in self._quick]
        numbers = np.split(permuted(orders, sizes, keys), np.cumsum([len(order) for order in orders])[:-1])
        lanes = zip(self._quick, numbers, strict=True)
        return [lane.columns.cells(some) for lane, some in lanes if lane.columns]

    def _kept(self, rendered: Rendered, cells: Cells, of: Places, chance: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which cells have their turn: no earlier context reads the same, and their values weigh enough."""
        kept = np.ones(len(of), dtype=np.bool_)
        if not self._closed:
            kept &= ~(self._repeated[cells.contexts] & self._reads[of])
        for slot in rendered.kind.free_slots:
            first = np.array([lane.stratum.numbers[slot][0] for lane in self._quick])
            kept &= rendered.says(slot)[cells.phrasings] | (cells.free[slot] == first[of])
        weight = np.ones(len(of))
        for slot, weights in self._material.weights.items():
            if slot in rendered.kind.slots:
                weight *= np.array(list(weights.values()))[rendered.numbers(slot, cells)]
        return kept & (chance < weight)

    def _where(
        self,
        rendered: Rendered,
        cells: Cells,
        of: Places,
        filling: Sequence[Places],
        wording: Places,
        made: pl.Series | None,
    ) -> pl.Series:
        """The coordinates, key by key in the order of their names."""
        numbers = {name: column[of] for name, column in rendered.coordinates.items()}
        numbers |= dict(zip(rendered.kind.slots, filling, strict=True))
        numbers |= {"phrasing": rendered.phrasings(cells), "variation": wording}
        names = sorted(numbers)
        values = rendered.texts.at(np.stack([numbers[name] for name in names], axis=1).ravel(), made)
        keys = pl.Series(names).gather(pl.Series(np.tile(np.arange(len(names), dtype=np.uint32), len(of))))
        return pl.DataFrame({"key": keys, "value": values}).to_struct().reshape((len(of), len(names))).arr.to_list()


def _in_lists(texts: pl.Series) -> pl.Series:
    """Each text as a list of its own."""
    return texts.reshape((len(texts), 1)).arr.to_list()


def _examples(frame: pl.DataFrame) -> pl.DataFrame:
    """Examples without ids, with `turn`, from the columns that differ from row to row."""
    fixed = {"origin": "universe", "parent": None, "source_id": None, "status": "accepted"}
    none = pl.lit([], dtype=EXAMPLES["answers"])
    made = frame.with_columns(
        pl.when(pl.col("negative").is_null()).then("answers").otherwise(none).alias("answers"),
        *(pl.lit(value, dtype=pl.String).alias(name) for name, value in fixed.items()),
    )
    return made.select(*(pl.col(name) for name in EXAMPLES if name != "id"), "turn")
