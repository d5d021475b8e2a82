from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growloop.universe.permutation import LARGEST, permuted


@given(size=st.integers(1, 2000), key=st.integers(0, 2**64 - 1))
def test_every_place_is_taken_once(size: int, key: int) -> None:
    places = permuted(np.arange(size, dtype=np.uint64), size, key)

    assert sorted(places.tolist()) == list(range(size))


def test_the_largest_shuffle_stays_inside() -> None:
    places = permuted(np.arange(1000, dtype=np.uint64), LARGEST - 1, 3)

    assert len(set(places.tolist())) == 1000
    assert int(places.max()) < LARGEST - 1
