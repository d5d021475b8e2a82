"""Questions of one kind, put together by what they mean, where nobody says how many kinds there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS, ROUNDS = 15, 3
"""How many neighbours a vector is drawn towards, in large sets, and how often."""
PER_NEIGHBOUR = 30
"""In small sets each so many vectors add a neighbour to the first two."""
ALIKE = 0.65
"""The mean cosine of any two vectors from which on all of them are one cluster."""
MOST_CLUSTERS, TRIED = 200, 40
"""The most clusters there may be, and how many numbers of clusters are compared."""

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


def clusters(vectors: Vectors) -> Labels:
    """The cluster of each unit vector.

    Each vector is drawn towards its nearest neighbours, three times over, so that what lies between two kinds goes to
    one of them (as in mean shift); then Ward's method joins them. Of all numbers of clusters the one with the largest
    silhouette (Rousseeuw 1987) is taken, so that neither a number nor a distance has to be known before.
    """
    if len(vectors) < 4 or _mean_cosine(vectors) >= ALIKE:
        return np.zeros(len(vectors), dtype=np.int64)
    drawn = drawn_together(vectors)
    most = min(MOST_CLUSTERS, len(vectors) // 2)
    tried = sorted({int(number) for number in np.geomspace(2, most, TRIED).round()})
    cuts = dict(cut(ward(drawn), len(vectors), tried))
    best = max(tried, key=lambda number: silhouette(drawn, cuts[number]))
    return np.unique(cuts[best], return_inverse=True)[1].astype(np.int64)


def _mean_cosine(vectors: Vectors) -> float:
    """Of any two different ones."""
    n = len(vectors)
    return float((np.square(vectors.sum(axis=0)).sum() - n) / (n * (n - 1)))


def drawn_together(vectors: Vectors) -> Vectors:
    """Unit vectors, each moved half the way to the mean of its nearest neighbours, `ROUNDS` times."""
    count = min(NEIGHBOURS, 2 + len(vectors) // PER_NEIGHBOUR)
    for _ in range(ROUNDS):
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -np.inf)
        nearest = np.argpartition(-cosines, count, axis=1)[:, :count]
        vectors = unit(vectors + vectors[nearest].mean(axis=1))
    return vectors


def unit(vectors: Vectors) -> Vectors:
    """The same directions at length 1; nothing stays nothing."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def ward(vectors: Vectors) -> list[tuple[float, int, int]]:
    """How Ward's method joins unit vectors: height, one member of either side; lowest first.

    Found along chains of nearest neighbours (Murtagh 1983), with the distances brought up to date by the formula of
    Lance and Williams.
    """
    squared = np.clip(2 - 2 * (vectors @ vectors.T), 0, None).astype(np.float64)
    np.fill_diagonal(squared, np.inf)
    sizes = np.ones(len(vectors))
    joined: list[tuple[float, int, int]] = []
    chain: list[int] = []
    while len(joined) < len(vectors) - 1:
        chain = chain or [int(np.flatnonzero(sizes)[0])]
        nearest = int(squared[chain[-1]].argmin())
        if len(chain) == 1 or squared[chain[-1], nearest] < squared[chain[-1], chain[-2]]:
            chain.append(nearest)
            continue
        gone, kept = chain.pop(), chain.pop()
        joined.append((float(squared[kept, gone]), kept, gone))
        _join(squared, sizes, kept, gone)
    return sorted(joined)


def _join(squared: NDArray[np.float64], sizes: NDArray[np.float64], kept: int, gone: int) -> None:
    """Make two clusters one, in place."""
    one, other, height = sizes[kept], sizes[gone], squared[kept, gone]
    row = ((one + sizes) * squared[kept] + (other + sizes) * squared[gone] - sizes * height) / (one + other + sizes)
    squared[kept] = squared[:, kept] = row
    squared[gone] = squared[:, gone] = np.inf
    squared[kept, kept] = np.inf
    sizes[kept], sizes[gone] = one + other, 0


def cut(joined: Sequence[tuple[float, int, int]], n: int, numbers: Sequence[int]) -> Iterator[tuple[int, Labels]]:
    """Each of some numbers of clusters with the labels of all members, from what was joined."""
    labels = np.arange(n)
    wanted = set(numbers)
    for left, (_, kept, gone) in zip(range(n - 1, 0, -1), joined, strict=True):
        labels[labels == labels[gone]] = labels[kept]
        if left in wanted:
            yield left, labels.copy()


def silhouette(vectors: Vectors, labels: Labels) -> float:
    """How much nearer unit vectors are to their own cluster than to the next one, -1 to 1 on average."""
    numbers = np.unique(labels, return_inverse=True)[1]
    sizes = np.bincount(numbers)
    sums = np.zeros((len(sizes), vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, numbers, vectors)
    distances = sizes - vectors @ sums.T
    rows = np.arange(len(vectors))
    own = distances[rows, numbers] / np.maximum(sizes[numbers] - 1, 1)
    others = distances / sizes
    others[rows, numbers] = np.inf
    nearest = others.min(axis=1)
    scores = (nearest - own) / np.maximum(np.maximum(nearest, own), 1e-9)
    return float(np.where(sizes[numbers] > 1, scores, 0).mean())
