from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growloop.universe.permutation import LARGEST, Numbers, permuted


def shuffled(count: int, size: int, key: int) -> Numbers:
    """The first places of one shuffle."""
    return permuted(
        np.arange(count, dtype=np.uint64), np.zeros(count, dtype=np.int64), [size], np.array([key], dtype=np.uint64)
    )


@given(size=st.integers(1, 2000), key=st.integers(0, 2**64 - 1))
def test_every_place_is_taken_once(size: int, key: int) -> None:
    assert sorted(shuffled(size, size, key).tolist()) == list(range(size))


def test_the_largest_shuffle_stays_inside() -> None:
    places = shuffled(1000, LARGEST - 1, 3)

    assert len(set(places.tolist())) == 1000
    assert int(places.max()) < LARGEST - 1


def test_several_shuffles_at_once_are_what_each_would_be() -> None:
    counts, sizes, keys = [9, 0, 50], [9, 3, 1000], [2**64 - 1, 5, 6]
    numbers = np.concatenate([np.arange(count, dtype=np.uint64) for count in counts])

    together = permuted(numbers, np.repeat(np.arange(3), counts), sizes, np.array(keys, dtype=np.uint64))

    apart = [shuffled(*each) for each in zip(counts, sizes, keys, strict=True)]
    assert together.tolist() == np.concatenate(apart).tolist()
