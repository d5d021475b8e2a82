"""How short a list of draws covers all pairs of coordinates: growloop's greedy array beside allpairspy.

    python benchmarks/covering.py

Both lists are checked to hold every pair that is possible, and nothing that is not. The first universes are plain
products, as in the literature on pairwise testing (`3^13`: thirteen coordinates of three values); the last are
universes with rules: food_qa as it ships, and food_qa with every kind of negative that its facts allow and all
twelve variations. allpairspy gets the rules as its filter. Fewer draws are better.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from allpairspy import AllPairs
from rich.console import Console
from rich.table import Table

from growloop.records.declaration import read_declaration
from growloop.records.universe import Universe
from growloop.universe.boxes import Box, boxes_of
from growloop.universe.coverage import Grid
from growloop.universe.covering import draws, needs
from growloop.universe.material import Material
from growloop.universe.problems import Reader
from growloop.universe.strata import strata
from growloop.universe.variations import VARIATIONS

FOOD_QA = Path(__file__).resolve().parents[1] / "examples" / "food_qa"
OVER = ("template", "negative", "variation", "answer", "split")
Rows = list[dict[str, str]]


def product(*sizes: int) -> Grid:
    """A universe without rules."""
    values = {f"c{number}": [str(value) for value in range(size)] for number, size in enumerate(sizes)}
    return Grid.of([dict(values)], values, 2, set())


def food_qa(**more: object) -> Grid:
    """The universe of the worked example; keywords replace parts of its declaration."""
    declared = read_declaration(FOOD_QA / "universe.yaml", Universe).model_dump()
    reader = Reader(Universe.model_validate({**declared, **more}), FOOD_QA)
    material = Material(reader.universe, reader.contexts, reader.slots)
    boxes = boxes_of(material, strata(material, {}), OVER)
    values = {name: list(dict.fromkeys(value for box in boxes for value in box[name])) for name in OVER}
    return Grid.of(boxes, values, 2, set())


def of_growloop(grid: Grid) -> Rows:
    nothing = {names: np.zeros(array.shape, dtype=np.int64) for names, array in grid.possible.items()}
    return [where for where, _ in draws(grid, needs(grid, nothing, 1))]


def of_allpairspy(grid: Grid) -> Rows:
    names = list(grid.values)
    sets = [{name: set(values) for name, values in box.items()} for box in grid.boxes]

    def allowed(row: Sequence[str]) -> bool:
        return any(all(value in box[name] for name, value in zip(names, row, strict=False)) for box in sets)

    return [dict(zip(names, row, strict=True)) for row in AllPairs(list(grid.values.values()), filter_func=allowed)]


def pairs(row: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], ...]]:
    return combinations(sorted(row.items()), 2)


def is_whole(grid: Grid, rows: Rows) -> bool:
    """True where the rows hold every possible pair, and each lies in a box."""
    held = {pair for row in rows for pair in pairs(row)}
    possible = {tuple(sorted(grid.where(names, place).items())) for names, place in grid.combinations(grid.possible)}
    return possible == held and all(any(within(row, box) for box in grid.boxes) for row in rows)


def within(row: Mapping[str, str], box: Box) -> bool:
    return all(value in box[name] for name, value in row.items())


def main() -> None:
    negatives = [{"kind": kind, "share": 0.1} for kind in ("wrong_entity", "wrong_topic", "near_miss", "no_context")]
    grids = {
        "3^4": product(*[3] * 4),
        "3^13": product(*[3] * 13),
        "4^10": product(*[4] * 10),
        "2^20": product(*[2] * 20),
        "10^5": product(*[10] * 5),
        "food_qa": food_qa(),
        "food_qa, more negatives, all variations": food_qa(negatives=negatives, variations=list(VARIATIONS)),
    }
    shown = Table("universe", "pairs", "growloop", "allpairspy", "whole", "seconds")
    for name, grid in grids.items():
        started = time.process_time()
        ours = of_growloop(grid)
        middle = time.process_time()
        theirs = of_allpairspy(grid)
        spent = f"{middle - started:.2f} · {time.process_time() - middle:.2f}"
        whole = " · ".join("yes" if is_whole(grid, rows) else "no" for rows in (ours, theirs))
        count = sum(int(array.sum()) for array in grid.possible.values())
        shown.add_row(name, f"{count:,}", f"{len(ours):,}", f"{len(theirs):,}", whole, spent)
    Console(width=120).print(shown)


if __name__ == "__main__":
    main()
