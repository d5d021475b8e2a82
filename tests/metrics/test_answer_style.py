from __future__ import annotations

import polars as pl
import pytest

from growloop.metrics.answer_style import STYLES, answer_style


def style_of(answer: str | None, abstained: bool = False) -> str:
    frame = pl.DataFrame({"prediction": [answer], "abstained": [abstained]}, schema_overrides={"prediction": pl.String})
    style: str = frame.select(answer_style(pl.col("prediction"), pl.col("abstained"))).item()
    return style


@pytest.mark.parametrize(
    ("answer", "style"),
    [
        ("", "abstention"),
        (None, "abstention"),
        ("   ", "abstention"),
        ("I don’t know.", "abstention"),
        ("I'm sorry, I could not find that.", "abstention"),
        ("As an AI language model, I do not have access to real-time information.", "abstention"),
        ("Yes", "yes_no"),
        ("no.", "yes_no"),
        ("No, dogs are not allowed at the Blue Door.", "yes_no"),
        ("Yes. They may.", "yes_no"),
        ("Norway", "short_span"),
        ("No. 5", "short_span"),
        ("No Country for Old Men", "short_span"),
        ("42", "number"),
        ("$1,250.00", "number"),
        ("12 °C", "short_span"),
        ("1.5 million", "number"),
        ("about 35%", "short_span"),
        ("Wilhelm Röntgen", "short_span"),
        ("May 18, 2018", "short_span"),
        ("salt and pepper", "short_span"),
        ("ramen, gyoza and edamame", "list"),
        ("- ramen\n- gyoza", "list"),
        ("1. ramen\n2. gyoza", "list"),
        ("The first Nobel Prize in Physics was awarded to Wilhelm Röntgen in 1901.", "sentence"),
        ("It opens at nine.", "sentence"),
        ("他在一九零一年获得诺贝尔奖。", "sentence"),
        ("诺贝尔", "short_span"),
    ],
)
def test_the_style_is_told_from_the_form(answer: str | None, style: str) -> None:
    assert style_of(answer) == style


def test_what_is_known_to_be_an_abstention_is_one_whatever_it_says() -> None:
    assert style_of("The reviews do not say whether dogs may come in.", abstained=True) == "abstention"


def test_all_styles_are_named() -> None:
    assert {
        style_of(text) for text in ("", "yes", "7", "a, b, c", "Paris", "one two three four five six seven")
    } == set(STYLES)
