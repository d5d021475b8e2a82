"""Pairs of a right answer and the wrong one that was shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from growloop.dataset.exporters import export_examples, with_wrong_answers
from growloop.records.annotation import Annotation
from growloop.records.example import examples_frame

ABSTAIN = "I do not know."


def verdict(shown: str, given: str = "wrong", question: str = "Dogs?", **more: Any) -> Annotation:
    return Annotation(
        question=question, context="No dogs here.", shown_answer=shown, verdict=given, at="2026-01-01T00:00:00Z", **more
    )


@pytest.fixture
def corrected() -> pl.DataFrame:
    rows = {"question": ["Dogs?", "Cats?"], "context": ["No dogs here."] * 2, "answers": [["No", "Not allowed"], []]}
    return examples_frame({**rows, "split": ["train", "train"]})


def test_the_right_answer_is_chosen_and_the_shown_one_rejected(corrected: pl.DataFrame, tmp_path: Path) -> None:
    pairs = with_wrong_answers(corrected, [verdict("Yes"), verdict("Yes.", question="Cats?")], ABSTAIN)
    export_examples(pairs, "preference", tmp_path / "all.jsonl", abstain_answer=ABSTAIN, plain=True)

    rows = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows[0] == {
        "prompt": [{"role": "user", "content": "Context: No dogs here.\n\nQuestion: Dogs?"}],
        "chosen": [{"role": "assistant", "content": "No"}],
        "rejected": [{"role": "assistant", "content": "Yes"}],
    }
    assert rows[1]["chosen"] == [{"role": "assistant", "content": ABSTAIN}]


def test_every_wrong_answer_to_a_question_makes_a_pair_once(corrected: pl.DataFrame) -> None:
    pairs = with_wrong_answers(corrected, [verdict("Yes"), verdict("Maybe", "partly"), verdict("Yes")], ABSTAIN)

    assert pairs["shown_answer"].to_list() == ["Yes", "Maybe"]


def test_an_answer_that_counts_as_right_is_not_rejected(corrected: pl.DataFrame) -> None:
    pairs = with_wrong_answers(
        corrected, [verdict("not  allowed.", "partly"), verdict("I do not know", question="Cats?")], ABSTAIN
    )

    assert pairs.is_empty()


def test_a_wrong_abstention_is_rejected_in_the_words_of_the_task(corrected: pl.DataFrame) -> None:
    assert with_wrong_answers(corrected, [verdict("")], ABSTAIN)["shown_answer"].to_list() == [ABSTAIN]


@pytest.mark.parametrize(
    "given", [verdict("Yes", withdrawn=True), verdict("Yes", "correct"), verdict("Yes", "bad_question"),
              verdict("Yes", question="Birds?")],
)  # fmt: skip
def test_other_verdicts_make_no_pair(given: Annotation, corrected: pl.DataFrame) -> None:
    assert with_wrong_answers(corrected, [given], ABSTAIN).is_empty()


def test_without_verdicts_there_are_no_pairs(corrected: pl.DataFrame) -> None:
    assert with_wrong_answers(corrected, [], ABSTAIN).is_empty()


@pytest.mark.slow
def test_trl_knows_the_rows_as_its_own(corrected: pl.DataFrame, tmp_path: Path) -> None:
    data_utils = pytest.importorskip("trl.data_utils")
    pairs = with_wrong_answers(corrected, [verdict("Yes")], ABSTAIN)
    for format in ("preference", "prompt-completion", "messages"):
        export_examples(pairs, format, tmp_path / f"{format}.jsonl", abstain_answer=ABSTAIN)
        [row] = map(json.loads, (tmp_path / f"{format}.jsonl").read_text(encoding="utf-8").splitlines())

        assert data_utils.is_conversational(row)
