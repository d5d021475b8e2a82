"""Exact match and token F1 by the column agree with the official script's rules, row by row."""

from __future__ import annotations

import re
import string
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from growloop.errors import MissingExtra
from growloop.metrics.text_overlap import exact_match, overlap, token_f1

WORDS = [
    "the",
    "A",
    "an",
    "cat",
    "Cat",
    "dog",
    "don't",
    "U.S.",
    "Σας",
    "ΟΔΟΣ",
    "İ",
    "é",
    "!",
    "…",
    "\t",
    "\r\n",
    "\u2028",
    "\x00",
    "1",
    "a’s",
    "“the”",
    "x–an",
    "\u0301a",
    "naïve",
    "中文",
    "😀a",
]
texts = st.one_of(st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join), st.text(max_size=15))
rows = st.lists(st.tuples(texts, st.lists(texts, max_size=4)), max_size=8)
Rows = list[tuple[str, list[str]]]


def normalised(text: str) -> str:
    bare = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def rules_f1(answer: str, prediction: str) -> float:
    wanted, said = normalised(answer).split(), normalised(prediction).split()
    if not wanted or not said:
        return float(wanted == said)
    common = sum((Counter(wanted) & Counter(said)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(said), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def by_the_rules(prediction: str, answers: list[str]) -> tuple[float, float]:
    """The official script's score of one row: the best over its answers; without any, only silence is right."""
    kept = [answer for answer in answers if normalised(answer)] or [""]
    exact = max(float(normalised(answer) == normalised(prediction)) for answer in kept)
    return exact, max(rules_f1(answer, prediction) for answer in kept)


@given(rows)
@example([("", ["the", "cat"])])
@example([("", ["the"]), ("the", []), ("cat", [])])
@example([("\ud800 the", ["\ud800"])])
@example([("a a b b", ["b a a a"]), ("x x y", ["x y x", "x"])])
def test_a_column_scores_as_its_rows_would_to_the_last_digit(rows: Rows) -> None:
    predictions, answers = [row[0] for row in rows], [row[1] for row in rows]

    exact, f1 = overlap(predictions, answers)

    assert list(zip(exact.tolist(), f1.tolist(), strict=True)) == [by_the_rules(*row) for row in rows]


plain_words = st.sampled_from([*WORDS[:8], "cat,", "\n", "1"])
ascii_texts = st.lists(plain_words, max_size=9).map(" ".join) | st.text(string.printable)


@given(rows | st.lists(st.tuples(ascii_texts, st.lists(ascii_texts, max_size=3)), max_size=8))
@example([("a\nb", ["b\na"]), ("the", ["the"]), ("\x7fthe", ["the"])])
@example([("\ud800 the", ["\ud800"])])
@example([("word " * 2000, ["word", "word " * 2000])])
@example([("a a b b", ["b a a a"]), ("x x y", ["x y x", "x"])])
def test_compiled_code_scores_by_the_official_rules_to_the_last_digit(rows: Rows) -> None:
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    predictions, answers = [row[0] for row in rows], [row[1] for row in rows]

    exact, f1 = overlap(predictions, answers, native=True)

    assert list(zip(exact.tolist(), f1.tolist(), strict=True)) == [by_the_rules(*row) for row in rows]


def test_compiled_code_reads_every_character_as_the_plain_way_does() -> None:
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    characters = [chr(number) for number in range(0x10000)]
    said = [f"The{one}An X{one}a{one}y {one}a" for one in characters]
    answers = [[f"x{one}{one}y", one] for one in characters]

    compiled, plain = (overlap(said, answers, native=native) for native in (True, False))

    np.testing.assert_array_equal(compiled, plain)


def test_many_rows_are_parted_among_threads_and_come_back_in_their_order() -> None:
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    numbers = range(20_001)
    said = [f"the {n % 7} of {n}" + "\n" * (n == 5) + "é" * (n % 100 == 0) for n in numbers]
    answers = [[f"{n} of {n % 5}", "nothing"][: n % 3] for n in numbers]

    compiled, plain = (overlap(said, answers, native=native) for native in (True, False))

    np.testing.assert_array_equal(compiled, plain)


def test_without_numba_compiled_code_is_refused_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("growloop.metrics.text_overlap.find_spec", lambda name: None)

    with pytest.raises(MissingExtra, match=r"growloop\[fast\]"):
        overlap(["a"], [["a"]], native=True)
    assert token_f1(["a"], [["a"]]).tolist() == [1]


@given(rows)
def test_polars_columns_score_as_lists_do(rows: Rows) -> None:
    clean = [
        (said.encode("utf-8", "replace").decode(), [a.encode("utf-8", "replace").decode() for a in a_list])
        for said, a_list in rows
    ]
    predictions, answers = [row[0] for row in clean], [row[1] for row in clean]

    columns = overlap(pl.Series(predictions, dtype=pl.String), pl.Series(answers, dtype=pl.List(pl.String)))

    np.testing.assert_array_equal(columns, overlap(predictions, answers))


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_with_one_answer_that_says_something_the_two_sides_can_be_swapped(pairs: list[tuple[str, str]]) -> None:
    there = overlap([one for one, _ in pairs], [[other] for _, other in pairs])
    back = overlap([other for _, other in pairs], [[one] for one, _ in pairs])

    np.testing.assert_allclose(there, back, rtol=1e-15)


@given(rows)
def test_scores_lie_between_zero_and_one_and_exact_match_never_beats_token_f1(rows: Rows) -> None:
    exact, f1 = overlap([row[0] for row in rows], [row[1] for row in rows])

    assert ((exact == 0) | (exact == 1)).all()
    assert ((f1 >= exact) & (f1 <= 1)).all()


@given(texts, st.lists(texts, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(said: str, answers: list[str], random: object) -> None:
    shuffled = sorted(answers, key=lambda _: random.random())  # type: ignore[attr-defined]

    assert token_f1([said], [answers]) == token_f1([said], [shuffled])


@pytest.mark.parametrize(
    ("said", "answers", "exact", "f1"),
    [
        ("The Eiffel Tower!", ["eiffel tower"], 1, 1),
        ("Eiffel", ["the Eiffel Tower"], 0, 2 / 3),
        ("blue tower", ["red tower", "blue tower house"], 0, 0.8),
        ("", [], 1, 1),
        ("no", [], 0, 0),
        ("", ["yes"], 0, 0),
        ("yes yes", ["yes"], 0, 2 / 3),
        ("Crème brûlée", ["crème BRÛLÉE"], 1, 1),
        ("line one\r\nline two", ["line one line two"], 1, 1),
    ],
)
def test_known_answers(said: str, answers: list[str], exact: float, f1: float) -> None:
    assert exact_match([said], [answers]).tolist() == [exact]
    assert token_f1([said], [answers]).tolist() == pytest.approx([f1])


def test_no_rows_give_no_scores() -> None:
    assert exact_match([], []).shape == (0,)
    assert token_f1(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.List(pl.String))).shape == (0,)


def test_a_missing_prediction_or_list_of_answers_counts_as_empty() -> None:
    scores = exact_match(pl.Series([None, "cat"], dtype=pl.String), pl.Series([None, ["cat"]]))

    assert scores.tolist() == [1, 1]


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="1 predictions and 2 lists of answers"):
        overlap(["cat"], [["cat"], ["dog"]])


def test_a_hundred_thousand_rows_score_as_the_rules_say() -> None:
    said = [f"The {number % 11} cats and {'é' * (number % 40 == 0)} a dog" for number in range(100_000)]
    answers = [[f"{number % 13} cats and dog", f"dog {number % 5}"][: number % 3] for number in range(100_000)]

    exact, f1 = overlap(said, answers)

    chosen = range(0, 100_000, 37)
    expected = [by_the_rules(said[number], answers[number]) for number in chosen]
    assert [(exact[number], f1[number]) for number in chosen] == expected
