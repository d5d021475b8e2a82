from __future__ import annotations

import polars as pl
import pytest

from growloop.dataset.checks.window import Window, cut_by_window
from growloop.records.example import examples_frame
from growloop.records.task import Task, Training
from growloop.records.version import Finding

TASK = Task(name="t", purpose="p", answer_kind="open_generative", training=Training(max_answer_tokens=4))


def words(texts: pl.Series) -> pl.Series:
    return texts.str.split(" ").list.len().cast(pl.Int64)


def found(question: str, context: str, answer: str, task: Task = TASK, *, inside: bool = True) -> list[Finding]:
    examples = examples_frame({"question": [question], "context": [context], "answers": [[answer]]})
    return cut_by_window(Window("tiny", 20, inside, words))(examples, task)


@pytest.mark.parametrize(
    ("question", "context", "answer", "word"),
    [
        ("w " * 8 + "w", "c", "a", "questions"),
        ("q", "w " * 15 + "w", "a", "contexts"),
        ("q", "c", "w w w w w", "answers"),
    ],
)
def test_what_does_not_fit_is_reported_with_the_model(question: str, context: str, answer: str, word: str) -> None:
    [finding] = found(question, context, answer)

    assert word in finding.message
    assert "tiny" in finding.message


def test_what_just_fits_is_fine() -> None:
    assert found("w " * 7 + "w", "w " * 7 + "w", "w w w w") == []


def test_an_encoder_decoder_writes_its_answer_beside_the_input() -> None:
    assert found("q", "w " * 15 + "w", "a", inside=False) == []


def test_an_extractive_model_reads_a_long_context_in_several_windows() -> None:
    extractive = TASK.model_copy(update={"answer_kind": "extractive"})

    assert found("q", "w " * 99, "w w w w w", extractive) == []
    assert len(found("w " * 12, "c", "a", extractive)) == 1


def test_a_model_that_answers_from_memory_reads_no_context() -> None:
    closed = TASK.model_copy(update={"answer_kind": "closed_generative"})

    assert found("q", "w " * 99, "a", closed) == []


def test_only_texts_of_enough_bytes_are_tokenized() -> None:
    tokenized: list[int] = []

    def counted(texts: pl.Series) -> pl.Series:
        tokenized.append(texts.len())
        return words(texts)

    examples = examples_frame({"question": [f"q{n}" for n in range(100)], "context": ["short"] * 99 + ["w " * 30]})

    [finding] = cut_by_window(Window("tiny", 20, True, counted))(examples, TASK)

    assert finding.count == 1
    assert sum(tokenized) == 2
