"""A handful of examples with everything an export must not lose."""

from __future__ import annotations

import polars as pl
import pytest

from growloop.records.example import examples_frame

ABSTAIN = "I do not know."


@pytest.fixture
def examples() -> pl.DataFrame:
    """Two contexts, three sides; a list of answers, an unanswerable question, one without a context."""
    review = 'The "Café" takes dogs.\nRamen is 9 €; the 🍜 is hot.'
    rows = [
        ("Are dogs allowed?", review, ["takes dogs", "Yes"], None, {"topic": "dogs"}, "cafe", "train"),
        ("Is there a garden?", review, [], "wrong_topic", {"topic": "place"}, "cafe", "train"),
        ("What is hot?", review, ["🍜"], None, {"topic": "food", "kind": "soup"}, "cafe", "train"),
        ("Open on Sunday?", "Closed on Sunday.", ["No"], None, {}, "bar", "validation"),
        ("What is 2 + 2?", "", ["4"], None, {}, "sums", "test"),
    ]
    names = ("question", "context", "answers", "negative", "where", "group", "split")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return examples_frame({**columns, "origin": ["import:reviews.jsonl"] * 5, "source_id": list("abcde")})
