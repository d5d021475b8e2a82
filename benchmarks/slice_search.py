"""How long it takes to count every slice of integer-coded features, and whether it is the same slice that fails most.

    slice_search          100,000 rows × 12 features of 8 values, to depth 2, beside sliceline
    slice_search_million  1,000,000 rows × 12 features, to depth 3, beside grouping by each of the 298 combinations of
                          features in polars

    nice python benchmarks/slice_search.py [--only slice_search|slice_search_million]

Where one feature is 2 and another 1, three answers of ten are wrong, elsewhere one of ten. A slice holds at least 0.5 %
of the rows. sliceline weighs errors against size by an alpha of 0.98; by 0.95 it names no slice here.
"""

from __future__ import annotations

import argparse
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from contest import contest

from growloop.diagnose.discovery import LEAST_WRONG, Codes, Flags, Slices, search

FEATURES, VALUES, LEAST_SHARE = 12, 8, 0.005
FAULT = {"f2": "2", "f5": "1"}


def made(rows: int) -> tuple[Codes, Flags]:
    """Features drawn evenly, and which answers are wrong."""
    chance = np.random.default_rng(0)
    numbers = chance.integers(1, VALUES + 1, size=(FEATURES, rows), dtype=np.int32)
    names = tuple(f"f{feature}" for feature in range(FEATURES))
    values = tuple(tuple(str(value) for value in range(VALUES)) for _ in names)
    fault = np.logical_and.reduce([numbers[names.index(name)] == int(value) + 1 for name, value in FAULT.items()])
    return Codes(names, values, numbers), chance.random(rows) < np.where(fault, 0.3, 0.1)


def by_sliceline(codes: Codes, wrong: Flags, depth: int) -> dict[str, str]:
    """Its top slice."""
    from sliceline.slicefinder import Slicefinder

    least = int(LEAST_SHARE * len(wrong))
    finder = Slicefinder(alpha=0.98, k=1, max_l=depth, min_sup=least, verbose=False)
    finder.fit(codes.rows.T - 1, wrong.astype(np.float64))
    top = finder.top_slices_[0]
    return {name: str(value) for name, value in zip(codes.names, top, strict=True) if value is not None}


def by_growloop(codes: Codes, wrong: Flags, depth: int) -> Slices:
    return search(codes, wrong, depth=depth, least=int(LEAST_SHARE * len(wrong)))


def by_grouping(codes: Codes, wrong: Flags, depth: int) -> dict[frozenset[tuple[str, str]], tuple[int, int]]:
    """Rows and wrong rows of every slice that is large enough."""
    named = {name: pl.Series(rows - 1) for name, rows in zip(codes.names, codes.rows, strict=True)}
    frame = pl.DataFrame({**named, "wrong": wrong})
    counted = {}
    for size in range(1, depth + 1):
        for names in combinations(codes.names, size):
            grouped = frame.group_by(names).agg(n=pl.len(), bad=pl.col("wrong").sum())
            large = grouped.filter((pl.col("n") >= LEAST_SHARE * len(wrong)) & (pl.col("bad") >= LEAST_WRONG))
            for *values, n, bad in large.iter_rows():
                counted[frozenset(zip(names, map(str, values), strict=True))] = (n, bad)
    return counted


def same_top(results: dict[str, Any]) -> str:
    top = results["growloop"].where(0)
    assert top == results["sliceline"] == FAULT, f"growloop {top}, sliceline {results['sliceline']}"
    return f"both name {top} first"


def same_counts(results: dict[str, Any]) -> str:
    slices, counted = results["growloop"], results["polars group_by"]
    assert slices.where(0) == FAULT, f"first comes {slices.where(0)}"
    for place in range(len(slices)):
        found = (int(slices.n[place]), int(slices.wrong[place]))
        assert counted[frozenset(slices.where(place).items())] == found, f"{slices.where(place)}: {found}"
    return f"{FAULT} comes first, and all {len(slices)} slices told have the rows and wrong rows that grouping gives"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", choices=("slice_search", "slice_search_million"))
    only = arguments.parse_args().only
    if only in (None, "slice_search"):
        codes, wrong = made(100_000)
        runs = {"sliceline": lambda: by_sliceline(codes, wrong, 2), "growloop": lambda: by_growloop(codes, wrong, 2)}
        told = {"features": FEATURES, "values": VALUES, "depth": 2, "least_share": LEAST_SHARE}
        packages = ("sliceline", "numba")
        contest("slice_search", runs, 3, same_top, amount=100_000, unit="rows", packages=packages, settings=told)
    if only in (None, "slice_search_million"):
        many, failed = made(1_000_000)
        grouped = {
            "polars group_by": lambda: by_grouping(many, failed, 3),
            "growloop": lambda: by_growloop(many, failed, 3),
        }
        told = {"features": FEATURES, "values": VALUES, "depth": 3, "least_share": LEAST_SHARE}
        contest("slice_search_million", grouped, 3, same_counts, amount=1_000_000, unit="rows", settings=told)


if __name__ == "__main__":
    main()
