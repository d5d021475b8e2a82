"""The figures a judge looks at, by what they must tell apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from growloop.metrics.judge.features import features


@pytest.fixture
def figures(cosines: Any) -> Any:
    def measure(prediction: str, *answers: str, question: str = "Who wrote it?") -> dict[str, float]:
        rows = pl.DataFrame({"question": [question], "prediction": [prediction], "answers": [list(answers)]})
        table = features(rows, cosines)
        return dict(zip(table.names, table.values[0].tolist(), strict=True))

    return measure


def test_words_of_the_question_are_nothing_new(figures: Any) -> None:
    found = figures("The author of Emma is Jane Austen", "Jane Austen", question="who is the author of Emma")

    assert found["precision"] == 1
    assert found["new_before"] == 0


def test_a_misspelt_name_is_nearly_the_name(figures: Any) -> None:
    assert figures("Rachmaninov", "Rachmaninoff")["recall"] > 0.8
    assert figures("Beethoven", "Rachmaninoff")["recall"] == 0


def test_another_name_before_the_answer_is_counted(figures: Any) -> None:
    assert figures("Some say Newton, others say Leibniz", "Leibniz")["names_before"] == 1
    assert figures("Some say Leibniz, others say Newton", "Leibniz")["names_before"] == 0


def test_dates_agree_by_year_month_and_day(figures: Any) -> None:
    found = figures("It came out on 4 May 1989.", "May 5, 1989", question="When did it come out?")

    assert (found["year"], found["month"], found["day"]) == (1, 1, 0)


def test_figures_of_numbers_are_missing_where_the_answer_has_none(figures: Any) -> None:
    assert np.isnan(figures("In 1989", "Jane Austen")["numbers_said"])


def test_an_answer_that_is_denied_shows(figures: Any) -> None:
    assert figures("It was not Jane Austen", "Jane Austen")["denied"] == 1
    assert figures("It isn't Jane Austen", "Jane Austen")["denied"] == 1
    assert figures("It was Jane Austen", "Jane Austen")["denied"] == 0


def test_initials_stand_for_a_name(figures: Any) -> None:
    assert figures("NATO", "North Atlantic Treaty Organization")["initials"] == 1


def test_of_several_answers_the_nearest_counts(figures: Any) -> None:
    found = figures("It was Leibniz.", "Isaac Newton", "Leibniz")

    assert (found["contains"], found["answer_words"], found["accepted"]) == (1, 1, 2)


def test_every_row_has_every_figure(cosines: Any) -> None:
    rows = pl.DataFrame(
        {"question": ["Q?", ""], "prediction": ["", "ja"], "answers": [["a", "b"], []]},
        schema_overrides={"answers": pl.List(pl.String)},
    )

    table = features(rows, cosines)

    assert table.values.shape == (2, len(table.names))
    assert len(set(table.names)) == len(table.names)


def test_what_the_context_says_counts_only_where_there_is_one(cosines: Any) -> None:
    asked = {"question": ["Q?"] * 2, "prediction": ["the big dog"] * 2, "answers": [["dog"]] * 2}
    table = features(pl.DataFrame({**asked, "context": ["", "Our dog is old."]}), cosines)

    grounded = table.values[:, table.names.index("grounded")]

    assert np.isnan(grounded[0])
    assert grounded[1] == 0.5
