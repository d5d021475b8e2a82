"""Metrics on trial: cases, attacks, and the trick that would win."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from growloop.metrics import METRICS
from growloop.metrics.fit import misfits
from growloop.metrics.metric import Case, Metric
from growloop.metrics.selftest import failed_cases, self_test
from growloop.records.example import EXAMPLES, examples_frame
from growloop.records.selftest import MetricProof

Qa = Callable[..., dict[str, Any]]
EXACT, F1 = METRICS["exact_match"], METRICS["token_f1"]


def examples_of(*rows: dict[str, Any]) -> pl.DataFrame:
    return examples_frame({key: [row[key] for row in rows] for key in rows[0]})


def scores_of(proof: MetricProof) -> dict[str, float | None]:
    return {attack.attack: attack.score for attack in proof.attacks}


def test_a_metric_that_breaks_its_own_cases_is_told_which() -> None:
    lenient = Metric("any", "All is right.", lambda rows: rows["prediction"].str.len_bytes().to_numpy() * 0 + 1.0)
    lenient = Metric("any", "All is right.", lenient.score, (Case("high", "a", ("a",)), Case("low", "b", ("a",))))

    [failed] = failed_cases(lenient)

    assert (failed.expect, failed.prediction, failed.score) == ("low", "b", 1)


def test_always_abstaining_wins_where_most_questions_have_no_answer(qa: Qa) -> None:
    examples = examples_of(qa("Who?", "Ann"), *[qa(f"Which city, {number}?") for number in range(4)])

    found = self_test([EXACT], examples, "I don't know.")

    assert scores_of(found.proofs[0])["abstain"] == 0.8
    assert found.trick == (
        "A trick would win: always abstaining scores 80 % exact match here, since 4 of 5 questions have no answer."
    )


def test_a_trick_that_reaches_the_model_wins_too(qa: Qa) -> None:
    examples = examples_of(*[qa(f"Who, {number}?", "Ann") for number in range(3)], qa("Which city?"))

    found = self_test([EXACT], examples, "", {"exact_match": 0.2})

    assert found.trick.endswith("have no answer; the model scores 20 %.")


def test_copying_the_context_fools_what_only_looks_for_the_answer_in_it(qa: Qa) -> None:
    examples = examples_of(*[qa(f"Who, {n}?", f"Ann {n}", context=f"It was Ann {n} who came.") for n in range(5)])

    found = self_test([EXACT, METRICS["contains"]], examples, "")

    fooled = {proof.metric: {a.attack for a in proof.attacks if a.fooled} for proof in found.proofs}
    assert "context" not in fooled["exact_match"]
    assert {"context", "and_opposite"} <= fooled["contains"]
    assert "copying the context scores 100 % contains" in found.trick


def test_attacks_made_from_right_answers_are_put_to_answerable_examples_alone(qa: Qa) -> None:
    examples = examples_of(qa("Who?", "Ann Lee"), qa("Where?", "in Rome"), qa("Which city?"))

    found = self_test([F1], examples, "")

    assert {a.attack: a.n for a in found.proofs[0].attacks}["other_gold"] == 2
    assert scores_of(found.proofs[0])["other_gold"] == 0
    assert scores_of(found.proofs[0])["shuffled"] == 1


@pytest.mark.parametrize("seed", range(3))
def test_shuffling_keeps_every_word_on_its_row(qa: Qa, seed: int) -> None:
    examples = examples_of(*[qa(f"Who, {number}?", f"a{number} b{number} c{number} d{number}") for number in range(6)])

    found = self_test([METRICS["gold_recall"]], examples, "", seed=seed)

    assert scores_of(found.proofs[0])["shuffled"] == 1


def test_the_trick_is_looked_for_in_the_metrics_that_count(qa: Qa) -> None:
    examples = examples_of(*[qa(f"Who, {n}?", f"Ann {n}", context=f"It was Ann {n} who came.") for n in range(5)])

    found = self_test([EXACT, METRICS["contains"]], examples, "", counted={"exact_match"})

    assert found.trick.startswith("No trick wins here")


def test_without_examples_the_cases_are_tried_alone() -> None:
    found = self_test(list(METRICS.values()), pl.DataFrame(schema=EXAMPLES), "")

    assert found.ok
    assert found.trick == ""
    assert {proof.attacks for proof in found.proofs} == {()}


def test_one_example_is_enough_to_attack_with(qa: Qa) -> None:
    assert self_test(list(METRICS.values()), examples_of(qa("Who?", "Ann")), "").examples == 1


def test_overlap_on_sentences_draws_a_warning_with_the_measured_reason(qa: Qa) -> None:
    answer = "Yes, dogs are allowed at the Blue Door."
    examples = examples_of(*[qa(f"May dogs come, {number}?", answer) for number in range(5)])

    [warning] = misfits(examples, ["token_f1", "exact_match"])

    # 7 words against 8, 6 in common but for yes: 2·6 / 15
    assert "median 8 words" in warning
    assert "still scores 0.80 on average (n=5)" in warning


def test_sentences_that_can_be_denied_count_as_well_and_others_do_not(qa: Qa) -> None:
    open_late = [qa(f"Until when, {n}?", "The kitchen is open until ten.") for n in range(5)]
    no_verb = [qa(f"What, {n}?", "A plate of ramen with two eggs.") for n in range(9)]

    [warning] = misfits(examples_of(*open_late, *no_verb), ["token_f1"])

    assert "“The kitchen is not open until ten.” for “The kitchen is open until ten.”" in warning
    assert "(n=5)" in warning
    assert misfits(examples_of(*no_verb), ["token_f1"]) == ()


def test_short_answers_draw_no_warning(qa: Qa) -> None:
    assert misfits(examples_of(*[qa(f"Who, {n}?", "Yes") for n in range(9)]), ["token_f1"]) == ()
    assert misfits(pl.DataFrame(schema=EXAMPLES), ["token_f1"]) == ()
