from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growloop.universe.permutation import LARGEST, permuted


@given(size=st.integers(1, 2000), key=st.integers(0, 2**64 - 1))
def test_every_place_is_taken_once(size: int, key: int) -> None:
    places = permuted([np.arange(size, dtype=np.uint64)], [size], [key])

    assert sorted(places.tolist()) == list(range(size))


def test_the_largest_shuffle_stays_inside() -> None:
    places = permuted([np.arange(1000, dtype=np.uint64)], [LARGEST - 1], [3])

    assert len(set(places.tolist())) == 1000
    assert int(places.max()) < LARGEST - 1


def test_several_shuffles_at_once_are_what_each_would_be() -> None:
    numbers, sizes, keys = [np.arange(n, dtype=np.uint64) for n in (9, 0, 50)], [9, 3, 1000], [2**64 - 1, 5, 6]

    together = permuted(numbers, sizes, keys)

    apart = [permuted([some], [size], [key]) for some, size, key in zip(numbers, sizes, keys, strict=True)]
    assert together.tolist() == np.concatenate(apart).tolist()
