from __future__ import annotations

from growloop.records.estimate import Estimate
from growloop.records.report import Iteration
from growloop.web.curves import HEIGHT, WIDTH, height_of, score_curve


def turn(number: int, value: float | None) -> Iteration:
    known = None if value is None else Estimate(value=value, low=value - 0.1, high=value + 0.1, n=50)
    metrics = {"token_f1": known} if known else {}
    return Iteration(number=number, version="v", run="r", model="m", metrics=metrics, created="2026-01-01T00:00:00Z")


def test_points_stand_in_order_inside_the_drawing_with_the_ends_of_their_intervals() -> None:
    curve = score_curve([turn(0, 0.5), turn(1, None), turn(2, 0.9)], "token_f1")

    assert curve is not None
    assert [point.turn for point in curve.points] == [0, 2]
    assert curve.told == "Token F1 by iteration: 0: 0.50, 2: 0.90"
    for point in curve.points:
        assert 0 < point.high < point.y < point.low < HEIGHT
        assert 0 < point.x < WIDTH
    assert height_of(1) < height_of(0)


def test_one_turn_is_no_curve() -> None:
    assert score_curve([turn(0, 0.5), turn(1, None)], "token_f1") is None


def test_of_many_turns_some_are_labelled() -> None:
    curve = score_curve([turn(number, 0.5) for number in range(95)], "token_f1")

    assert curve is not None
    assert sum(point.is_labelled for point in curve.points) == 10
