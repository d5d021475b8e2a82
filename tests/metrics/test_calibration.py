from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.metrics.calibration import calibration
from growloop.metrics.consistency import consistency
from growloop.records.calibration import Calibration
from growloop.records.example import examples_frame


def calibrated(confidence: list[float | None], right: list[float], target: float = 0.9) -> Calibration:
    ids = [str(number) for number in range(len(right))]
    predictions = pl.DataFrame(
        {"id": ids, "confidence": confidence}, schema={"id": pl.String, "confidence": pl.Float64}
    )
    scores = pl.DataFrame({"id": ids, "abstained": [False] * len(ids), "exact_match": right}).cast(
        {"id": pl.String, "abstained": pl.Boolean, "exact_match": pl.Float64}
    )
    return calibration(predictions, scores, "exact_match", target)


def test_the_calibration_error_is_the_distance_of_confidence_from_accuracy() -> None:
    found = calibrated([0.95, 0.95, 0.55, 0.55], [1, 1, 1, 0])

    assert found.ece.value == pytest.approx((0.05 + 0.05) / 2)
    assert found.ece.n == 4


def test_risk_grows_with_coverage_where_confidence_ranks_well() -> None:
    found = calibrated([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 0])

    assert [point.risk for point in found.curve] == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert found.risk_coverage_area.value == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)


def test_the_threshold_keeps_as_many_answers_as_the_target_precision_allows() -> None:
    found = calibrated([0.9, 0.8, 0.7, 0.6, 0.5], [1, 1, 0, 1, 0], target=0.75)

    assert found.threshold is not None
    assert (found.threshold.confidence, found.threshold.coverage) == (0.6, 0.8)
    assert found.threshold.precision.value == 0.75


def test_answers_of_one_confidence_are_kept_or_dropped_together() -> None:
    assert calibrated([0.7, 0.7], [1, 0]).threshold is None


def test_answers_without_confidence_say_nothing() -> None:
    found = calibrated([None, None], [1, 0])

    assert (found.ece.n, found.threshold, found.curve) == (0, None, ())
    assert calibrated([], []).ece.n == 0


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.5001, 1.0]), st.integers(0, 1)), min_size=1, max_size=12))
def test_figures_stay_in_range_and_ties_do_not_depend_on_the_order(rows: list[tuple[float, int]]) -> None:
    there, back = (calibrated([c for c, _ in r], [float(s) for _, s in r]) for r in (rows, rows[::-1]))

    for figure in (there.ece, there.risk_coverage_area):
        assert 0 <= figure.low <= figure.value <= figure.high <= 1  # type: ignore[operator]
    assert there.risk_coverage_area.value == pytest.approx(back.risk_coverage_area.value)
    assert there.threshold == back.threshold


def test_a_hundred_thousand_answers_are_calibrated() -> None:
    confidence = np.linspace(0, 1, 100_000)

    found = calibrated(confidence.tolist(), (confidence > 0.5).astype(float).tolist())

    assert found.ece.value == pytest.approx(0.25, abs=0.001)


def test_questions_that_only_differ_in_wording_are_to_be_answered_alike() -> None:
    examples = examples_frame(
        {
            "id": ["a", "b", "c", "d", "e", "f"],
            "question": list("abcdef"),
            "answers": [["x"], ["x"], ["y"], ["y"], ["z"], []],
            "parent": [None, "a", None, "c", None, "e"],
        }
    )
    predictions = pl.DataFrame({"id": list("abcdef"), "prediction": ["X.", "the x", "y", "n", "z", ""]}).with_columns(
        abstained=pl.col("prediction") == ""
    )

    found = consistency(examples, predictions)

    assert (found.value, found.n) == (0.5, 2)  # e and f have other answers, so they are no family
    assert consistency(examples[:0], predictions).n == 0
