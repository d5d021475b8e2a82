"""What holds for every metric, whatever it measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.metrics import METRICS, measured
from growloop.metrics.chrf import chrf_pairs
from growloop.metrics.containment import contains_pairs, recall_pairs
from growloop.metrics.lists import list_f1_pairs
from growloop.metrics.metric import ROWS
from growloop.metrics.numeric import numeric_pairs
from growloop.metrics.rouge import longest_common, rouge_l_pairs
from growloop.metrics.selftest import failed_cases

Rows = Callable[..., pl.DataFrame]
TEXT = st.text(st.sampled_from("ab1 2,.:-’'é漢İß\n١𝔸\u200d") | st.characters(codec="utf-8"), max_size=20)
SOME_WORDS = st.lists(st.sampled_from(["ramen", "gyoza", "12", "Çay", "漢字"]), min_size=1, max_size=4).map(" ".join)
PAIRED = {
    "contains": contains_pairs,
    "gold_recall": recall_pairs,
    "rouge_l": rouge_l_pairs,
    "chrf": chrf_pairs,
    "list_f1": list_f1_pairs,
}


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_brings_cases_of_each_kind_and_passes_them(name: str) -> None:
    metric = METRICS[name]

    assert {case.expect for case in metric.cases} == {"high", "low", "near_miss"}
    assert failed_cases(metric) == ()
    assert metric.about
    assert metric.source


@settings(max_examples=40)
@given(st.lists(st.tuples(TEXT, st.lists(TEXT, max_size=3)), max_size=8), TEXT)
def test_scores_lie_between_zero_and_one_on_any_text(pairs: list[Any], context: str) -> None:
    columns = {
        "question": [""] * len(pairs),
        "context": [context] * len(pairs),
        "answers": [answers for _, answers in pairs],
        "prediction": [said for said, _ in pairs],
        "abstained": [not said for said, _ in pairs],
    }

    scores = measured(pl.DataFrame(columns, schema=ROWS), list(METRICS.values()))

    for column in scores.values():
        assert column.size == len(pairs)
        assert ((column >= 0) & (column <= 1) | np.isnan(column)).all()


@settings(max_examples=40)
@given(SOME_WORDS)
def test_an_answer_equal_to_the_accepted_one_scores_one(text: str) -> None:
    assert {name: score([text], [text])[0] for name, score in PAIRED.items()} == dict.fromkeys(PAIRED, 1.0)


@settings(max_examples=40)
@given(TEXT, TEXT)
def test_measures_of_likeness_do_not_care_which_text_comes_first(one: str, other: str) -> None:
    for score in (rouge_l_pairs, list_f1_pairs):
        assert score([one], [other])[0] == pytest.approx(score([other], [one])[0])


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
def test_a_pair_scores_the_same_alone_as_among_others(pairs: list[tuple[str, str]]) -> None:
    said, wanted = ([pair[side] for pair in pairs] for side in (0, 1))
    for score in (*PAIRED.values(), numeric_pairs):
        alone = [score([one], [other])[0] for one, other in pairs]
        assert np.array_equal(score(said, wanted), alone, equal_nan=True)


@settings(max_examples=80)
@given(TEXT, TEXT)
def test_chrf_equals_sacrebleu(one: str, other: str) -> None:
    sacrebleu = pytest.importorskip("sacrebleu", reason="needs sacrebleu: pip install growloop[dev]")

    assert chrf_pairs([one], [other])[0] == pytest.approx(sacrebleu.sentence_chrf(one, [other]).score / 100, abs=1e-12)


@settings(max_examples=80)
@given(*[st.text("ab c.AB_-9", max_size=20)] * 2)
def test_rouge_l_equals_rouge_score_on_ascii(one: str, other: str) -> None:
    scorer = pytest.importorskip("rouge_score.rouge_scorer", reason="needs rouge-score: pip install growloop[dev]")

    official = scorer.RougeScorer(["rougeL"]).score(other, one)["rougeL"].fmeasure

    assert rouge_l_pairs([one], [other])[0] == pytest.approx(official, abs=1e-12)


@given(*[st.lists(st.sampled_from("abc"), max_size=12)] * 2)
def test_the_longest_common_subsequence_is_the_textbook_one(one: list[str], other: list[str]) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])

    assert longest_common(one, other) == table[-1][-1]


@pytest.mark.parametrize("name", METRICS)
def test_the_nearest_of_several_answers_counts_and_silence_is_right_only_without_any(name: str, rows: Rows) -> None:
    pairs = rows(
        ("ramen 12", ("pizza 9", "ramen 12")), ("", ()), ("ramen 12", ()), ("", ("pizza 9",)), context="ramen 12"
    )

    assert measured(pairs, [METRICS[name]])[name].tolist() == [1, 1, 0, 0]


def test_what_a_metric_cannot_judge_has_no_score(rows: Rows) -> None:
    scores = measured(
        rows(("Yes.", ("Yes.",)), context="Dogs may come."), [METRICS["numeric_match"], METRICS["groundedness"]]
    )

    assert np.isnan([column[0] for column in scores.values()]).all()


def test_without_a_context_nothing_is_grounded_or_not(rows: Rows) -> None:
    pairs = rows(("Ramen", ("Ramen",)), ("", ("Ramen",)), ("Ramen", ()), ("", ()), context=" ")

    assert np.isnan(measured(pairs, [METRICS["groundedness"]])["groundedness"]).all()


def test_a_hundred_thousand_rows_are_scored() -> None:
    n = 100_000
    number = pl.int_range(n).cast(pl.String)
    rows = pl.select(
        question=pl.lit(""), context="number " + number, answers=pl.concat_list("about " + number), prediction=number
    ).with_columns(abstained=pl.lit(False))

    scores = measured(rows.select(list(ROWS)), list(METRICS.values()))

    assert scores["gold_recall"].mean() == 0.5
    assert scores["numeric_match"].mean() == 1
    assert scores["groundedness"].mean() == 1
    assert scores["rouge_l"].mean() == pytest.approx(2 / 3)
