import pytest

from growloop.records.report import BudgetCheck
from growloop.records.run import Estimate
from growloop.records.task import MinimumScore
from growloop.reporting import figures


def test_an_estimate_is_shown_with_interval_and_n():
    assert figures.estimate_text(Estimate(value=0.866, low=0.84, high=0.9, n=1200)) == "0.87 [0.84, 0.90] n=1,200"
    assert figures.estimate_text(Estimate(value=None, low=None, high=None, n=0)) == "– n=0"
    assert figures.estimate_text(None) == "–"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.671, "+0.67"), (-0.05, "−0.05"), (0.0, "0.00"), (-0.001, "0.00"), (None, "–")]
)
def test_a_difference_has_a_sign_and_nothing_has_none(value, shown):
    assert figures.difference_text(Estimate(value=value, low=None, high=None, n=1)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.00123, "1.2 ms"), (0.041, "41 ms"), (0.5, "0.50 s"), (12, "12 s"), (3600, "3,600 s"), (None, "–")],
)
def test_seconds_have_the_digits_they_deserve(seconds, shown):
    assert figures.seconds_text(seconds) == shown


def test_budgets_have_their_direction_and_unit():
    minimum = MinimumScore(metric="token_f1", at_least=0.85)

    assert figures.budget_figures(BudgetCheck(name="seconds_per_answer", budget=0.5, measured=0.04, met=True)) == (
        "≤ 0.50 s",
        "40 ms",
    )
    assert figures.budget_figures(BudgetCheck(name="memory_mb", budget=2000, measured=None, met=False)) == (
        "≤ 2,000 MB",
        "–",
    )
    assert figures.budget_figures(BudgetCheck(name="f1", budget=0.85, measured=0.9, met=True, minimum=minimum)) == (
        "≥ 0.85",
        "0.90",
    )


def test_headline_metrics_come_first_and_once():
    assert figures.metric_order(["semantic", "over_refusal", "token_f1", "semantic"]) == [
        "token_f1",
        "over_refusal",
        "semantic",
    ]


def test_unknown_metrics_get_a_readable_name():
    assert figures.metric_label("recall@3") == "Recall at 3"
    assert figures.metric_label("exact_match_unanswerable") == "Exact match, unanswerable"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (4000, "4,000"), (22_713_216, "22.7 M"), (7.2e9, "7.2 B"), (None, "–")]
)
def test_large_counts_are_rounded(count, shown):
    assert figures.count_text(count) == shown
