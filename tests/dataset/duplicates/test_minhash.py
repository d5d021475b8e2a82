from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from growloop.dataset.duplicates import alike
from growloop.dataset.duplicates.minhash import MISSED, PERMUTATIONS, rows_per_band


def keys(texts: pl.Series, **options: int) -> tuple[set[tuple[int, int]], bool]:
    found = alike(texts, 0.7, **options)  # type: ignore[arg-type]
    return set(zip(found.left.tolist(), found.right.tolist(), strict=True)), found.every_pair


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.85, 0.95])
def test_bands_are_as_narrow_as_the_threshold_needs(threshold: float) -> None:
    rows = rows_per_band(threshold)

    assert (1 - threshold**rows) ** (PERMUTATIONS // rows) <= MISSED


def test_too_many_comparisons_fall_back_to_minhash_which_finds_nearly_all_and_nothing_else(
    sentences: Callable[..., pl.Series],
) -> None:
    texts = sentences(4000, words=2000, seed=4)

    truth, every_pair = keys(texts)
    found, still_every_pair = keys(texts, most_candidates=1000)

    assert every_pair
    assert not still_every_pair
    assert found <= truth
    assert len(found) >= 0.99 * len(truth) > 100


def test_a_corpus_with_few_rare_words_is_not_compared_in_full(sentences: Callable[..., pl.Series]) -> None:
    zipf = sentences(20_000, words=60, seed=5)  # every word is in hundreds of sentences

    found = alike(zipf, 0.7, most_candidates=5_000_000)

    assert not found.every_pair
    assert found.compared > 5_000_000
    assert found.pairs > 1000


def test_minhash_of_nothing_finds_nothing() -> None:
    found = alike(pl.Series(["a b", "c d"]), 0.7, most_candidates=-1)

    assert not found.every_pair
    assert found.pairs == 0
