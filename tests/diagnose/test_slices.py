"""Scores by coordinate: every value with its n, the lowest first, at any size."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from growloop.diagnose.slices import slice_scores
from growloop.metrics.intervals import wilson
from growloop.records.example import examples_frame, matches


def graded(*rows: tuple[dict[str, str], float, bool, bool]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Examples and scores from (where, token F1, answerable, abstained)."""
    columns: dict[str, Any] = {"question": [f"q{n}" for n in range(len(rows))], "where": [row[0] for row in rows]}
    examples = examples_frame({**columns, "answers": [["x"] if row[2] else [] for row in rows]})
    scores = pl.DataFrame(
        {
            "id": examples["id"],
            "answerable": [row[2] for row in rows],
            "abstained": [row[3] for row in rows],
            "token_f1": [row[1] for row in rows],
        },
        schema_overrides={"answerable": pl.Boolean, "abstained": pl.Boolean, "token_f1": pl.Float64},
    )
    return examples, scores


DOG, MENU = {"template": "dog", "negative": "none"}, {"template": "menu", "negative": "none"}
WRONG = {"template": "menu", "negative": "wrong_entity"}
ROWS = [
    (DOG, 1.0, True, False),
    (DOG, 0.5, True, False),
    (MENU, 0.0, True, True),
    (WRONG, 1.0, False, True),
    (WRONG, 0.0, False, False),
]


def test_every_value_of_every_coordinate_has_its_mean_and_n_lowest_first() -> None:
    found = slice_scores(*graded(*ROWS))

    assert [(part.where, part.metrics["token_f1"].value, part.metrics["token_f1"].n) for part in found] == [
        ({"negative": "none"}, 0.5, 3),
        ({"negative": "wrong_entity"}, 0.5, 2),
        ({"template": "menu"}, pytest.approx(1 / 3), 3),
        ({"template": "dog"}, 0.75, 2),
    ]


def test_abstention_shows_where_there_is_something_to_abstain_on_or_to_refuse() -> None:
    found = {tuple(part.where.values()): part.metrics for part in slice_scores(*graded(*ROWS))}

    assert found[("wrong_entity",)]["abstention_recall"].value == 0.5
    assert "over_refusal" not in found[("wrong_entity",)]
    assert (found[("menu",)]["over_refusal"].value, found[("menu",)]["over_refusal"].n) == (1, 1)
    assert "abstention_recall" not in found[("dog",)]


def test_intervals_are_wilsons() -> None:
    [dog] = [part for part in slice_scores(*graded(*ROWS)) if part.where == {"template": "dog"}]

    low, high = wilson(0.75, 2)
    estimate = dog.metrics["token_f1"]
    assert (estimate.low, estimate.high) == (pytest.approx(float(low)), pytest.approx(float(high)))


def test_named_coordinates_come_alone_and_in_their_order() -> None:
    examples, scores = graded(*ROWS)

    found = slice_scores(examples, scores, ["template", "negative"])

    assert [next(iter(part.where)) for part in found] == ["template", "template", "negative", "negative"]
    assert slice_scores(examples, scores, ["nowhere"]) == []


def test_a_coordinate_with_many_values_is_shown_only_when_named() -> None:
    examples, scores = graded(*[({"food": f"dish {n}", "side": "a"}, 1.0, True, False) for n in range(41)])

    assert [part.where for part in slice_scores(examples, scores)] == [{"side": "a"}]
    assert len(slice_scores(examples, scores, ["food"])) == 41


def test_examples_without_coordinates_have_no_slices() -> None:
    assert slice_scores(*graded(({}, 1.0, True, False))) == []
    assert slice_scores(*graded()) == []


def test_examples_that_were_not_scored_are_left_out() -> None:
    examples, scores = graded(*ROWS)

    [dog] = [part for part in slice_scores(examples, scores[1:]) if part.where == {"template": "dog"}]

    assert (dog.metrics["token_f1"].value, dog.metrics["token_f1"].n) == (0.5, 1)


def test_a_hundred_thousand_examples_give_the_slices_that_filtering_gives() -> None:
    n = 100_000
    rows = pl.select(row=pl.int_range(n)).with_columns(
        template=pl.format("t{}", pl.col("row") % 6), food=pl.format("f{}", pl.col("row") % 35)
    )
    pairs = [pl.struct(key=pl.lit(name), value=name) for name in ("food", "template")]
    examples = examples_frame(
        rows.select(question=pl.format("q{}", "row"), answers=pl.concat_list(pl.lit("x")), where=pl.concat_list(pairs))
    )
    scores = examples.select("id", answerable=True, abstained=False, token_f1=(rows["row"] * 7919 % 101) / 100)

    found = slice_scores(examples, scores)

    assert len(found) == 41
    for part in found[::10]:
        inside = scores.join(examples.filter(matches(part.where)), on="id", how="semi")
        assert part.metrics["token_f1"].value == pytest.approx(inside["token_f1"].mean())
        assert part.metrics["token_f1"].n == inside.height
