from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from itertools import accumulate, combinations

import polars as pl
import pytest

Pair = tuple[int, int, float]


def all_pairs(texts: Sequence[str | None], threshold: float) -> list[Pair]:
    """The pairs as they are defined, each compared with each. For ASCII."""
    sets = [set(re.findall(r"[a-z0-9_]+", (text or "").lower())) for text in texts]
    numbered = combinations(enumerate(sets), 2)
    found = [(i, j, len(one & two) / len(one | two)) for (i, one), (j, two) in numbered if one and two]
    return [pair for pair in found if pair[2] >= threshold]


@pytest.fixture(scope="session")
def brute_force() -> Callable[[Sequence[str | None], float], list[Pair]]:
    return all_pairs


def made_up(rows: int, *, words: int, seed: int) -> pl.Series:
    """Sentences of 4 to 25 words, a fifth of them copies of others with or without one word changed."""
    rng = random.Random(seed)
    vocabulary = [f"w{number}" for number in range(words)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(words)))
    sentences = [rng.choices(vocabulary, cum_weights=weights, k=rng.randint(4, 25)) for _ in range(rows - rows // 5)]
    for sentence in rng.choices(sentences, k=rows // 5):
        copy = list(sentence)
        if rng.random() < 0.5:
            copy[rng.randrange(len(copy))] = rng.choice(vocabulary)
        sentences.append(copy)
    rng.shuffle(sentences)
    return pl.Series([" ".join(sentence) for sentence in sentences])


@pytest.fixture(scope="session")
def sentences() -> Callable[..., pl.Series]:
    return made_up
