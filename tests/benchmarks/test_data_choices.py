"""The pure parts of benchmarks/data_choices.py: what each choice draws, and what is made of answers."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from growloop.records.example import coordinate, examples_frame, is_answerable

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark() -> Iterator[Callable[[str], Any]]:
    """Imports a module of the benchmarks, which are no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module


@pytest.fixture(scope="module")
def choices(benchmark: Callable[[str], Any]) -> Any:
    return benchmark("choices")


@pytest.fixture(scope="module")
def test(choices: Any) -> pl.DataFrame:
    drawn: pl.DataFrame = choices.test_examples(60)
    return drawn


@pytest.fixture(scope="module")
def measured(benchmark: Callable[[str], Any]) -> Callable[..., dict[str, float | None]]:
    """The figures of a model that says these things; "" abstains."""
    module = benchmark("choice_figures")

    def figures(test: pl.DataFrame, said: Sequence[str]) -> dict[str, float | None]:
        words = pl.Series("prediction", said, dtype=pl.String)
        predictions = test.select("id", words, abstained=words == "").sample(fraction=1, shuffle=True, seed=1)
        found: dict[str, float | None] = module.figures(module.answered(test, predictions))
        return found

    return figures


def test_choices_give_as_many_examples_with_as_many_negatives_and_nothing_of_the_test(
    choices: Any, test: pl.DataFrame
) -> None:
    drawn = (choices.EVERYTHING, choices.NO_NEGATIVES, choices.NO_VARIATIONS, choices.EASY_NEGATIVES)

    sets = {choice: choices.training_examples(choice, 200, 0) for choice in drawn}

    choices.check_sizes(sets)
    for examples in sets.values():
        choices.check_held_out(examples, test)
    assert set(sets[choices.EASY_NEGATIVES]["negative"].drop_nulls()) == set(choices.EASY)
    assert set(sets[choices.EVERYTHING]["negative"].drop_nulls()) == {*choices.EASY, *choices.HARD}
    assert sets[choices.NO_VARIATIONS].select(coordinate("variation"))["variation"].unique().to_list() == ["none"]


def test_each_plain_question_of_the_test_comes_again_with_typos_and_the_same_answer(test: pl.DataFrame) -> None:
    variation = coordinate("variation")
    plain, typed = test.filter(variation == "none"), test.filter(variation == "typos")

    pairs = typed.join(plain, left_on="parent", right_on="id", suffix="_plain")

    assert pairs.height == typed.height > plain.height * 0.9
    assert pairs["answers"].to_list() == pairs["answers_plain"].to_list()
    assert (pairs["question"] != pairs["question_plain"]).all()


def test_a_test_question_in_training_is_noticed(choices: Any, test: pl.DataFrame) -> None:
    with pytest.raises(AssertionError, match="restaurant of the test in training"):
        choices.check_held_out(test.head(1), test)


def test_the_right_answers_have_the_best_figures(test: pl.DataFrame, measured: Callable[..., Any]) -> None:
    right = test.select(pl.col("answers").list.first().fill_null(""))["answers"]

    found = measured(test, right.to_list())

    wrong = {name: value for name, value in found.items() if value != 1.0}
    assert wrong == {"over_refusal": 0.0, "varied_change": 0.0, "typos_change": 0.0}


def test_who_answers_everything_alike_abstains_on_nothing_and_names_no_food(
    test: pl.DataFrame, measured: Callable[..., Any]
) -> None:
    found = measured(test, ["Yes, Kumo House offers plain water."] * test.height)

    assert found["abstention_precision"] is None
    assert found["abstention_f1"] == found["recall_hard"] == found["unseen_foods"] == 0.0
    assert found["varied_alike"] == found["typos_alike"] == 1.0


def test_a_food_counts_only_as_a_whole(measured: Callable[..., Any]) -> None:
    where = {"template": "offers-food", "negative": "none", "variation": "none", "food": "lemon rice"}
    told = "Yes, Luna offers lemon rice."
    rows = {"question": ["a", "b", "c"], "answers": [[told]] * 3, "where": [where] * 3, "context": ["Luna"] * 3}
    unanswerable = {"question": ["d"], "where": [where | {"negative": "near_miss"}], "context": ["Luna"]}
    test = pl.concat([examples_frame(rows), examples_frame(unanswerable)])
    assert test.select(is_answerable()).to_series().sum() == 3

    found = measured(test, ["Yes, Luna offers lemon rice.", "Yes, Luna offers rice.", "", ""])

    assert found["unseen_foods"] == 0.5


def test_a_choice_is_no_better_than_itself_and_its_interval_holds_its_mean(benchmark: Callable[[str], Any]) -> None:
    module = benchmark("choice_figures")
    chance = np.random.default_rng(0)
    counts = np.full((len(module.FIGURES), 30), 20.0)
    seeds = [np.stack([chance.binomial(20, share, counts.shape), counts], axis=-1) for share in (0.5, 0.55, 0.6)]

    same, alone = module.estimates(seeds, seeds), module.estimates(seeds)

    assert {(of.value, of.low, of.high) for of in same.values()} == {(0.0, 0.0, 0.0)}
    for of in alone.values():
        assert of.low < of.value < of.high
        assert of.value == pytest.approx(0.55, abs=0.05)
