"""From answers to failing slices: planted faults are found and named, and what is empty or odd is said."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from growloop.diagnose.diagnosis import diagnose
from growloop.records.diagnosis import Diagnosis
from growloop.records.example import examples_frame, matches

TEMPLATES, NEGATIVES = ("dogs", "menu", "vegan"), ("none", "wrong_entity")
ASK = {"dogs": "May I bring a dog to place {n}?", "menu": "Is soup on the menu of {n}?", "vegan": "Vegan at place {n}?"}


def made(n: int = 1200, groups: int = 400) -> pl.DataFrame:
    """Questions of three kinds, a quarter of them in lower case, half put to a wrong text, three to a group."""
    chance = np.random.default_rng(5)
    where = [
        {"template": str(t), "negative": str(k)}
        for t, k in zip(*(chance.choice(v, n) for v in (TEMPLATES, NEGATIVES)), strict=True)
    ]
    asked = [ASK[at["template"]].format(n=number) for number, at in enumerate(where)]
    questions = [text.lower() if number % 4 == 0 else text for number, text in enumerate(asked)]
    return examples_frame(
        {
            "question": questions,
            "where": where,
            "context": ["A text."] * n,
            "group": [f"g{m % groups}" for m in range(n)],
        }
    )


def answered(examples: pl.DataFrame, fault: pl.Expr, rate: float = 0.6) -> pl.DataFrame:
    """Scores: wrong at a rate where the fault lies, else 8 % of the time."""
    where = pl.col("where").list.eval(pl.element().struct.field("value")).list.join(" ").alias("at")
    share = examples.with_columns(where).select(pl.when(fault).then(rate).otherwise(0.08))
    wrong = np.random.default_rng(6).random(examples.height) < share.to_series().to_numpy()
    return examples.select("id", answerable=True, abstained=False, exact_match=pl.Series(1.0 - wrong))


def diagnosed(examples: pl.DataFrame, scores: pl.DataFrame, **more: object) -> Diagnosis:
    named = {"metric": "exact_match", "right_from": 1.0, "declared": ("template", "negative")}
    return diagnose(examples, scores, **(named | more))


LOWER = ~pl.col("question").str.contains("[A-Z]")


def test_a_fault_at_two_coordinates_is_found_and_nothing_else() -> None:
    examples = made()

    found = diagnosed(examples, answered(examples, pl.col("at") == "wrong_entity vegan"), entity="café")

    [only] = found.slices
    assert only.where == {"negative": "wrong_entity", "template": "vegan"}
    assert only.words == "questions of kind vegan, about another café's text"
    assert only.declared
    assert only.rate.value == only.wrong / only.n
    assert only.rate.low > 0.4 > 0.15 > only.elsewhere.high
    assert only.recoverable == pytest.approx((only.rate.value - only.elsewhere.value) * only.n)
    assert only.q_value < 1e-6


def test_a_fault_in_the_wording_is_found_by_search_and_measured_on_the_other_half() -> None:
    examples = made()

    found = diagnosed(examples, answered(examples, LOWER & (pl.col("at") == "none dogs"), rate=0.8))

    [only] = found.slices
    assert only.where == {"negative": "none", "template": "dogs", "text.case": "lower"}
    assert not only.declared
    assert only.rate.n < 0.7 * only.n
    assert only.n == examples.filter(LOWER & matches({"negative": "none", "template": "dogs"})).height


def test_two_faults_are_told_apart_the_larger_first() -> None:
    examples = made()
    menu = pl.col("at") == "none menu"

    found = diagnosed(examples, answered(examples, LOWER | menu, rate=0.5))

    assert [one.where for one in found.slices] == [{"text.case": "lower"}, {"negative": "none", "template": "menu"}]
    assert found.slices[0].recoverable > found.slices[1].recoverable


def test_where_nothing_is_planted_nothing_is_found() -> None:
    examples = made()

    found = diagnosed(examples, answered(examples, pl.lit(False)))

    assert (found.slices, found.notes) == ((), ())
    assert found.tested > 10


def test_kinds_of_failure_are_counted_over_all_and_in_each_slice() -> None:
    examples = made()
    scores = answered(examples, pl.col("at") == "wrong_entity vegan")
    kinds = examples.select(
        "id", kind=pl.when(pl.col("group") == "g0").then(pl.lit("format")).otherwise(pl.lit("refused"))
    )

    found = diagnosed(examples, scores, kinds=kinds)

    assert sum(found.kinds.values()) == found.wrong
    assert next(iter(found.kinds)) == "refused"
    assert sum(found.slices[0].kinds.values()) == found.slices[0].wrong


def test_evidence_fails_in_the_slice() -> None:
    examples = made()
    scores = answered(examples, pl.col("at") == "wrong_entity vegan")

    [only] = diagnosed(examples, scores).slices

    shown = scores.filter(pl.col("id").is_in(only.evidence))
    assert shown.height == len(only.evidence) == 8
    assert shown["exact_match"].sum() == 0


def test_the_order_of_the_rows_makes_no_difference() -> None:
    examples = made()
    scores = answered(examples, LOWER, rate=0.4)

    shuffled = diagnosed(examples.sample(fraction=1, shuffle=True, seed=1), scores.reverse())

    assert shuffled == diagnosed(examples, scores)


@pytest.mark.parametrize(
    ("n", "score", "note"),
    [
        (0, 1.0, "Nothing was scored."),
        (1, 1.0, "No answer is wrong."),
        (1, 0.0, "Every answer is wrong, so no slice fails more than the rest."),
        (50, 0.0, "Every answer is wrong, so no slice fails more than the rest."),
        (50, float("nan"), "Nothing was scored."),
        (50, None, "Nothing was scored."),
    ],
)
def test_where_there_is_nothing_to_find_it_is_said_why(n: int, score: float | None, note: str) -> None:
    examples = made(50).head(n)
    scores = examples.select("id", exact_match=pl.lit(score, dtype=pl.Float64))

    found = diagnosed(examples, scores)

    assert (found.slices, found.tested) == ((), 0)
    assert found.notes[-1] == note


def test_answers_without_a_score_are_left_out_and_counted() -> None:
    examples = made()
    scores = answered(examples, LOWER).with_columns(
        pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise("exact_match").alias("exact_match")
    )

    found = diagnosed(examples, scores)

    assert found.n == examples.height - 7
    assert "Left out, because they have no exact_match: 7 of 1,200 answers." in found.notes


def test_with_one_group_only_the_coordinates_are_tested() -> None:
    examples = made(groups=1)

    found = diagnosed(examples, answered(examples, LOWER))

    assert all(one.declared for one in found.slices)
    assert "too few wrong answers in each half" in found.notes[0]


def test_slices_too_small_to_tell_are_not_told() -> None:
    examples = made(60)
    odd = examples.with_columns(pl.lit([], dtype=examples.schema["where"]).alias("where"))
    scores = odd.select("id", exact_match=pl.int_range(pl.len()).ne(3).cast(pl.Float64))

    found = diagnosed(odd, scores)

    assert (found.wrong, found.slices) == (1, ())


def test_a_cluster_of_embeddings_is_a_feature_like_others() -> None:
    examples = made()
    clusters = pl.select(
        pl.when(pl.int_range(examples.height) % 7 == 0).then(pl.lit("parking")).otherwise(pl.lit("food"))
    )

    found = diagnosed(
        examples, answered(examples, pl.int_range(pl.len()) % 7 == 0, rate=0.5), clusters=clusters.to_series()
    )

    [only] = found.slices
    assert (only.where, only.words) == ({"text.cluster": "parking"}, "questions much like “parking”")
