"""Questions that no fact decides: drafts where the universe says so, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from growloop.errors import BadData
from growloop.records.example import coordinate
from growloop.universe import Space

BARE = [
    {"id": f"r{n}", "entity": name, "text": text}
    for n, (name, text) in enumerate([("Kumo House", "Good pie. No ramen."), ("Luna Bar", "Nice walls.")])
]


def undecided(space: Space, n: int = 500, **where: str) -> pl.DataFrame:
    return space.draw(n, where={"answer": "unknown", **where})


def test_contexts_without_any_facts_are_asked_about_as_drafts(space: Callable[..., Space]) -> None:
    drawn = space(lines=BARE, unknown="draft", negatives=[]).draw(30)

    assert drawn["status"].unique().to_list() == ["draft"]
    assert drawn["answers"].list.len().sum() == 0
    assert drawn["negative"].null_count() == drawn.height
    assert set(drawn.select(coordinate("answer"))["answer"]) == {"unknown"}
    assert set(drawn.select(coordinate("doubt"))["doubt"]) == {"no fact decides it"}
    assert drawn["origin"].unique().to_list() == ["universe"]


def test_without_the_key_such_contexts_are_a_problem_still(space: Callable[..., Space]) -> None:
    with pytest.raises(Exception, match="no context has it"):
        space(lines=BARE, negatives=[])


def test_what_the_context_mentions_is_asked_first_and_where_it_mentions_nothing_all(
    space: Callable[..., Space],
) -> None:
    drawn = undecided(space(lines=BARE, unknown="draft", variations=[]), template="offers")

    foods = drawn.with_columns(coordinate("food"), coordinate("restaurant")).group_by("restaurant").agg("food")
    asked = {row["restaurant"]: set(row["food"]) for row in foods.iter_rows(named=True)}
    assert asked["Kumo House"] == {"ramen", "pie"}
    assert len(asked["Luna Bar"]) == 6


def test_what_facts_decide_is_never_a_draft_and_never_unknown(space: Callable[..., Space]) -> None:
    told = space().draw(400, where={"negative": "none"})
    opened = space(unknown="draft")

    drawn = pl.concat([undecided(opened), opened.draw(2_000, where={"negative": "wrong_topic"})])

    assert drawn["status"].unique().to_list() == ["draft"]
    assert drawn.join(told, on=["question", "context"], how="semi").is_empty()


def test_negatives_that_rest_on_silence_are_drafts_and_those_about_somebody_else_are_not(
    space: Callable[..., Space],
) -> None:
    drawn = space(unknown="draft").draw(300)

    status = dict(drawn.filter(pl.col("negative").is_not_null()).group_by("negative").agg("status").iter_rows())
    assert set(status["wrong_topic"]) == {"draft"}
    assert set(status["wrong_entity"]) == {"accepted"}


def test_a_negative_whose_text_was_looked_at_is_accepted(space: Callable[..., Space]) -> None:
    opened = space(unknown="draft", verify={"by": "wording"})

    statuses = opened.draw(200, where={"negative": "wrong_topic", "template": "offers"})["status"]

    assert "accepted" in statuses.to_list()


def test_what_a_retriever_finds_about_the_same_entity_is_a_draft(space: Callable[..., Space]) -> None:
    opened = space(unknown="draft", negatives=[{"kind": "retrieved", "share": 0.3}], variations=[])

    def retrieve(questions: Any, depth: int) -> list[list[str]]:
        return [[f"r{number}" for number in range(48)] for _ in questions]

    drawn = opened.draw(200, where={"negative": "retrieved"}, retrieve=retrieve)

    about = pl.col("context").str.contains(pl.concat_str(pl.lit("About "), coordinate("restaurant")), literal=True)
    assert drawn.filter(about)["status"].unique().to_list() in ([], ["draft"])
    assert drawn.filter(~about)["status"].unique().to_list() == ["accepted"]


def test_the_coordinate_is_unknown_to_universes_that_do_not_ask_for_it(space: Callable[..., Space]) -> None:
    with pytest.raises(BadData, match='No answer is "unknown"'):
        undecided(space())


def test_a_larger_draw_begins_with_the_smaller_and_repeats_nothing(space: Callable[..., Space]) -> None:
    opened = space(unknown="draft")

    small, large = opened.draw(100), opened.draw(300)

    assert small.equals(large.head(100))
    assert large["id"].is_unique().all()
