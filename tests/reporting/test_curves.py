import re

from growloop.records.calibration import Calibration, CoveragePoint, Threshold
from growloop.records.run import Estimate, OperatingPoint
from growloop.reporting import axes, curves


def known(value):
    return Estimate(value=value, low=max(0, value - 0.1), high=min(1, value + 0.1), n=10)


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_the_learning_curve_leaves_out_what_is_not_finite():
    history = [
        {"step": 1, "loss": 3.0},
        {"step": 2, "loss": float("nan")},
        {"step": 3, "loss": float("inf")},
        {"step": 4, "token_f1": 0.5},
    ]

    assert "over 1 steps: from 3 to 3" in curves.learning_curve(history, "loss")
    assert curves.learning_curve(history, "exact_match") is None
    assert curves.learning_curve([], "loss") is None


def test_a_long_history_is_thinned_but_keeps_its_end():
    history = [{"step": step, "loss": 1 / (1 + step)} for step in range(20_000)]

    svg = curves.learning_curve(history, "loss")

    assert len(svg) < 12_000
    assert "over 19,999 steps" in svg


def test_nothing_to_draw_gives_no_drawing():
    assert curves.by_turn([(0, known(0.5)), (1, None)], "token_f1") is None
    assert curves.learning_curve([], "loss") is None


def test_every_turn_has_its_number_its_score_and_its_interval():
    svg = curves.by_turn([(0, known(0.2)), (1, None), (2, known(0.9))], "token_f1")

    assert {"0", "2", "iteration"} <= set(texts(svg))
    assert svg.count("<circle") == 2
    assert svg.count('stroke-width="7"') == 2
    assert "Token F1 by iteration: 0: 0.20, 2: 0.90" in svg


def test_a_score_that_never_changes_is_drawn_all_the_same():
    history = [{"step": step, "loss": 2.0} for step in (5, 10)]

    assert "from 2 to 2" in curves.learning_curve(history, "loss")


def test_all_points_lie_inside_the_drawing():
    history = [{"step": step, "loss": 3 / (1 + step)} for step in range(50)]

    [line] = re.findall(r'points="([^"]+)"', curves.learning_curve(history, "loss"))

    places = [tuple(map(float, point.split(","))) for point in line.split()]
    assert len(places) == 50
    assert all(0 <= x <= axes.WIDTH and 0 <= y <= axes.HEIGHT for x, y in places)
    assert places[0][1] < places[-1][1]  # the loss fell


def operating_points(answerable=True):
    return [
        OperatingPoint(
            null_threshold=share,
            answered=share,
            token_f1=0.5,
            token_f1_answerable=share / 2 if answerable else None,
            token_f1_unanswerable=1 - share,
            in_use=share == 0.6,
        )
        for share in (0.0, 0.3, 0.6, 1.0)
    ]


def test_the_cost_of_abstaining_is_drawn_apart_for_answerable_and_unanswerable_questions():
    svg = curves.operating_points(operating_points())

    assert {"answerable", "unanswerable", "questions answered"} <= set(texts(svg))
    assert "in use 60% are answered: answerable 0.30, unanswerable 0.40" in svg


def test_where_no_question_is_answerable_only_the_other_line_is_drawn():
    svg = curves.operating_points(operating_points(answerable=False))

    assert "answerable" not in texts(svg)
    assert "unanswerable" in texts(svg)
    assert curves.operating_points([]) is None


def trust(threshold=True):
    points = tuple(CoveragePoint(coverage=n / 20, risk=n / 100, confidence=1 - n / 20) for n in range(1, 21))
    known = Estimate(value=0.1, low=0.05, high=0.15, n=20)
    at = Threshold(confidence=0.5, coverage=0.5, precision=known.model_copy(update={"value": 0.95}))
    return Calibration(
        metric="exact_match",
        ece=known,
        risk_coverage_area=known,
        curve=points,
        target_precision=0.95,
        threshold=at if threshold else None,
    )


def test_risk_is_drawn_by_coverage_and_told_in_words():
    svg = curves.risk_coverage(trust())

    assert "answers kept, surest first" in texts(svg)
    assert "25% kept, 5% wrong" in svg
    assert "from confidence 0.50 on, with 50% kept, it is the wanted 95%" in svg


def test_where_no_confidence_is_enough_the_drawing_says_so():
    assert "no confidence reaches the wanted 95%" in curves.risk_coverage(trust(threshold=False))
    assert curves.risk_coverage(trust().model_copy(update={"curve": ()})) is None
