"""What a candidate's window has no room for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from growloop.dataset.checks.own import Check
from growloop.dataset.checks.texts import finding
from growloop.records.task import Task
from growloop.records.version import Finding

CUT_BY_WINDOW = "cut_by_window"
QUESTION_SHARE = 0.5
"""The most of the window that a question gets, in training and in answering."""


@dataclass(frozen=True)
class Window:
    """How much one candidate reads at once, and how its tokenizer counts."""

    model: str
    tokens: int
    """The longest input, in tokens."""
    answer_inside: bool
    """True where the answer is written in the same window."""
    count: Callable[[pl.Series], pl.Series]
    """Texts → their lengths in tokens."""


def cut_by_window(window: Window) -> Check:
    """The check for one candidate: questions and contexts that it cannot read whole, answers it cannot write whole.

    The few tokens that every model puts around its input are not counted, so a text that just fits may still lose
    a sentence. Extractive models read long contexts in several windows and lose nothing of them.
    """

    def check(examples: pl.DataFrame, task: Task) -> list[Finding]:
        longest = task.training.max_answer_tokens
        room = window.tokens - (longest if window.answer_inside and task.answer_kind != "extractive" else 0)
        found = [_long_questions(examples, window, int(room * QUESTION_SHARE))]
        if task.answer_kind == "open_generative":
            found.append(_long_inputs(examples, window, room))
        if task.answer_kind != "extractive":
            found.append(_long_answers(examples, window, longest))
        return [one for one in found if one]

    return check


def _long_questions(examples: pl.DataFrame, window: Window, room: int) -> Finding | None:
    hit = _longer(examples, ("question",), window, room)
    if hit.is_empty():
        return None
    message = (
        f"{hit.height:,} of {examples.height:,} questions are cut: {window.model} has room for {room:,} tokens of "
        f"question (first: {hit['id'][0]})."
    )
    return finding(CUT_BY_WINDOW, "warning", hit, message, "Shorten them, or choose a candidate that reads more.")


def _long_inputs(examples: pl.DataFrame, window: Window, room: int) -> Finding | None:
    hit = _longer(examples, ("question", "context"), window, room)
    if hit.is_empty():
        return None
    message = (
        f"{hit.height:,} of {examples.height:,} contexts lose sentences: with the question they are longer than the "
        f"{room:,} tokens that {window.model} has room for (first: {hit['id'][0]})."
    )
    return finding(
        CUT_BY_WINDOW, "warning", hit, message, "Give shorter passages, or choose a candidate that reads more."
    )


def _long_answers(examples: pl.DataFrame, window: Window, longest: int) -> Finding | None:
    answers = examples.with_columns(first=pl.col("answers").list.first().fill_null(""))
    hit = _longer(answers, ("first",), window, longest)
    if hit.is_empty():
        return None
    message = (
        f"{hit.height:,} of {examples.height:,} answers are cut in training: they are longer than {longest:,} tokens, "
        f"counted by {window.model} (first: {hit['id'][0]})."
    )
    return finding(CUT_BY_WINDOW, "warning", hit, message, "Raise `max_answer_tokens` in task.yaml, or shorten them.")


def _longer(examples: pl.DataFrame, names: tuple[str, ...], window: Window, room: int) -> pl.DataFrame:
    """The examples whose texts are together longer than there is room for.

    A token is at least one byte, so most examples are cleared by their size alone and never tokenized.
    """
    size = pl.sum_horizontal(pl.col(name).str.len_bytes() for name in names)
    suspects = examples.filter(size > room)
    if suspects.is_empty():
        return suspects
    lengths = pl.sum_horizontal(_lengths(suspects[name], window) for name in names)
    return suspects.filter(lengths > room)


def _lengths(texts: pl.Series, window: Window) -> pl.Series:
    different = texts.unique(maintain_order=True)
    return texts.replace_strict(different, window.count(different), return_dtype=pl.Int64)
