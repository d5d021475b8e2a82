from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.finetune.abstention import null_threshold, operating_curve, operating_points
from growloop.metrics import score
from growloop.models.answers import CHOICES, judged
from growloop.records.example import examples_frame


def examples(answers: list[list[str]]) -> pl.DataFrame:
    ids = [f"e{number}" for number in range(len(answers))]
    return examples_frame({"id": ids, "question": ids, "answers": answers})


def choices(texts: list[str], margins: list[float]) -> pl.DataFrame:
    """The margin is by how much the null score beats the span's."""
    count = len(texts)
    columns = {
        "id": [f"e{number}" for number in range(count)],
        "text": texts,
        "answer_score": [0.0] * count,
        "null_score": margins,
        "cut_tokens": [0] * count,
        "seconds": [0.0] * count,
    }
    return pl.DataFrame(columns, schema=CHOICES)


@pytest.mark.parametrize("wanted", ["balanced", "token_f1"])
def test_the_null_threshold_parts_what_is_answered_rightly_from_what_has_no_answer(wanted):
    gold = examples([["ramen"], ["pad thai"], [], []])
    found = choices(["ramen", "pad thai", "soup", "soup"], [-3.0, 1.0, 5.0, 6.0])

    threshold = null_threshold(operating_curve(found, gold), wanted)

    assert 1.0 < threshold < 5.0
    assert judged(found, threshold)["abstained"].to_list() == [False, False, True, True]


def test_a_natural_threshold_is_kept_where_the_best_is_not_better_by_more_than_chance():
    gold = examples([["ramen"]] * 50 + [[]] * 50)
    fits = choices(["ramen"] * 45 + ["soup"] * 55, [0.5] + [-2.0] * 49 + [1.0 + step / 50 for step in range(50)])
    far_off = choices(["ramen"] * 50 + ["soup"] * 50, [3.0] * 50 + [5.0 + step / 50 for step in range(50)])

    kept = null_threshold(operating_curve(fits, gold), "balanced", natural=0.0)
    moved = null_threshold(operating_curve(far_off, gold), "balanced", natural=0.0)

    assert kept == 0.0
    assert 3.0 < moved < 5.0
    assert 0.5 < null_threshold(operating_curve(fits, gold), "balanced") < 1.0


@pytest.mark.parametrize(
    ("answers", "silent"), [([["ramen"], ["ramen"]], [False, False]), ([[], []], [True, True])], ids=["all", "none"]
)
def test_where_all_or_none_is_answerable_the_threshold_lets_all_or_none_through(answers, silent):
    found = choices(["ramen", "ramen"], [-1.0, 2.0])

    threshold = null_threshold(operating_curve(found, examples(answers)), "balanced")

    assert judged(found, threshold)["abstained"].to_list() == silent


def test_equal_margins_are_never_parted():
    found = choices(["ramen", "soup"], [1.0, 1.0])

    threshold = null_threshold(operating_curve(found, examples([["ramen"], []])), "token_f1")

    assert judged(found, threshold)["abstained"].n_unique() == 1


def test_a_weak_reader_is_not_told_to_abstain_always_unless_one_score_over_all_is_asked_for():
    """Of four answerable questions it gets one right, and it cannot tell which are unanswerable."""
    gold = examples([["a"], ["b"], ["c"], ["d"], [], [], [], []])
    found = choices(["a", "x", "x", "x"] + ["x"] * 4, [3.0, 1.0, 5.0, 7.0, 0.0, 2.0, 4.0, 6.0])
    curve = operating_curve(found, gold)

    always = judged(found, null_threshold(curve, "token_f1"))
    balanced = judged(found, null_threshold(curve, "balanced"))

    assert always["abstained"].all()
    assert balanced["prediction"].to_list() == ["a", "x", "", "", "x", "x", "", ""]


def test_a_threshold_given_as_a_number_is_used_as_it_stands():
    curve = operating_curve(choices(["a"], [1.0]), examples([["a"]]))

    assert null_threshold(curve, 0.25) == 0.25
    assert null_threshold(curve, -3) == -3.0


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from(["ramen", "hot ramen", "soup"]), st.integers(-3, 3)),
        min_size=1,
        max_size=12,
    )
)
def test_every_point_of_the_curve_is_what_the_metrics_say_of_its_answers(drawn):
    gold = examples([["ramen"] if answerable else [] for answerable, _, _ in drawn])
    found = choices([text for _, text, _ in drawn], [float(margin) for _, _, margin in drawn])

    for point in operating_points(operating_curve(found, gold), 0.0):
        scores = score(gold, judged(found, point.null_threshold), ["token_f1"])
        answerable = scores.filter("answerable")["token_f1"].mean()
        assert point.token_f1 == pytest.approx(scores["token_f1"].mean())
        assert point.token_f1_answerable == (None if answerable is None else pytest.approx(answerable))
        silent = judged(found, point.null_threshold)["abstained"].mean()
        assert point.answered == pytest.approx(1 - silent)


def test_of_a_hundred_thousand_questions_a_dozen_points_are_shown_from_none_to_all_and_one_is_in_use():
    random = np.random.default_rng(0)
    margins = random.normal(size=100_000)
    gold = examples([["ramen"] if margin < 0.3 else [] for margin in margins])
    curve = operating_curve(choices(["ramen"] * 100_000, margins.tolist()), gold)

    points = operating_points(curve, null_threshold(curve, "balanced"))

    assert len(points) <= 12
    assert (points[0].answered, points[-1].answered) == (0.0, 1.0)
    (used,) = (point for point in points if point.in_use)
    assert used.null_threshold == pytest.approx(0.3, abs=1e-3)
    assert used.token_f1 == 1.0
