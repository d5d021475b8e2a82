"""Drawing by the million in constant memory: frame after frame, for a file rather than for the pool.

Which stratum has its turn is reckoned from the shares, which of its cells comes next from a shuffle that is computed
(`permutation`); so nothing that was drawn has to be remembered, and any part of a stream can be made by itself. The
cells are those of a draw, in another order: contexts come up as often as they have cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import BadData
from growloop.records.example import EXAMPLES, content_ids
from growloop.universe.beside import PairStratum
from growloop.universe.cells import NONE, Cell, Stratum
from growloop.universe.changes import in_wording
from growloop.universe.columns import Cells
from growloop.universe.draw import Proportions, shuffled
from growloop.universe.examples import examples_of
from growloop.universe.material import Material
from growloop.universe.permutation import LARGEST, Numbers, chances, hashed, permuted
from growloop.universe.rendering import Rendered, Texts, listed
from growloop.universe.sides import Side, number_of
from growloop.universe.variations import SURFACE, in_bulk

ROWS = 1 << 16
"""How many rows a frame of a stream has."""


def refuse_unstreamable(material: Material) -> None:
    """Raises BadData where a universe declares what can only be drawn into the pool."""
    universe = material.universe
    reasons = {
        "negatives of the kind `retrieved` ask the task's retriever": any(
            negative.kind == "retrieved" for negative in universe.negatives
        ),
        "`verify: {by: wording}` makes drafts, which wait in the pool for a person": universe.verify.by != "facts",
        "`variation_pairs` remembers what was drawn": universe.variation_pairs,
    }
    for reason, applies in reasons.items():
        if applies:
            raise BadData(f"Not drawn to a file: {reason}. Draw into the pool, or take it out of universe.yaml.")


def streamed(
    strata: Sequence[Stratum],
    material: Material,
    *,
    seed: int,
    where: Mapping[str, str],
    sides: Mapping[Side, float],
) -> Iterator[pl.DataFrame]:
    """EXAMPLES frames of about ROWS rows until there are no more; every cell once, in one wording."""
    refuse_unstreamable(material)
    shown = pl.Series([context.shown for context in material.contexts], dtype=pl.String)
    makers = [_Maker(stratum, material, seed, where.get("variation"), shown) for stratum in strata]
    fast = _prepared(strata, material)
    shares = Proportions.of(material.universe, sides)
    done = np.zeros(len(strata))
    while (live := np.array([done[place] < stratum.size for place, stratum in enumerate(strata)])).any():
        rates = _rates([stratum for place, stratum in enumerate(strata) if live[place]], shares)
        upto = done.copy()
        sizes = [float(strata[place].size) for place in np.flatnonzero(live)]
        upto[live] = np.minimum(done[live] + rates * ROWS, sizes)
        if (upto == done).all():
            return
        parts = [
            maker.frame(int(begin), int(end), fast[place], upto[place] - done[place])
            for place, (maker, begin, end) in enumerate(zip(makers, np.floor(done), np.floor(upto), strict=True))
            if end > begin
        ]
        done = upto
        if parts:
            frame = pl.concat(parts).sort("turn")
            yield frame.select(EXAMPLES.names())


def _rates(strata: Sequence[Stratum], shares: Proportions) -> NDArray[np.float64]:
    """The share of each stratum: that of its side, kind of negative and template, and evenly among its answers."""
    rates = np.ones(len(strata))
    levels = [
        ([stratum.common.side for stratum in strata], shares.sides),
        ([stratum.common.negative for stratum in strata], shares.negatives),
        ([stratum.template.name for stratum in strata], shares.templates),
        (list(range(len(strata))), dict.fromkeys(range(len(strata)), 1.0)),
    ]
    above: list[tuple[object, ...]] = [()] * len(strata)
    for names, weights in levels:
        here = [(*one, name) for one, name in zip(above, names, strict=True)]
        weight = {path: float(weights.get(path[-1], 0.0)) for path in here}  # type: ignore[call-overload]
        total: dict[tuple[object, ...], float] = {}
        for path, value in weight.items():
            total[path[:-1]] = total.get(path[:-1], 0.0) + value
        rates *= [weight[path] / total[path[:-1]] if total[path[:-1]] else 0.0 for path in here]
        above = here
    return rates


def _prepared(strata: Sequence[Stratum], material: Material) -> list[Rendered | None]:
    """What renders each stratum in columns; None where its cells are made one by one."""
    texts = Texts()
    first = listed(material, texts)
    return [
        None
        if isinstance(stratum, PairStratum) or stratum.size >= LARGEST
        else Rendered(stratum, material, texts, first)
        for stratum in strata
    ]


@dataclass
class _Maker:
    """Makes the frames of one stratum."""

    stratum: Stratum
    material: Material
    seed: int
    only: str | None
    shown: pl.Series
    """Every context as it is put to the model."""
    key: int = field(init=False)

    def __post_init__(self) -> None:
        common = self.stratum.common
        self.key = number_of(self.seed, common.kind.number, common.side, common.negative, common.answer, common.told)

    def frame(self, begin: int, end: int, rendered: Rendered | None, turns: float) -> pl.DataFrame:
        """The cells from one place in the shuffle up to another, with the `turn` each has among the others."""
        turn = (np.arange(end - begin) + self.key % 997 / 997) / max(turns, end - begin)
        order = np.arange(begin, end, dtype=np.uint64)
        names = self._variations(order)
        quick = np.array([rendered is not None and (name in SURFACE or name == NONE) for name in names])
        parts = [self._one_by_one(order[~quick], [name for name, q in zip(names, quick, strict=True) if not q], turn[~quick])]
        if rendered is not None:
            parts.append(self._in_columns(order[quick], rendered, np.array(names)[quick], turn[quick]))
        return pl.concat(parts)

    def _variations(self, order: Numbers) -> list[str]:
        """The name of the variation of each cell."""
        universe = self.material.universe
        names = universe.variations
        if self.only is not None or not names:
            return [self.only or NONE] * len(order)
        varied = chances(order, self.key ^ 1) < universe.variation_share
        chosen = (hashed(order, self.key ^ 2) % np.uint64(len(names))).tolist()
        return [names[number] if is_varied else NONE for number, is_varied in zip(chosen, varied, strict=True)]

    def _one_by_one(self, order: Numbers, names: Sequence[str], turn: NDArray[np.float64]) -> pl.DataFrame:
        """Cells that are made as a draw makes them: of two contexts, or varied in more than case and punctuation."""
        size = self.stratum.size
        if size < LARGEST:
            numbers = permuted(order, size, self.key).tolist()
        else:
            numbers = [shuffled(place, size, self.key) for place in order.tolist()]
        drawn = [self._worded(self.stratum.cell(number), name) for number, name in zip(numbers, names, strict=True)]
        lucky = chances(order, self.key ^ 3)
        kept = [place for place, cell in enumerate(drawn) if cell is not None and self._keeps(cell, lucky[place])]
        frame = examples_of([cell for cell in (drawn[place] for place in kept) if cell is not None], self.material)
        return frame.with_columns(pl.Series("turn", turn[kept]))

    def _worded(self, cell: Cell, name: str) -> Cell | None:
        """A cell in the wording of a variation; plain where that changes nothing, None where it alone is wanted."""
        worded = in_wording(cell, name, self.material) if name != NONE else cell
        changed = worded.variation != NONE and worded.question not in ("", cell.plain_question)
        return worded if changed or name == NONE else None if self.only else cell

    def _keeps(self, cell: Cell, chance: float) -> bool:
        """Whether a cell has its turn: it reads like no earlier context, and its values weigh enough."""
        if cell.reads_context and self.material.first_with_text[cell.context] != cell.context:
            return False
        weights = self.material.weights
        return chance < prod(weights[slot].get(value, 1.0) for slot, value in cell.filling.items() if slot in weights)

    def _in_columns(
        self, order: Numbers, rendered: Rendered, names: NDArray[np.str_], turn: NDArray[np.float64]
    ) -> pl.DataFrame:
        cells = rendered.cells(permuted(order, self.stratum.size, self.key))
        kept = self._kept(order, rendered, cells)
        cells, names = cells.at(kept), names[kept]
        filling, made = rendered.filling(cells)
        plain = rendered.questions(cells, filling, made)
        questions, variations = in_bulk(plain, pl.Series(names.tolist(), dtype=pl.String))
        frame = pl.DataFrame(
            {
                "question": questions,
                "context": self._shown(cells.contexts),
                "answers": rendered.answers(cells, filling, made),
                "group": plain if self._closed else self._groups.gather(pl.Series(cells.contexts)),
                "variation": variations,
                "phrasing": pl.Series(cells.phrasings).cast(pl.String),
                **{f"slot {slot}": rendered.named(numbers, made) for slot, numbers in zip(rendered.slots, filling, strict=True)},
                "turn": turn[kept],
            }
        )
        return self._examples(frame.filter(pl.col("variation") == self.only) if self.only else frame, rendered.slots)

    def _kept(self, order: Numbers, rendered: Rendered, cells: Cells) -> NDArray[np.bool_]:
        kept = np.ones(len(order), dtype=np.bool_)
        if not self._closed:
            kept &= self._firsts[cells.contexts]
        for slot, weights in self.material.weights.items():
            if slot in rendered.slots:
                numbers = rendered.numbers(slot, cells)
                kept &= chances(order, self.key ^ 3) < np.array(list(weights.values()))[numbers]
        return kept

    def _examples(self, frame: pl.DataFrame, slots: Sequence[str]) -> pl.DataFrame:
        """An EXAMPLES frame with `turn`, from the columns that differ from row to row."""
        common, text = self.stratum.common, pl.String
        fixed = {
            "template": self.stratum.template.name,
            "negative": common.negative,
            "answer": common.answer,
        }
        coordinates = {
            **{name: pl.lit(value) for name, value in fixed.items()},
            **{slot: pl.col(f"slot {slot}") for slot in slots},
            "variation": pl.col("variation"),
            "phrasing": pl.col("phrasing"),
        }
        pairs = [pl.struct(pl.lit(name).alias("key"), coordinates[name].alias("value")) for name in sorted(coordinates)]
        answered = common.negative == NONE
        some = pl.concat_list("answers") if answered else pl.lit([], dtype=EXAMPLES["answers"])
        return frame.select(
            "question",
            "context",
            some.alias("answers"),
            pl.lit(None if answered else common.negative, dtype=text).alias("negative"),
            pl.concat_list(pairs).alias("where"),
            "group",
            pl.lit(common.side, dtype=text).alias("split"),
            pl.lit("universe").alias("origin"),
            pl.lit(None, dtype=text).alias("parent"),
            pl.lit(None, dtype=text).alias("source_id"),
            pl.lit("accepted").alias("status"),
            "turn",
        ).pipe(lambda made: made.select(content_ids(made), pl.all()))

    @property
    def _closed(self) -> bool:
        return self.stratum.common.kind.closed

    def _shown(self, contexts: NDArray[np.int64]) -> pl.Series:
        if self._closed or self.stratum.common.negative == "no_context":
            return pl.Series([""], dtype=pl.String).gather(pl.Series(np.zeros(len(contexts), dtype=np.uint32)))
        return self.shown.gather(pl.Series(contexts))

    @cached_property
    def _firsts(self) -> NDArray[np.bool_]:
        """For each context whether no earlier one reads the same."""
        if self.stratum.common.negative == "no_context":
            return np.ones(len(self.material.contexts), dtype=np.bool_)
        first = np.array(self.material.first_with_text, dtype=np.int64)
        return first == np.arange(len(first))

    @cached_property
    def _groups(self) -> pl.Series:
        return pl.Series([context.entity or context.id for context in self.material.contexts], dtype=pl.String)
