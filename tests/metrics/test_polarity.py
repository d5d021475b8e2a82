from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.metrics.polarity import opposites


@pytest.mark.parametrize(
    ("answer", "opposite"),
    [
        ("Yes, dogs are allowed.", "No, dogs are not allowed."),
        ("No, dogs are not allowed.", "Yes, dogs are allowed."),
        ("no, they don't", "yes, they do"),
        ("Yes, Nori offers ramen.", "No, Nori offers ramen."),
        ("ramen", "not ramen"),
        ("Nobody", "not Nobody"),
    ],
)
def test_an_answer_is_turned_round(answer: str, opposite: str) -> None:
    assert opposites(pl.Series([answer])).to_list() == [opposite]


@given(st.lists(st.text(max_size=20), max_size=5))
def test_every_text_has_an_opposite_that_differs(texts: list[str]) -> None:
    turned = opposites(pl.Series(texts, dtype=pl.String)).to_list()

    assert len(turned) == len(texts)
    assert all(one != other for one, other in zip(texts, turned, strict=True))
