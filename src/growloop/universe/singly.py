"""Cells of a stream that are made one by one, as a draw makes them: of two contexts, or in other words."""

from __future__ import annotations

from math import prod

import numpy as np
import polars as pl

from growloop.universe.cells import NONE, Cell, Stratum
from growloop.universe.changes import in_wording
from growloop.universe.draw import shuffled
from growloop.universe.examples import examples_of
from growloop.universe.lanes import Due, Lanes
from growloop.universe.material import Material
from growloop.universe.permutation import LARGEST, permuted
from growloop.universe.wording import placeholders


def made_singly(lanes: Lanes, due: Due, material: Material) -> pl.DataFrame:
    """Examples without ids, each with its `turn` and the number of its template, `kind`."""
    rows = zip(due.strata.tolist(), _numbers(lanes, due), due.wordings.tolist(), lanes.luck(due).tolist(), strict=True)
    cells = [_in_turn(lanes, material, *row) for row in rows]
    kept = np.array([cell is not None for cell in cells], dtype=np.bool_)
    kinds = np.array([stratum.common.kind.number for stratum in lanes.strata], dtype=np.int64)
    frame = examples_of([cell for cell in cells if cell is not None], material).drop("id")
    return frame.with_columns(turn=due.turns[kept], kind=kinds[due.strata[kept]])


def _numbers(lanes: Lanes, due: Due) -> list[int]:
    """The numbers of cells, by their places in the shuffles; shuffles of more than are counted in columns are others."""
    numbers = permuted(due.orders, due.strata, lanes.sizes, lanes.keys)
    return [
        number if lanes.sizes[of] < LARGEST else shuffled(order, lanes.strata[of].size, int(lanes.keys[of]))
        for number, of, order in zip(numbers.tolist(), due.strata.tolist(), due.orders.tolist(), strict=True)
    ]


def _in_turn(lanes: Lanes, material: Material, of: int, number: int, wording: int, luck: float) -> Cell | None:
    """The cell of a stratum with a number, in a wording; None where it has no turn.

    It is plain where a variation changes nothing, and has no turn then where that alone is wanted.
    """
    stratum, name = lanes.strata[of], lanes.wordings[wording]
    cell = stratum.cell(number)
    if name != NONE:
        worded = in_wording(cell, name, material)
        if worded.variation != NONE and worded.question not in ("", cell.plain_question):
            cell = worded
        elif lanes.only:
            return None
    return cell if _keeps(cell, stratum, material, luck) else None


def _keeps(cell: Cell, stratum: Stratum, material: Material, luck: float) -> bool:
    """Whether a cell has its turn: its context reads like no earlier one, and its values weigh enough."""
    if cell.reads_context and material.repeats[cell.context]:
        return False
    if any(cell.filling[slot] != first for slot, first in _unsaid(stratum, material, cell.phrasing).items()):
        return False
    weights = material.weights
    return luck < prod(weights[slot].get(value, 1.0) for slot, value in cell.filling.items() if slot in weights)


def _unsaid(stratum: Stratum, material: Material, phrasing: int) -> dict[str, str]:
    """The free slots that a phrasing lacks: of cells that read the same, those with the first value are kept."""
    said = placeholders(stratum.template.ask[phrasing])
    unsaid = [slot for slot in stratum.common.kind.free_slots if slot not in said]
    return {slot: material.slots[slot].names[stratum.numbers[slot][0]] for slot in unsaid}
