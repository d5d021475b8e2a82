"""A new model takes over only where nothing that was good got worse."""

from __future__ import annotations

import polars as pl
import pytest

from growloop.diagnose.gate import promotion
from growloop.errors import BadDeclaration
from growloop.records.example import examples_frame
from growloop.records.report import BudgetCheck
from growloop.records.task import MinimumScore

N = 60


def scores(values: list[float | None]) -> pl.DataFrame:
    f1 = pl.Series("token_f1", values, dtype=pl.Float64)
    ids = pl.Series("id", [f"e{number:03d}" for number in range(len(values))])
    return pl.DataFrame([ids, f1]).select(
        "id", pl.lit(True).alias("answerable"), pl.lit(False).alias("abstained"), "token_f1"
    )


@pytest.fixture
def examples() -> pl.DataFrame:
    """Sixty questions in three templates; the last two were corrected by people, the very last stands in train."""
    ids = [f"e{number:03d}" for number in range(N)]
    return examples_frame(
        {
            "id": ids,
            "question": ids,
            "answers": [["x"]] * N,
            "group": ids,
            "where": [{"template": f"t{number % 3}", "site": str(number)} for number in range(N)],
            "origin": ["universe"] * (N - 2) + ["annotation"] * 2,
            "split": ["test"] * (N - 1) + ["train"],
        }
    )


GOOD = [1.0] * N


def cost(name: str, budget: float, measured: float | None) -> BudgetCheck:
    return BudgetCheck(name=name, budget=budget, measured=measured, met=measured is not None and measured <= budget)


def minimum(at_least: float, measured: float) -> BudgetCheck:
    asked = MinimumScore(metric="token_f1", at_least=at_least)
    return BudgetCheck(name="token_f1", budget=at_least, measured=measured, met=measured >= at_least, minimum=asked)


def test_a_model_that_is_no_worse_anywhere_is_promoted_and_it_says_what_was_looked_at(examples):
    found = promotion(
        scores(GOOD),
        scores(GOOD),
        examples,
        metric="token_f1",
        slices=["template"],
        budgets_after=[cost("memory_mb", 9, 5)],
    )

    assert found.promoted
    assert found.reasons == (
        "token_f1 1.000 before, 1.000 now, on 59 shared questions: no fall beyond chance.",
        "None of 3 declared slices fell beyond chance.",
        "All 2 corrections by people that were answered rightly still are.",
        "1 of 1 budgets are met.",
    )


def test_a_fall_over_all_beyond_chance_speaks_against_it(examples):
    found = promotion(scores(GOOD), scores([0.7] * 20 + GOOD[20:]), examples, metric="token_f1")

    assert not found.promoted
    [reason] = found.reasons
    assert reason.startswith("token_f1 fell over all: 1.000 before, 0.898 now, on 59 shared questions, p < 0.001")


def test_a_fall_that_luck_explains_does_not(examples):
    before, after = [1.0, 1.0, 1.0, 0.0, *GOOD[4:]], [0.0, 0.0, 0.0, 1.0, *GOOD[4:]]

    assert promotion(scores(before), scores(after), examples, metric="token_f1", slices=["template"]).promoted


def test_a_declared_slice_that_falls_is_enough_even_where_the_whole_rises(examples):
    before = [1.0 if number % 3 == 0 else 0.5 for number in range(N)]
    after = [0.6 if number % 3 == 0 else 1.0 for number in range(N)]

    found = promotion(scores(before), scores(after), examples, metric="token_f1", slices=["template"])
    undeclared = promotion(scores(before), scores(after), examples, metric="token_f1")

    assert [reason.split(":")[0] for reason in found.reasons] == ["token_f1 fell at template=t0"]
    assert "after Holm's correction" in found.reasons[0]
    assert undeclared.promoted


def test_a_correction_that_is_wrong_again_is_enough_and_named_wherever_it_stands(examples):
    after = scores([*GOOD[:-2], 0.4, 0.0])

    found = promotion(scores(GOOD), after, examples, metric="token_f1")

    assert found.broken == ("e058", "e059")
    assert found.reasons == ("2 of 2 corrections by people that were answered rightly are wrong again: e058, e059.",)


def test_a_correction_that_was_never_learned_does_not_speak_against_the_next_model(examples):
    wrong = scores([*GOOD[:-2], 0.0, 0.0])

    assert promotion(wrong, wrong, examples, metric="token_f1").promoted


def test_a_budget_that_was_met_and_is_missed_now_speaks_against_it(examples):
    found = promotion(
        scores(GOOD), scores(GOOD), examples, metric="token_f1",
        budgets_before=[cost("seconds_per_answer", 1, 0.9)], budgets_after=[cost("seconds_per_answer", 1, 1.2)],
    )  # fmt: skip

    assert found.reasons == ("Budget seconds_per_answer is missed: 1.2 now (before: 0.9), wanted 1.",)


@pytest.mark.parametrize(
    ("before", "now", "promoted"),
    [
        (0.99, 1.05, True),  # over by less than two measurements of the same differ
        (0.99, 1.2, False),
        (0.5, 1.05, False),  # it takes twice as long as it did
    ],
)
def test_a_cost_right_at_its_budget_does_not_hold_a_model_back_by_the_noise_of_timing(examples, before, now, promoted):
    checks = [cost("seconds_per_answer", 1, before)], [cost("seconds_per_answer", 1, now)]

    found = promotion(
        scores(GOOD), scores(GOOD), examples, metric="token_f1", budgets_before=checks[0], budgets_after=checks[1]
    )

    assert found.promoted is promoted


@pytest.mark.parametrize(("now", "promoted"), [(1.5, True), (1.6, True), (1.8, False), (None, False)])
def test_a_cost_that_was_over_its_budget_before_may_stay_but_not_drift_away(examples, now, promoted):
    before, after = [cost("memory_mb", 1, 1.5)], [cost("memory_mb", 1, now)]

    found = promotion(
        scores(GOOD), scores(GOOD), examples, metric="token_f1", budgets_before=before, budgets_after=after
    )

    assert found.promoted is promoted
    assert promoted or "missed before too, got worse: 1.5 before" in found.reasons[0]


def test_a_minimum_score_that_was_missed_before_may_not_fall_below_its_interval(examples):
    before, little, far = [0.8] * 30 + [0.4] * 30, [0.78] * 30 + [0.4] * 30, [0.1] * 30 + [0.4] * 30
    checks = {"budgets_before": [minimum(0.9, 0.6)], "budgets_after": [minimum(0.9, 0.59)]}

    same = promotion(scores(before), scores(before), examples, metric="token_f1", **checks)
    less = promotion(scores(before), scores(far), examples, metric="token_f1", **checks)

    assert same.promoted
    assert same.reasons[-1] == (
        "0 of 1 budgets are met; token_f1 missed by no more than before, or than measuring again may give."
    )
    assert any(reason.startswith("Budget token_f1, missed before too, got worse") for reason in less.reasons)
    assert len(promotion(scores(before), scores(little), examples, metric="token_f1", **checks).reasons) == 1


def test_without_a_shared_question_nothing_shows_that_it_is_no_worse(examples):
    unscored = scores([None] * N)

    found = promotion(scores(GOOD), unscored, examples, metric="token_f1")

    assert not found.promoted
    assert "share no question that token_f1 scores" in found.reasons[0]


def test_one_shared_question_shows_no_fall(examples):
    found = promotion(scores(GOOD[:1]), scores([0.0]), examples, metric="token_f1", slices=["template"])

    assert found.promoted
    assert "on 1 shared questions" in found.reasons[0]


def test_a_metric_that_was_not_measured_is_named(examples):
    with pytest.raises(BadDeclaration, match='"exact_match"'):
        promotion(scores(GOOD), scores(GOOD), examples, metric="exact_match")
