import re

import pytest

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

from growloop.records.calibration import Calibration, CoveragePoint, Threshold
from growloop.records.coverage import Crossed
from growloop.records.report import SliceScore
from growloop.records.run import Estimate, OperatingPoint
from growloop.reporting import charts


def estimate(value, n=10):
    return Estimate(value=value, low=max(0, value - 0.1), high=min(1, value + 0.1), n=n)


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_slices_are_drawn_lowest_first_with_interval_and_n():
    parts = [
        SliceScore(where={"t": name}, metrics={"token_f1": estimate(value)}) for name, value in (("b", 0.9), ("a", 0.4))
    ]

    svg = charts.slices(parts, "token_f1", "t")

    assert texts(svg) == ["a", "b", "0.40 [0.30, 0.50] n=10", "0.90 [0.80, 1.00] n=10"]
    assert 'role="img"' in svg
    assert 'aria-label="Token F1 by t, lowest first: a 0.40' in svg


def test_names_that_look_like_html_stay_text():
    parts = [SliceScore(where={"t": '"><script>alert(1)</script>'}, metrics={"token_f1": estimate(0.5)})]

    svg = charts.slices(parts, "token_f1", '"><script>')

    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_the_learning_curve_leaves_out_what_is_not_finite():
    history = [
        {"step": 1, "loss": 3.0},
        {"step": 2, "loss": float("nan")},
        {"step": 3, "loss": float("inf")},
        {"step": 4, "token_f1": 0.5},
    ]

    assert "over 1 steps: from 3 to 3" in charts.learning_curve(history, "loss")
    assert charts.learning_curve(history, "exact_match") is None
    assert charts.learning_curve([], "loss") is None


def test_a_long_history_is_thinned_but_keeps_its_end():
    history = [{"step": step, "loss": 1 / (1 + step)} for step in range(20_000)]

    svg = charts.learning_curve(history, "loss")

    assert len(svg) < 12_000
    assert "over 19,999 steps" in svg


def test_nothing_to_draw_gives_no_drawing():
    assert charts.slices([], "token_f1", "t") is None
    assert charts.heat_map([], "a", "b", "token_f1") is None
    assert charts.dumbbell({}, {}, []) is None
    assert charts.outcomes([("one", [("right", 0, charts.RIGHT)])]) is None


def test_heat_map_cells_show_score_and_n():
    cells = [{"row": "r", "column": "c", "value": 0.456, "n": 1200}]

    found = texts(charts.heat_map(cells, "rows", "columns", "token_f1"))

    assert "0.46" in found
    assert "n=1,200" in found


def test_the_dumbbell_goes_from_before_to_after():
    svg = charts.dumbbell({"over_refusal": estimate(0.3)}, {"over_refusal": estimate(0.1)}, ["over_refusal"])

    assert "Over-refusal (lower is better)" in texts(svg)
    assert "0.30 → 0.10" in texts(svg)


def test_only_colours_that_the_page_knows_are_used(repository, made):
    style = (repository / "src/growloop/reporting/templates/style.css").read_text()
    report, kept = made(60)
    cells = [{"row": "r", "column": str(n), "value": n / 20, "n": n} for n in range(21)]
    outcomes = (charts.RIGHT, charts.PARTLY, charts.WRONG, charts.ABSTAINED)
    drawings = [
        charts.slices(report.slices, "token_f1", "t"),
        charts.learning_curve(kept["history"], "loss"),
        charts.dumbbell(report.compared_to.metrics, report.iteration.metrics, ["token_f1"]),
        charts.heat_map(cells, "r", "c", "token_f1"),
        charts.outcomes([("x", [("part", 1, colour) for colour in outcomes])]),
    ]

    used = {pair for svg in drawings for pair in re.findall(r'((?:fill|stroke)="#[0-9a-f]{3,6}")', svg)}

    assert {pair for pair in used if f"[{pair}]" not in style} == set()
    assert not any(re.search(r'(?:fill|stroke)="(?!#|none)', svg) for svg in drawings)


def test_two_drawings_on_one_page_share_no_ids():
    first = charts.learning_curve([{"step": n, "loss": n} for n in range(5)], "loss")
    second = charts.learning_curve([{"step": n, "loss": n * n} for n in range(5)], "loss")

    assert not set(re.findall(r'id="([^"]+)"', first)) & set(re.findall(r'id="([^"]+)"', second))


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
    svg = charts.operating_points(operating_points())

    assert {"answerable", "unanswerable", "questions answered"} <= set(texts(svg))
    assert "in use 60% are answered: answerable 0.30, unanswerable 0.40" in svg


def test_where_no_question_is_answerable_only_the_other_line_is_drawn():
    svg = charts.operating_points(operating_points(answerable=False))

    assert "answerable" not in texts(svg)
    assert "unanswerable" in texts(svg)
    assert charts.operating_points([]) is None


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
    svg = charts.risk_coverage(trust())

    assert "answers kept, surest first" in texts(svg)
    assert "25% kept, 5% wrong" in svg
    assert "from confidence 0.50 on, with 50% kept, it is the wanted 95%" in svg


def test_where_no_confidence_is_enough_the_drawing_says_so():
    assert "no confidence reaches the wanted 95%" in charts.risk_coverage(trust(threshold=False))
    assert charts.risk_coverage(trust().model_copy(update={"curve": ()})) is None


def test_a_coverage_map_shows_every_count_and_leaves_out_what_cannot_be():
    counts = (("offers", "none", 120), ("offers", "near_miss", 0), ("dogs", "none", 2))

    svg = charts.coverage_map(Crossed(rows="template", columns="negative", at_least=3, counts=counts))

    assert {"120", "0", "2", "offers", "near_miss"} <= set(texts(svg))
    assert [svg.count(f'fill="{charts.RAMP[step]}"') for step in (0, 1, 5)] == [1, 1, 1]
    assert "Examples by template and negative: offers × none 120" in svg
    assert charts.coverage_map(Crossed(rows="a", columns="b", at_least=1, counts=())) is None


def test_combinations_of_a_coverage_map_are_the_bluer_the_nearer_they_come_to_the_fullest():
    counts = tuple(("offers", name, count) for name, count in (("a", 2_000), ("b", 1_100), ("c", 400), ("d", 200)))

    svg = charts.coverage_map(Crossed(rows="template", columns="variation", at_least=1, counts=counts))

    assert [svg.count(f'fill="{charts.RAMP[step]}"') for step in (3, 4, 5)] == [1, 1, 2]
