from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.duplicates import Alike, alike, near_duplicates
from growloop.errors import BadData

BruteForce = Callable[[Sequence[str | None], float], list[tuple[int, int, float]]]


def same(one: Alike, other: Alike) -> bool:
    names = ("of", "left", "right", "jaccard")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def test_one_changed_word_and_another_order_are_found_and_the_rest_is_not() -> None:
    texts = pl.Series(["the dog sat on the mat", "On the mat sat a dog!", "no pets", "the dog sat on the mat"])

    assert near_duplicates(texts, 0.6).rows() == [(0, 1, 5 / 6), (0, 3, 1.0), (1, 3, 5 / 6)]


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_and_one_text_have_no_pairs(size: int) -> None:
    found = near_duplicates(pl.Series(["a"] * size, dtype=pl.String), 0.5)

    assert found.schema == {"left": pl.UInt32, "right": pl.UInt32, "jaccard": pl.Float64}
    assert found.is_empty()


def test_texts_without_words_are_like_nothing() -> None:
    assert near_duplicates(pl.Series(["", "", None, "?!", "?!"]), 0.1).is_empty()


def test_a_similarity_exactly_at_the_threshold_counts() -> None:
    ten = [f"w{number}" for number in range(10)]

    for shared in range(1, 11):
        texts = pl.Series([" ".join(ten), " ".join(ten[:shared])])
        assert near_duplicates(texts, shared / 10)["jaccard"].to_list() == [shared / 10]


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5, float("nan")])
def test_a_similarity_that_cannot_be_is_refused(threshold: float) -> None:
    with pytest.raises(BadData, match="similarity"):
        near_duplicates(pl.Series(["a"]), threshold)


def test_only_texts_of_one_part_are_compared() -> None:
    texts = pl.Series(["a b c d", "a b c d", "a b c e", "a b c e"])

    found = near_duplicates(texts, 0.5, within=pl.Series([1, 2, 1, 2]))

    assert found.rows() == [(0, 2, 0.6), (1, 3, 0.6)]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=8).map(" ".join), max_size=14),
    st.sampled_from([0.1, 0.3, 1 / 3, 0.5, 0.6, 2 / 3, 0.7, 0.75, 0.8, 0.9, 1.0]),
)
def test_every_pair_is_found_and_no_other(brute_force: BruteForce, texts: list[str], threshold: float) -> None:
    assert near_duplicates(pl.Series(texts, dtype=pl.String), threshold).rows() == brute_force(texts, threshold)


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
def test_every_pair_of_some_hundred_sentences_is_found(
    brute_force: BruteForce, sentences: Callable[..., pl.Series], threshold: float
) -> None:
    texts = sentences(600, words=300, seed=1)

    found = near_duplicates(texts, threshold).rows()

    assert found == brute_force(texts.to_list(), threshold)
    assert len(found) > 50


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcdefghijkl"), max_size=12).map(" ".join), max_size=20),
    st.sampled_from([0.2, 0.5, 0.7, 0.9, 1.0]),
)
def test_compiled_and_columns_find_the_same(texts: list[str], threshold: float) -> None:
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    series = pl.Series(texts, dtype=pl.String)

    assert same(alike(series, threshold, native=False), alike(series, threshold, native=True))


def test_compiled_and_columns_find_the_same_in_long_texts(sentences: Callable[..., pl.Series]) -> None:
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    short = sentences(3000, words=500, seed=2)
    long = pl.Series([" ".join(short[start : start + 30]) for start in range(0, 2900, 5)])

    for texts in (short, long):
        plain, native = alike(texts, 0.5, native=False), alike(texts, 0.5, native=True)
        assert same(plain, native)
        assert plain.pairs > 100


def test_a_hundred_thousand_copies_are_counted_not_listed() -> None:
    texts = pl.Series(["the very same sentence"] * 100_000)

    found = alike(texts, 0.7)

    assert found.pairs == 100_000 * 99_999 // 2
    assert len(found.left) == 0
    with pytest.raises(BadData, match="more than can be listed"):
        near_duplicates(texts, 0.7)


def test_a_hundred_thousand_sentences_are_joined(sentences: Callable[..., pl.Series]) -> None:
    texts = sentences(100_000, words=30_000, seed=3)

    found = near_duplicates(texts, 0.7)

    assert found.height > 15_000
    assert found["jaccard"].min() >= 0.7  # type: ignore[operator]
    assert (found["left"] < found["right"]).all()
    assert found.select("left", "right").is_unique().all()


def test_compiled_and_columns_find_the_same_where_several_threads_share_the_work(
    sentences: Callable[..., pl.Series],
) -> None:
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    texts = sentences(30_000, words=5000, seed=3)

    plain, native = alike(texts, 0.7, native=False), alike(texts, 0.7, native=True)

    assert same(plain, native)
    assert plain.pairs > 1000
