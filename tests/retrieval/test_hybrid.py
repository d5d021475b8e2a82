import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.retrieval.hybrid import best_first, reciprocal_rank_fusion


def ranking(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_fused_scores_are_sums_of_reciprocal_ranks():
    fused = reciprocal_rank_fusion([ranking(2, 0), ranking(0)], 3)

    assert fused.tolist() == pytest.approx([1 / 62 + 1 / 61, 0, 1 / 61])


def test_what_both_rankings_hold_beats_what_leads_only_one():
    fused = reciprocal_rank_fusion([ranking(0, 1), ranking(2, 1)], 3)

    assert best_first(fused, 3).tolist() == [1, 0, 2]


def test_no_rankings_fuse_to_nothing():
    assert best_first(reciprocal_rank_fusion([], 4), 4).tolist() == []


@given(st.lists(st.integers(-2, 3), max_size=30), st.integers(0, 40))
def test_the_best_come_first_and_ties_keep_their_order(values, k):
    scores = np.array(values, dtype=np.float32)

    expected = sorted((n for n in range(len(values)) if values[n] > 0), key=lambda n: (-values[n], n))[:k]

    assert best_first(scores, k).tolist() == expected
