"""Two runs on the rows that both have."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.diagnose.compare import compare
from growloop.errors import BadDeclaration, NothingToDo


def scores(values: dict[str, float]) -> pl.DataFrame:
    """Token F1 by example."""
    return pl.DataFrame({"id": list(values), "token_f1": list(values.values())}).select(
        "id", pl.lit(True).alias("answerable"), pl.lit(False).alias("abstained"), "token_f1"
    )


def test_the_difference_is_taken_on_the_examples_that_both_runs_have() -> None:
    before = scores({"a": 0.0, "b": 0.5, "c": 1.0, "only before": 1.0})
    after = scores({"c": 1.0, "a": 1.0, "b": 0.25, "only after": 0.0})

    found = compare(before, after, "token_f1")

    assert (found.before.value, found.after.value) == (0.5, 0.75)
    assert (found.difference.value, found.difference.n) == (0.25, 3)
    assert (found.wins, found.losses, found.ties) == (1, 1, 1)


def test_a_run_compared_with_itself_ties_everywhere() -> None:
    run = scores({"a": 0.1, "b": 0.9})

    found = compare(run, run, "token_f1")

    assert (found.difference.value, found.difference.low, found.difference.high) == (0, 0, 0)
    assert (found.wins, found.losses, found.ties) == (0, 0, 2)


def test_a_clear_gain_has_an_interval_above_zero() -> None:
    before = scores({f"e{n}": 0.2 + (n % 3) / 10 for n in range(100)})
    after = scores({f"e{n}": 0.3 + (n % 4) / 10 for n in range(100)})

    assert compare(before, after, "token_f1").difference.low > 0  # type: ignore[operator]


values = st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=6)


@given(values, values)
def test_swapping_the_runs_swaps_wins_and_losses_and_turns_the_difference_round(
    one: dict[str, float], other: dict[str, float]
) -> None:
    there, back = compare(scores(one), scores(other), "token_f1"), compare(scores(other), scores(one), "token_f1")

    assert (there.wins, there.losses, there.ties) == (back.losses, back.wins, back.ties)
    assert there.difference.value == pytest.approx(-back.difference.value)  # type: ignore[operator]


def test_runs_without_a_common_example_cannot_be_compared() -> None:
    with pytest.raises(NothingToDo, match="share no example"):
        compare(scores({"a": 1.0}), scores({"b": 1.0}), "token_f1")


def test_a_metric_that_a_run_lacks_is_named() -> None:
    with pytest.raises(BadDeclaration, match='"exact_match"'):
        compare(scores({"a": 1.0}), scores({"a": 1.0}), "exact_match")
