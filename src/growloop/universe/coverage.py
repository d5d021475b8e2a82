"""How far examples cover a universe: every combination of so many coordinates, counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.records.example import coordinate
from growloop.universe.boxes import Box

Names = tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """The combinations of coordinates that a universe has, and how many examples each has."""

    values: Mapping[str, Sequence[str]]
    """Coordinate → its values, in order."""
    boxes: Sequence[Box]
    subsets: tuple[Names, ...]
    """Which coordinates are combined."""
    possible: dict[Names, NDArray[np.bool_]]
    """For each subset an array with an axis a coordinate: whether the universe has the combination."""

    @classmethod
    def of(cls, boxes: Sequence[Box], values: Mapping[str, Sequence[str]], strength: int, slots: set[str]) -> Grid:
        """The combinations of `strength` coordinates; two slots are never combined, they would make millions."""
        subsets = tuple(names for names in combinations(values, strength) if sum(name in slots for name in names) <= 1)
        numbers = {name: {value: number for number, value in enumerate(known)} for name, known in values.items()}
        possible = {}
        for names in subsets:
            array = np.zeros([len(values[name]) for name in names], dtype=np.bool_)
            for box in boxes:
                if all(name in box for name in names):
                    array[np.ix_(*([numbers[name][value] for value in box[name]] for name in names))] = True
            possible[names] = array
        return cls(values, boxes, subsets, possible)

    def counts(self, examples: pl.DataFrame) -> dict[Names, NDArray[np.int64]]:
        """How many examples each combination has."""
        rows = self.places(examples)
        counted = {}
        for names in self.subsets:
            known = rows.select(names).drop_nulls()
            array = np.zeros(self.possible[names].shape, dtype=np.int64)
            np.add.at(array, tuple(known[name].to_numpy() for name in names), 1)
            counted[names] = array
        return counted

    def places(self, examples: pl.DataFrame) -> pl.DataFrame:
        """The number of each example's value, a column a coordinate; null where it has none that is known."""
        columns = (pl.col("split") if name == "split" else coordinate(name) for name in self.values)
        frame = examples.select(columns)
        return frame.select(
            pl.col(name).replace_strict(list(known), list(range(len(known))), default=None, return_dtype=pl.Int64)
            for name, known in self.values.items()
        )

    def outside(self, examples: pl.DataFrame) -> pl.Series:
        """Which examples lie at no combination that the universe has."""
        rows = self.places(examples)
        inside = np.zeros(rows.height, dtype=np.bool_)
        for names in self.subsets:
            known = rows.select(names).with_row_index("row").drop_nulls()
            places = tuple(known[name].to_numpy() for name in names)
            inside[known["row"].to_numpy()[self.possible[names][places]]] = True
        return pl.Series("outside", ~inside)

    def combinations(self, chosen: Mapping[Names, NDArray[np.bool_]]) -> Iterator[tuple[Names, tuple[int, ...]]]:
        """The combinations that are marked in some arrays, by subset and place."""
        for names in self.subsets:
            for place in np.argwhere(chosen[names]):
                yield names, tuple(int(number) for number in place)

    def where(self, names: Names, place: Sequence[int]) -> dict[str, str]:
        """A combination in words."""
        return {name: self.values[name][number] for name, number in zip(names, place, strict=True)}
