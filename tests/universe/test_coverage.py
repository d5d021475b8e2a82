from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.errors import BadData
from growloop.records.example import examples_frame
from growloop.records.universe import Coverage
from growloop.universe import Space
from growloop.universe.boxes import Box, merged
from growloop.universe.coverage import Grid
from growloop.universe.covering import draws, needs

VALUES = {"a": ["0", "1", "2"], "b": ["x", "y"], "c": ["p", "q", "r"]}
BOX = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(known), min_size=1, unique=True) for name, known in VALUES.items()}
)


def nothing(grid: Grid) -> dict[tuple[str, ...], np.ndarray]:
    return {names: np.zeros(array.shape, dtype=np.int64) for names, array in grid.possible.items()}


def possible_pairs(boxes: list[Box]) -> set[tuple[tuple[str, str], ...]]:
    return {
        ((one, first), (other, second))
        for box in boxes
        for one, other in combinations(sorted(box), 2)
        for first in box[one]
        for second in box[other]
    }


@settings(max_examples=50)
@given(st.lists(BOX, min_size=1, max_size=4), st.integers(1, 3))
def test_the_draws_cover_every_possible_pair_and_stay_within_the_universe(boxes: list[Box], at_least: int) -> None:
    grid = Grid.of(boxes, VALUES, 2, set())

    listed = draws(grid, needs(grid, nothing(grid), at_least))

    covered = {pair for where, _ in listed for pair in combinations(sorted(where.items()), 2)}
    assert covered == possible_pairs(boxes)
    assert all(any(all(where[name] in box[name] for name in box) for box in boxes) for where, _ in listed)
    assert all(n == at_least for _, n in listed)


@given(st.lists(BOX, min_size=1, max_size=6))
def test_merged_boxes_hold_the_same_combinations(boxes: list[Box]) -> None:
    def points(some: list[Box]) -> set[tuple[str, ...]]:
        return {(a, b, c) for box in some for a in box["a"] for b in box["b"] for c in box["c"]}

    assert points(merged(boxes)) == points(boxes)


def test_a_list_of_draws_is_far_shorter_than_the_product() -> None:
    values = {f"c{number}": ["0", "1", "2"] for number in range(8)}
    grid = Grid.of([dict(values)], values, 2, set())

    assert len(draws(grid, needs(grid, nothing(grid), 1))) <= 18  # 3^8 is 6,561; nine is the least there can be


def test_the_list_is_the_same_every_time(space: Callable[..., Space]) -> None:
    one, other = (space().coverage(space().draw(0)) for _ in range(2))

    assert one == other


def test_drawing_what_is_listed_leaves_no_gap(space: Callable[..., Space]) -> None:
    small = space(variations=["upper_case", "typos"])
    wanted = Coverage(at_least=2)

    found = small.coverage(small.draw(0), wanted)
    parts = [small.draw(draw.n, where=draw.where) for draw in found.draws]
    after = small.coverage(pl.concat(parts).unique("id"), wanted)

    assert found.covered == 0
    assert after.covered == after.combinations == found.combinations
    assert after.draws == ()
    assert after.regions == ()


def test_gaps_and_thin_regions_are_counted(space: Callable[..., Space]) -> None:
    small = space(variations=[])
    pool = small.draw(1, where={"template": "dogs", "answer": "yes"})

    found = small.coverage(pool, Coverage(over=("template", "answer"), at_least=2))

    [by] = found.by
    assert by.coordinates == ("template", "answer")
    assert by.combinations == 8  # offers and dogs: yes, no, abstain; vegetarian: list, abstain
    assert (by.covered, by.thin) == (1, 1)
    assert found.regions[-1].where == {"template": "dogs", "answer": "yes"}
    assert sum(draw.n for draw in found.draws) == 15


def test_a_target_of_its_own_comes_first(space: Callable[..., Space]) -> None:
    target = {"where": {"template": "dogs", "negative": "wrong_entity"}, "count": 30}
    small = space(coverage={"over": ["template"], "strength": 1, "targets": [target]})

    found = small.coverage(small.draw(100))

    assert found.regions[0].wanted == 30
    assert found.draws[0].where == target["where"]
    assert found.draws[0].n == 30 - found.regions[0].have
    assert len(found.draws) == 1


def test_every_value_of_a_slot_can_be_asked_for(space: Callable[..., Space]) -> None:
    small = space(variations=[])

    found = small.coverage(small.draw(0), Coverage(over=("food", "negative")))

    assert found.combinations == 6 * 3
    assert {draw.where["food"] for draw in found.draws} == {
        "ramen",
        "miso soup",
        "soup",
        "crème brûlée",
        "tacos",
        "pie",
    }


def test_two_slots_are_never_combined(space: Callable[..., Space]) -> None:
    found = space().coverage(space().draw(0), Coverage(over=("food", "restaurant", "negative")))

    assert [by.coordinates for by in found.by] == [("food", "negative"), ("restaurant", "negative")]


def test_a_variation_that_changes_no_phrasing_is_no_gap(space: Callable[..., Space]) -> None:
    small = space(variations=["spelling", "upper_case"])

    found = small.coverage(small.draw(0), Coverage(over=("template", "variation")))

    assert all(draw.where["variation"] != "spelling" for draw in found.draws)


def test_what_lies_outside_the_universe_is_counted(space: Callable[..., Space]) -> None:
    strange = examples_frame({"question": ["Parking?"], "where": [{"template": "parking"}]})

    assert space().coverage(strange).outside == 1
    assert space().coverage(space().draw(50)).outside == 0


def test_three_coordinates_can_be_combined(space: Callable[..., Space]) -> None:
    small = space()

    found = small.coverage(small.draw(0), Coverage(strength=3))

    assert len(found.by) == 4
    assert all(len(by.coordinates) == 3 for by in found.by)


def test_an_unknown_coordinate_is_refused(space: Callable[..., Space]) -> None:
    with pytest.raises(BadData, match=r'no coordinate "tempalte".*Did you mean "template"'):
        space().coverage(space().draw(0), Coverage(over=("tempalte",), strength=1))
