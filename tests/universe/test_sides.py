from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.errors import BadDeclaration
from growloop.records.example import coordinate
from growloop.records.universe import HeldOut
from growloop.universe import Space
from growloop.universe.sides import deal, deal_counted, sides_of


def test_without_held_out_there_is_one_nameless_side() -> None:
    assert sides_of(HeldOut()) == (None,)
    assert deal(["a", "b"], HeldOut(), seed=0, salt="x") == [None, None]


def test_shares_are_met() -> None:
    dealt = Counter(deal([str(n) for n in range(100)], HeldOut(validation=0.1, test=0.2), seed=1, salt="x"))

    assert dealt == {"train": 70, "test": 20, "validation": 10}


def test_the_order_of_names_does_not_matter_and_the_seed_does() -> None:
    names, held_out = [str(n) for n in range(50)], HeldOut(validation=0.2, test=0.2)

    forward = dict(zip(names, deal(names, held_out, seed=1, salt="x"), strict=True))
    backward = dict(zip(names[::-1], deal(names[::-1], held_out, seed=1, salt="x"), strict=True))

    assert forward == backward
    assert forward != dict(zip(names, deal(names, held_out, seed=2, salt="x"), strict=True))


def test_a_new_name_leaves_nearly_all_others_where_they_were() -> None:
    names, held_out = [str(n) for n in range(200)], HeldOut(validation=0.1, test=0.1)

    before = deal(names, held_out, seed=0, salt="x")
    after = deal([*names, "new"], held_out, seed=0, salt="x")[:-1]

    assert sum(one != other for one, other in zip(before, after, strict=True)) <= 2


@given(st.integers(3, 40), st.floats(0.01, 0.3), st.floats(0.01, 0.3), st.integers(0, 9))
def test_from_three_names_on_each_side_gets_one(count: int, validation: float, test: float, seed: int) -> None:
    dealt = deal([str(n) for n in range(count)], HeldOut(validation=validation, test=test), seed=seed, salt="x")

    assert set(dealt) == {"train", "validation", "test"}


def test_names_that_are_for_the_test_are_all_it_gets() -> None:
    names = [str(number) for number in range(20)]

    dealt = deal(names, HeldOut(validation=0.2, test=0.5), seed=1, salt="x", for_test=frozenset({3, 7}))

    assert [number for number, side in enumerate(dealt) if side == "test"] == [3, 7]
    assert dealt.count("validation") == 4


@given(size=st.integers(0, 5000))
def test_values_that_are_only_counted_are_dealt_whole_and_to_one_side_each(size: int) -> None:
    dealt = deal_counted(size, HeldOut(validation=0.1, test=0.2), seed=1, salt="x")

    everything = sorted(number for numbers in dealt.values() for number in numbers)

    assert everything == list(range(size))


def test_a_slot_s_held_out_values_are_asked_about_in_the_test_alone(space: Callable[..., Space]) -> None:
    foods = {"file": "foods.txt", "held_out": ["pie", "tacos"]}
    slots = {"restaurant": {"entities": True}, "food": foods}

    drawn = space(slots=slots, held_out={"test": 0.3}).draw(600).with_columns(coordinate("food"))

    asked = drawn.drop_nulls("food")
    assert set(asked.filter(split="test")["food"]) == {"pie", "tacos"}
    assert not {"pie", "tacos"} & set(asked.filter(split="train")["food"])


def test_held_out_values_need_a_test_to_be_in(space: Callable[..., Space]) -> None:
    slots = {"restaurant": {"entities": True}, "food": {"file": "foods.txt", "held_out": ["pie"]}}

    with pytest.raises(BadDeclaration, match="the test has no entities and phrasings to itself"):
        space(slots=slots)
