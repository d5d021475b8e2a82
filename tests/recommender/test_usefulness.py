from __future__ import annotations

import polars as pl

from growloop.recommender import kind_of, most_useful
from growloop.records.example import examples_frame


def candidates(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"{number:03}" for number in range(rows)],
            "gain": [0.1] * rows,
            "confidence": [number / max(rows, 1) for number in range(rows)],
            "kind": [f"{number}" for number in range(rows)],
            "trained_on": [10] * rows,
            "twin_of": [f"{number}" for number in range(rows)],
        },
        schema_overrides={"gain": pl.Float64, "confidence": pl.Float64, "trained_on": pl.Int64},
    )


def test_the_least_sure_come_first_and_a_share_is_left_to_chance() -> None:
    found = most_useful(candidates(100), 20)

    assert found["chosen"].to_list() == ["useful"] * 17 + ["random"] * 3
    assert found["id"].to_list()[:17] == [f"{number:03}" for number in range(17)]
    assert found["id"].n_unique() == 20


def test_the_choice_by_chance_is_the_same_for_the_same_seed() -> None:
    assert most_useful(candidates(100), 20).equals(most_useful(candidates(100), 20))
    assert not most_useful(candidates(100), 20, seed=1).equals(most_useful(candidates(100), 20))


def test_of_near_duplicates_one_is_enough() -> None:
    twins = candidates(10).with_columns(twin_of=pl.lit("same"))

    assert most_useful(twins, 5)["id"].to_list() == ["000"]


def test_a_rare_kind_and_a_greater_gain_come_before_a_frequent_one() -> None:
    rows = candidates(3).with_columns(
        confidence=pl.lit(0.5), trained_on=pl.Series([100, 0, 100]), gain=pl.Series([0.1, 0.1, 0.9])
    )

    assert most_useful(rows, 3, random_share=0)["id"].to_list() == ["001", "002", "000"]


def test_of_one_kind_not_all_come_first_although_they_are_the_least_sure() -> None:
    rows = candidates(6).with_columns(
        kind=pl.Series(["menu"] * 4 + ["wine"] * 2), trained_on=pl.lit(0), confidence=pl.Series([0.5] * 4 + [0.6] * 2)
    )

    assert most_useful(rows, 4, random_share=0)["id"].to_list() == ["000", "004", "001", "002"]


def test_a_kind_is_a_template_or_else_the_text_that_is_asked_about() -> None:
    told = examples_frame(
        {"question": ["Wine?", "When?"], "context": ["a", "b"], "where": [{"template": "serves-wine"}, {}]}
    )

    assert told.select(kind_of())["kind"].to_list() == ["serves-wine", "b"]


def test_what_the_model_was_not_asked_counts_as_the_mean_and_nothing_gives_nothing() -> None:
    partly = candidates(3).with_columns(confidence=pl.Series([0.9, None, 0.1], dtype=pl.Float64))

    assert most_useful(partly, 3, random_share=0)["id"].to_list() == ["002", "001", "000"]
    assert most_useful(candidates(0), 5).is_empty()
