import re

from growloop.records.report import SliceScore
from growloop.records.run import Estimate
from growloop.reporting import bars, palette


def estimate(value, n=10):
    return Estimate(value=value, low=max(0, value - 0.1), high=min(1, value + 0.1), n=n)


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_slices_are_drawn_lowest_first_with_interval_and_n():
    parts = [
        SliceScore(where={"t": name}, metrics={"token_f1": estimate(value)}) for name, value in (("b", 0.9), ("a", 0.4))
    ]

    svg = bars.slices(parts, "token_f1", "t")

    assert texts(svg) == ["a", "0.40 [0.30, 0.50] n=10", "b", "0.90 [0.80, 1.00] n=10"]
    assert 'role="img"' in svg
    assert 'aria-label="Token F1 by t, lowest first: a 0.40' in svg


def test_names_that_look_like_html_stay_text():
    parts = [SliceScore(where={"t": '"><script>alert(1)</script>'}, metrics={"token_f1": estimate(0.5)})]

    svg = bars.slices(parts, "token_f1", '"><script>')

    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_the_dumbbell_goes_from_before_to_after():
    svg = bars.dumbbell({"over_refusal": estimate(0.3)}, {"over_refusal": estimate(0.1)}, ["over_refusal"])

    assert "Over-refusal (lower is better)" in texts(svg)
    assert "0.30 → 0.10" in texts(svg)


def test_an_empty_drawing_is_none():
    assert bars.slices([], "token_f1", "t") is None
    assert bars.dumbbell({}, {}, []) is None
    assert bars.outcomes([("one", [("right", 0, palette.RIGHT)])]) is None


def test_the_parts_of_what_became_of_questions_fill_the_whole_bar():
    svg = bars.outcomes(
        [("x", [("right", 1, palette.RIGHT), ("partly", 0, palette.PARTLY), ("wrong", 3, palette.WRONG)])]
    )

    widths = [float(width) for width in re.findall(r'<rect x="[\d.]+" y="30" width="([\d.]+)"', svg)]

    assert widths == [bars.WIDTH / 4, 3 * bars.WIDTH / 4]
    assert "x · n=4" in texts(svg)
    assert "right 1 · wrong 3" in texts(svg)


def test_a_long_name_is_cut_where_the_figure_begins():
    parts = [SliceScore(where={"t": "a very " * 20 + "long name"}, metrics={"token_f1": estimate(0.5)})]

    [shown] = [words for words in texts(bars.slices(parts, "token_f1", "t")) if words.startswith("a very")]

    assert shown.endswith("…")
    assert len(shown) < 40
