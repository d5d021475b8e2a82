"""Two runs on the rows that both have: the difference, and whether it is more than chance."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.diagnose.compare import compare, compare_slices
from growloop.errors import BadDeclaration, NothingToDo
from growloop.records.example import examples_frame


def scores(values: dict[str, float | None]) -> pl.DataFrame:
    """Token F1 by example."""
    f1 = pl.Series("token_f1", list(values.values()), dtype=pl.Float64)
    return pl.DataFrame([pl.Series("id", list(values)), f1]).select(
        "id", pl.lit(True).alias("answerable"), pl.lit(False).alias("abstained"), "token_f1"
    )


def numbered(values: list[float]) -> pl.DataFrame:
    return scores({f"e{number:04d}": value for number, value in enumerate(values)})


def placed(ids: pl.Series, wheres: list[dict[str, str]], groups: list[str] | None = None) -> pl.DataFrame:
    named = groups or ids.to_list()
    return examples_frame({"id": ids.to_list(), "question": ids.to_list(), "where": wheres, "group": named})


def test_the_difference_is_taken_on_the_examples_that_both_runs_have() -> None:
    before = scores({"a": 0.0, "b": 0.5, "c": 1.0, "only before": 1.0})
    after = scores({"c": 1.0, "a": 1.0, "b": 0.25, "only after": 0.0})

    found = compare(before, after, "token_f1")

    assert (found.before.value, found.after.value) == (0.5, 0.75)
    assert (found.difference.value, found.difference.n) == (0.25, 3)
    assert (found.wins, found.losses, found.ties) == (1, 1, 1)


def test_a_run_compared_with_itself_ties_everywhere_and_nothing_would_tell() -> None:
    run = scores({"a": 0.1, "b": 0.9})

    found = compare(run, run, "token_f1")

    assert (found.difference.value, found.difference.low, found.difference.high) == (0, 0, 0)
    assert (found.wins, found.losses, found.ties) == (0, 0, 2)
    assert (found.verdict, found.p_value, found.needed) == ("cannot tell", 1.0, None)


def test_a_clear_gain_is_better_and_a_clear_loss_worse() -> None:
    low, high = numbered([0.2 + (n % 3) / 10 for n in range(100)]), numbered([0.3 + (n % 4) / 10 for n in range(100)])

    gain, loss = compare(low, high, "token_f1"), compare(high, low, "token_f1")

    assert gain.difference.low > 0  # type: ignore[operator]
    assert (gain.verdict, loss.verdict) == ("better", "worse")
    assert gain.needed is None
    assert gain.p_value < 0.001  # type: ignore[operator]


def test_one_shared_example_tells_nothing_however_much_changed() -> None:
    found = compare(scores({"a": 0.0, "b": 1.0}), scores({"a": 1.0}), "token_f1")

    assert (found.difference.value, found.difference.n) == (1.0, 1)
    assert (found.verdict, found.needed) == ("cannot tell", None)


def test_p_is_that_of_the_sign_test_where_every_change_is_as_large() -> None:
    before, after = numbered([0.0] * 9 + [1.0] + [1.0] * 20), numbered([1.0] * 9 + [0.0] + [1.0] * 20)

    found = compare(before, after, "token_f1")

    exact = 2 * (1 + 10) / 2**10
    assert found.p_value == pytest.approx(exact, abs=0.005)


def test_as_many_more_as_are_needed_would_tell() -> None:
    before, after = [0.0] * 12 + [1.0] * 88, [1.0] * 7 + [0.0] * 5 + [1.0] * 83 + [0.0] * 5
    doubtful = compare(numbered(before), numbered(after), "token_f1")

    assert doubtful.verdict == "cannot tell"
    times = 1 + doubtful.needed / 100  # type: ignore[operator]
    again = compare(numbered(before * round(times)), numbered(after * round(times)), "token_f1")
    assert again.verdict == "better"
    variance = np.var(np.array(after) - np.array(before), ddof=1)
    assert doubtful.needed == pytest.approx((1.959964 + 0.841621) ** 2 * variance / 0.02**2 - 100, abs=1)


def test_examples_of_one_group_count_as_one_voice() -> None:
    before, after = numbered([0.0] * 40), numbered([1.0] * 30 + [0.0] * 10)
    ids = before["id"]
    grouped = placed(ids, [{}] * 40, [f"g{number // 10}" for number in range(40)])

    assert compare(before, after, "token_f1").verdict == "better"
    together = compare(before, after, "token_f1", grouped)
    assert together.verdict == "cannot tell"
    assert together.p_value == pytest.approx(2 / 2**3, abs=0.02)


def test_rows_that_a_metric_says_nothing_about_are_left_out() -> None:
    found = compare(scores({"a": None, "b": 0.0, "c": 1.0}), scores({"a": 1.0, "b": 1.0, "c": None}), "token_f1")

    assert (found.difference.value, found.difference.n) == (1.0, 1)
    with pytest.raises(NothingToDo, match="share no example that token_f1 scores"):
        compare(scores({"a": None}), scores({"a": 1.0}), "token_f1")


def test_a_slice_that_changed_is_told_from_those_that_did_not() -> None:
    before, after = numbered([0.0] * 30 + [0.5] * 90), numbered([1.0] * 30 + [0.5] * 90)
    wheres = [{"template": f"t{number // 30}", "all": "same"} for number in range(120)]

    found = compare_slices(before, after, "token_f1", placed(before["id"], wheres))

    assert [(one.where, one.verdict) for one in found] == [
        ({"template": "t0"}, "better"),
        ({"template": "t1"}, "cannot tell"),
        ({"template": "t2"}, "cannot tell"),
        ({"template": "t3"}, "cannot tell"),
    ]


def test_a_change_that_luck_brings_somewhere_among_many_slices_is_not_told() -> None:
    values = np.random.default_rng(0).integers(0, 2, size=(2, 400)).astype(float)
    values[:, :8] = [[0.0], [1.0]]  # p 0.008 alone, not among twenty
    before, after = numbered(values[0].tolist()), numbered(values[1].tolist())
    wheres = [{"place": "lucky" if number < 8 else f"p{number % 20:02d}"} for number in range(400)]

    found = compare_slices(before, after, "token_f1", placed(before["id"], wheres))

    [lucky] = [one for one in found if one.where == {"place": "lucky"}]
    assert lucky.p_value < 0.02  # type: ignore[operator]
    assert lucky.adjusted_p_value > 0.05  # type: ignore[operator]
    assert lucky.verdict == "cannot tell"


def test_a_coordinate_of_many_values_is_compared_only_when_named() -> None:
    run = numbered([0.5] * 90)
    examples = placed(run["id"], [{"food": f"dish {number % 45}", "side": str(number % 2)} for number in range(90)])

    assert {next(iter(one.where)) for one in compare_slices(run, run, "token_f1", examples)} == {"side"}
    assert len(compare_slices(run, run, "token_f1", examples, ["food"])) == 45 + 2


def test_without_any_difference_at_most_one_in_twenty_is_called_better_or_worse() -> None:
    """Pairs of equally good runs, whose questions come in groups of three that share their luck."""
    generator, told, by_slice = np.random.default_rng(7), 0, 0
    groups = [f"g{number // 3}" for number in range(72)]
    wheres = [{"half": str(number % 2), "third": str(number // 3 % 3)} for number in range(72)]
    examples = placed(numbered([0.0] * 72)["id"], wheres, groups)
    for _ in range(120):
        luck = np.repeat(generator.normal(size=(2, 24)), 3, axis=1) + generator.normal(size=(2, 72))
        before, after = (numbered((row > 0).astype(float).tolist()) for row in luck)
        told += compare(before, after, "token_f1", examples).verdict != "cannot tell"
        slices = compare_slices(before, after, "token_f1", examples)
        by_slice += any(one.verdict != "cannot tell" for one in slices)

    noise = 2.33 * (0.05 * 0.95 / 120) ** 0.5  # 99 % of binomial counts stay below
    assert told / 120 <= 0.05 + noise
    assert by_slice / 120 <= 0.05 + noise


values = st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=6)


@settings(max_examples=25)
@given(values, values)
def test_swapping_the_runs_swaps_wins_and_losses_and_turns_the_difference_round(
    one: dict[str, float], other: dict[str, float]
) -> None:
    there, back = compare(scores(one), scores(other), "token_f1"), compare(scores(other), scores(one), "token_f1")

    assert (there.wins, there.losses, there.ties) == (back.losses, back.wins, back.ties)
    assert there.difference.value == pytest.approx(-back.difference.value)  # type: ignore[operator]
    assert there.p_value == pytest.approx(back.p_value)


def test_runs_without_a_common_example_cannot_be_compared() -> None:
    with pytest.raises(NothingToDo, match="share no example"):
        compare(scores({"a": 1.0}), scores({"b": 1.0}), "token_f1")


def test_a_metric_that_a_run_lacks_is_named() -> None:
    with pytest.raises(BadDeclaration, match='"exact_match"'):
        compare(scores({"a": 1.0}), scores({"a": 1.0}), "exact_match")
