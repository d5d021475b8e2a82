from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.duplicates.words import WordSets, word_sets


def sets(*texts: str | None) -> list[set[int]]:
    found = word_sets(pl.Series(texts, dtype=pl.String))
    return [set(found.words[begin:end].tolist()) for begin, end in zip(found.starts, found.starts[1:], strict=False)]


def test_case_punctuation_order_and_repetition_make_no_difference() -> None:
    one, other = sets("Dogs, dogs: ARE\twelcome!\r\n", "welcome (are) dogs")

    assert one == other
    assert len(one) == 3


def test_the_rarest_word_comes_first() -> None:
    found = word_sets(pl.Series(["often rare", "often", "often"]))

    assert found.words.tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "cafe\u0301"),
        ("ΟΔΌΣ", "οδόσ"),
        ("ﬁne ｗｉｄｅ", "fine wide"),
        ("“naïve”—really…", "naïve really"),
        ("Ёлка", "ёлка"),
    ],
)
def test_letters_of_any_alphabet_are_compared_by_what_they_mean(one: str, other: str) -> None:
    first, second = sets(one, other)

    assert first == second != set()


def test_scripts_without_spaces_are_compared_by_character() -> None:
    one, other = sets("食べ物がある", "食べ物はある")

    assert len(one & other) == 5
    assert len(one) == len(other) == 6


def test_texts_without_words_have_empty_sets() -> None:
    assert sets("", None, "?! …", "\n", "a") == [set(), set(), set(), set(), {0}]
    assert len(word_sets(pl.Series([], dtype=pl.String))) == 0


def test_words_never_run_over_the_end_of_a_text_or_of_a_part() -> None:
    texts = pl.Series([f"word{number}" for number in range(40_000)])  # several parts

    found = word_sets(texts)

    assert found.sizes.tolist() == [1] * 40_000
    assert len(set(found.words.tolist())) == 40_000


def test_a_text_longer_than_a_part_is_one_text() -> None:
    long = " ".join(f"w{number}" for number in range(60_000))

    assert word_sets(pl.Series([long, "w5"])).sizes.tolist() == [60_000, 1]


def test_sets_can_be_taken_in_any_order() -> None:
    found = word_sets(pl.Series(["a b", "", "c a"]))

    taken: WordSets = found.take(pl.Series([2, 1, 0, 0]).to_numpy())

    assert taken.sizes.tolist() == [2, 0, 2, 2]
    assert taken.words[:2].tolist() == found.words[2:].tolist()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="aB é_1\n.’中", max_size=12), max_size=8))
def test_compiled_word_sets_are_the_same(texts: list[str]) -> None:
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    series = pl.Series(texts, dtype=pl.String)

    plain, native = word_sets(series), word_sets(series, native=True)

    assert plain.starts.tolist() == native.starts.tolist()
    assert plain.words.tolist() == native.words.tolist()


def test_compiled_word_sets_are_the_same_where_the_vocabulary_outgrows_its_table() -> None:
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    series = pl.Series([f"w{number % 30_011} x{number % 7} w{number % 30_011}" for number in range(60_000)])

    plain, native = word_sets(series), word_sets(series, native=True)

    assert (plain.starts == native.starts).all()
    assert (plain.words == native.words).all()
