from __future__ import annotations

import numpy as np
import pytest

from growloop.universe.clusters import Vectors, clusters, cut, silhouette, unit, ward


def around(centres: int, each: int, spread: float) -> Vectors:
    """Unit vectors around some directions, all of one after the other."""
    chance = np.random.default_rng(0)
    middles = unit(chance.normal(size=(centres, 16)).astype(np.float32)).repeat(each, axis=0)
    return unit(middles + spread * chance.normal(size=middles.shape).astype(np.float32))


def test_kinds_are_told_apart_without_being_counted_before() -> None:
    labels = clusters(around(7, 20, 0.08)).reshape(7, 20)

    assert [len(set(row)) for row in labels.tolist()] == [1] * 7
    assert len(set(labels[:, 0].tolist())) == 7


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_handful_and_what_is_all_alike_is_one_cluster(n: int) -> None:
    assert set(clusters(around(3, 1, 0.0)[:n]).tolist()) <= {0}
    assert set(clusters(around(1, 30, 0.02)).tolist()) == {0}


def test_wards_heights_are_those_of_scipy() -> None:
    hierarchy = pytest.importorskip("scipy.cluster.hierarchy")
    vectors = around(4, 15, 0.3)

    joined = ward(vectors)

    expected = hierarchy.linkage(vectors.astype(np.float64), "ward")[:, 2]
    assert np.allclose(np.sqrt([height for height, *_ in joined]), expected, atol=1e-5)


def test_the_silhouette_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    vectors = around(4, 15, 0.3)
    [(_, labels)] = cut(ward(vectors), len(vectors), [6])

    assert len(set(labels.tolist())) == 6
    assert silhouette(vectors, labels) == pytest.approx(
        metrics.silhouette_score(vectors, labels, metric="cosine"), abs=1e-5
    )
