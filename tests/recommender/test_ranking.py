from __future__ import annotations

from collections.abc import Callable

from growloop.recommender import EVERYTHING, Growth, SliceFacts, ranked
from growloop.records.coverage import CoverageReport, Covered, Draw
from growloop.records.diagnosis import Diagnosis

Facts = Callable[..., SliceFacts]
HOLES = CoverageReport(
    strength=2,
    at_least=1,
    examples=10,
    outside=0,
    by=(Covered(coordinates=("template", "negative"), combinations=6, covered=4, thin=1),),
    regions=(),
    draws=(Draw(where={"template": "dogs", "negative": "near_miss"}, n=2),),
)


def diagnosis(wrong: int = 60, n: int = 400) -> Diagnosis:
    told = {"run": "evaluate-1", "version": "v-1", "split": "validation", "metric": "exact_match", "right_from": 1.0}
    return Diagnosis(**told, n=n, wrong=wrong, tested=20, false_discovery_rate=0.1, kinds={}, slices=())


def test_the_largest_expected_gain_comes_first_and_numbers_count_from_one(facts: Facts) -> None:
    small, large = facts(wrong=20, words="dogs"), facts(wrong=80, words="vegan")

    found = ranked(diagnosis(), [small, large], [], trained_on=800)

    assert [(item.number, item.words) for item in found] == [(1, "vegan"), (2, "dogs")]


def test_coverage_holes_come_after_what_was_measured_to_fail(facts: Facts) -> None:
    found = ranked(diagnosis(), [facts()], [], trained_on=800, coverage=HOLES)

    assert [item.draws for item in found][1] == HOLES.draws
    assert "2 of 6 combinations have no example yet, 1 too few" in found[1].because


def test_where_nothing_stands_out_more_of_everything_is_drawn_or_collected() -> None:
    (drawn,) = ranked(diagnosis(), [], [], trained_on=800)
    (collected,) = ranked(diagnosis(), [], [], trained_on=800, has_universe=False)

    assert (drawn.action, drawn.words, drawn.draws) == ("draw", EVERYTHING, (Draw(where={}, n=800),))
    assert (collected.action, collected.labels) == ("collect", 800)


def test_where_nothing_stands_out_and_questions_wait_they_are_answered_first() -> None:
    (few,) = ranked(diagnosis(), [], [], trained_on=800, has_universe=False, drafts=30)
    (many,) = ranked(diagnosis(), [], [], trained_on=800, has_universe=False, drafts=9_000)

    assert (few.action, few.words, few.where, few.labels) == ("annotate", EVERYTHING, {}, 30)
    assert "30 questions wait without an answer" in few.because
    assert many.labels == 800


def test_where_everything_has_stalled_it_says_to_look_elsewhere(facts: Facts) -> None:
    useless = [Growth(words, 100, 200, 400, 1_600, 200, 400) for words in (EVERYTHING, "vegan questions")] * 3

    found = ranked(diagnosis(), [facts()], useless, trained_on=800)

    assert [item.action for item in found] == ["stop", "stop"]


def test_met_budgets_say_stop_first_and_no_failures_say_so() -> None:
    met = ranked(diagnosis(), [], [], trained_on=800, met=True)
    nothing_wrong = ranked(diagnosis(wrong=0), [], [], trained_on=800)

    assert (met[0].action, met[0].because) == ("stop", "Every budget in task.yaml is met. It is good enough.")
    assert [item.because for item in nothing_wrong] == ["All of 400 answers are right. It is good enough."]


def test_all_failures_and_a_single_example_still_say_something() -> None:
    assert ranked(diagnosis(wrong=400), [], [], trained_on=0)[0].how_many == 100
    assert ranked(diagnosis(wrong=1, n=1), [], [], trained_on=1)[0].action == "draw"
