"""The exhaustive search: what counting by hand finds, at any depth."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.diagnose.discovery import blocks, cost, encoded, scan_statistic, search


def brute_force(features: pl.DataFrame, wrong: np.ndarray, depth: int, least: int) -> dict[frozenset, tuple[int, int]]:
    """Rows and wrong rows of every slice, by grouping: the plain way."""
    frame = features.with_columns(pl.Series("wrong", wrong))
    found = {}
    for size in range(1, depth + 1):
        for names in combinations(features.columns, size):
            for *values, n, bad in frame.group_by(names).agg(pl.len(), pl.col("wrong").sum()).iter_rows():
                if n >= least and None not in values:
                    found[frozenset(zip(names, values, strict=True))] = (n, bad)
    return found


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 3))
def test_the_first_slice_is_the_best_that_counting_by_hand_finds(seed: int, width: int, depth: int) -> None:
    chance = np.random.default_rng(seed)
    values = [chance.choice(["x", "y", "z", None], 120, p=[0.4, 0.3, 0.2, 0.1]) for _ in range(width)]
    features = pl.DataFrame({f"f{n}": pl.Series(list(column)) for n, column in enumerate(values)})
    wrong = chance.random(120) < np.where(values[0] == "y", 0.5, 0.2)

    slices = search(encoded(features, wrong), wrong, depth=depth, least=5, least_wrong=1)

    counted = brute_force(features, wrong, depth, 5)
    scores = {
        conditions: (
            scan_statistic(np.array([n]), np.array([bad]), 120, int(wrong.sum()))
            - cost(np.array([len(conditions)]), 120)
        )[0]
        for conditions, (n, bad) in counted.items()
        if bad and n < 120
    }
    best = max(scores.values(), default=0.0)
    assert (slices.score[0] if len(slices) else 0.0) == pytest.approx(max(best, 0.0))
    for place in range(len(slices)):
        assert counted[frozenset(slices.where(place).items())] == (slices.n[place], slices.wrong[place])
        assert slices.inside(place).sum() == slices.n[place]


def planted(n: int = 4000) -> tuple[pl.DataFrame, np.ndarray]:
    """Eight features of four values; where b is 2 and d is 1, 60 % are wrong, elsewhere 10 %."""
    chance = np.random.default_rng(3)
    features = pl.DataFrame({name: chance.integers(0, 4, n).astype(str) for name in "abcdefgh"})
    fault = ((features["b"] == "2") & (features["d"] == "1")).to_numpy()
    return features, chance.random(n) < np.where(fault, 0.6, 0.1)


def test_the_slice_that_fails_comes_before_those_that_hold_it_and_its_parts() -> None:
    features, wrong = planted()

    slices = search(encoded(features, wrong), wrong, least=20)

    assert slices.where(0) == {"b": "2", "d": "1"}
    assert not any({"b", "d"} < set(slices.where(place)) for place in range(len(slices)))


def test_of_two_names_for_the_same_rows_the_coordinate_comes_first() -> None:
    features, wrong = planted()
    twins = features.with_columns(pl.col("b").alias("text.a"))

    slices = search(encoded(twins, wrong), wrong, least=20)

    assert slices.where(0) == {"b": "2", "d": "1"}
    assert slices.where(1) == {"text.a": "2", "d": "1"}


def test_a_slice_must_be_large_enough_and_fail_often_enough() -> None:
    features = pl.DataFrame({"a": ["x"] * 9 + ["y"] * 91})
    wrong = np.array([True] * 9 + [False] * 91)

    assert len(search(encoded(features, wrong), wrong, least=10)) == 0
    assert len(search(encoded(features, wrong), wrong, least=9, least_wrong=10)) == 0
    assert search(encoded(features, wrong), wrong, least=9).where(0) == {"a": "x"}


@pytest.mark.parametrize("rows", [0, 1])
def test_where_there_is_next_to_nothing_nothing_is_found(rows: int) -> None:
    features = pl.DataFrame({"a": ["x"] * rows, "b": [None] * rows}, schema={"a": pl.String, "b": pl.String})
    wrong = np.ones(rows, dtype=bool)

    assert len(search(encoded(features, wrong), wrong)) == 0


def test_of_a_feature_with_very_many_values_those_that_fail_most_are_looked_at() -> None:
    features = pl.DataFrame({"food": [f"dish {n:03}" for n in range(100) for _ in range(20)]})
    wrong = features["food"].is_in(["dish 099", "dish 050"]).to_numpy()

    slices = search(encoded(features, wrong), wrong)

    assert [slices.where(place)["food"] for place in range(len(slices))] == ["dish 050", "dish 099"]


@given(st.lists(st.integers(2, 9), min_size=3, max_size=10), st.integers(2, 3))
def test_the_features_wanted_together_stand_together(sizes: list[int], depth: int) -> None:
    wanted = np.zeros((len(sizes),) * depth, dtype=bool)
    groups = list(combinations(range(len(sizes)), depth))
    for group in groups:
        wanted[np.ix_(*[group] * depth)] = True

    made = list(blocks(sizes, wanted, 2000))

    assert all(any(set(group) <= set(block) for block in made) for group in groups)
