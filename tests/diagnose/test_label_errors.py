from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from growloop.diagnose.label_errors import SIGNALS, signals, suspects
from growloop.records.audit import EXAMINED, SUSPECTS
from growloop.records.example import examples_frame


def examined(
    id: str, loss: float | None, said: str, *, own_loss: float = 0.01, taught: float = 0.1
) -> list[dict[str, Any]]:
    """How two folds' models took one example: one had not seen it, one was taught it."""
    learned = [1.0, taught]
    told = {"prediction": said, "abstained": said == "", "own_loss": own_loss}
    return [
        {"id": id, "fold": 0, "held_out": True, "losses": [loss, loss], "worst": [loss, loss], **told},
        {"id": id, "fold": 1, "held_out": False, "losses": learned, "worst": learned},
    ]


@pytest.fixture
def examples() -> pl.DataFrame:
    return examples_frame(
        {
            "question": [f"What colour is door {n}?" for n in range(6)],
            "context": [f"Door number {n} is red{n}." for n in range(6)],
            "answers": [["green"], *([f"red{n}"] for n in range(1, 6))],
            "id": list("abcdef"),
        }
    )


@pytest.fixture
def taken(examples: pl.DataFrame) -> pl.DataFrame:
    """The models find every label likely but the first."""
    rows = examined("a", 6.0, "red0", taught=2.0)
    for number, id in enumerate("bcdef", start=1):
        rows += examined(id, 0.2 + number / 100, f"red{number}")
    return pl.DataFrame(rows, schema=EXAMINED)


def test_the_label_that_nothing_bears_out_comes_first_with_the_reason(examples, taken):
    ranked = suspects(examples, taken)

    first = ranked.row(0, named=True)
    assert (first["rank"], first["id"], first["answers"], first["prediction"]) == (1, "a", ["green"], "red0")
    assert first["reason"] == "a model that had not seen it says “red0” and is sure"
    assert ranked.columns == [*SUSPECTS.names(), *SIGNALS]
    assert ranked["score"].is_sorted(descending=True)
    assert ranked["score"].is_between(0, 1).all()


def test_the_signals_are_what_they_say(examples, taken):
    told = signals(examples, taken).row(0, named=True)

    assert told["loss"] == told["worst_token"] == 6.0
    assert told["margin"] == pytest.approx(5.99)
    assert told["resistance"] == 1.0  # from 1 up to 2, where the others fell to 0.1
    assert told["disagreement"] == pytest.approx(0.99, abs=0.001)


def test_an_answer_that_the_model_could_never_give_is_the_most_suspicious(examples, taken):
    never = pl.DataFrame(examined("f", None, ""), schema=EXAMINED)
    others = taken.filter(pl.col("id") != "f")

    ranked = suspects(examples, pl.concat([others, never])).filter(pl.col("id") == "f")

    assert ranked["rank"][0] <= 2
    assert ranked["reason"][0].startswith("its answer does not stand in the context")


def test_what_a_person_made_or_corrected_is_not_suspected(examples, taken):
    corrected = examples.with_columns(
        origin=pl.when(pl.col("id") == "a").then(pl.lit("annotation")).otherwise("origin")
    )

    ranked = suspects(corrected, taken)

    assert "a" not in ranked["id"].to_list()
    assert ranked["rank"].to_list() == [1, 2, 3, 4, 5]


def test_the_order_of_the_examples_makes_no_difference(examples, taken):
    there, back = suspects(examples, taken), suspects(examples.reverse(), taken.reverse())

    assert there["id"].to_list() == back["id"].to_list()


def test_neighbours_that_say_otherwise_are_a_reason():
    said = [["yes"], ["yes"], ["yes"], ["no"]]
    contexts = [f"They let our dog in, table {n}." for n in range(4)]
    examples = examples_frame({"question": ["Dogs allowed?"] * 4, "context": contexts, "answers": said})
    rows = [row for id in examples["id"] for row in examined(id, 0.5, "yes", own_loss=0.5)]

    ranked = suspects(examples, pl.DataFrame(rows, schema=EXAMINED))

    assert ranked["answers"][0].to_list() == ["no"]
    assert "100 % of its near neighbours say “yes”" in ranked["reason"][0]
