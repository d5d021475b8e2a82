"""Answers that changed between two evaluations."""

from __future__ import annotations

import polars as pl

from growloop.loop.comparing import with_outcome

SIDES = ("before", "after", "score_before", "score_after")


def outcomes(*rows: tuple[str, str, float | None, float | None]) -> list[tuple[str, str]]:
    """Which rows, named a, b, c in their order, changed, and how."""
    known = [dict(zip(("id", *SIDES), (name, *row), strict=True)) for name, row in zip("abcdef", rows, strict=False)]
    schema = {"id": pl.String, "before": pl.String, "after": pl.String, "score_before": pl.Float64}
    return with_outcome(pl.DataFrame(known, {**schema, "score_after": pl.Float64})).select("id", "outcome").rows()


def test_what_is_won_comes_first_then_what_is_lost_the_most_changed_first() -> None:
    found = outcomes(("no", "yes", 0, 0.5), ("yes", "no", 1, 0), ("no", "yes", 0, 1), ("a cat", "the cat", 1, 1))

    assert found == [("c", "won"), ("a", "won"), ("b", "lost"), ("d", "tied")]


def test_the_same_answer_with_the_same_score_did_not_change() -> None:
    assert outcomes(("yes", "yes", 1, 1), ("", "", 0, 0)) == []


def test_an_answer_whose_label_changed_is_won_or_lost_though_it_is_the_same() -> None:
    assert outcomes(("yes", "yes", 0, 1)) == [("a", "won")]


def test_what_a_metric_did_not_score_is_neither_won_nor_lost() -> None:
    assert outcomes(("yes", "no", None, 1), ("yes", "yes", None, None)) == [("a", "tied")]
