"""Unanswerable questions whose context may answer them after all."""

from __future__ import annotations

import polars as pl

from growloop.dataset.checks.texts import finding
from growloop.records.example import is_answerable
from growloop.records.task import Task
from growloop.records.version import Finding

SHORTEST = 4
"""Characters: shorter answers stand in most texts by chance."""


def negative_answered(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Examples that contradict themselves, and negatives whose context holds the answer known from elsewhere.

    Known from elsewhere: the same question is answered about another context, or the negative was made from an
    example with an answer (`parent`). About the same context it is a dispute, which has a check of its own.
    """
    return [*_with_answers(examples), *_with_answer_in_context(examples)]


def _with_answers(examples: pl.DataFrame) -> list[Finding]:
    hit = examples.filter(is_answerable() & pl.col("negative").is_not_null())
    if hit.is_empty():
        return []
    message = (
        f"{hit.height:,} of {examples.height:,} examples are marked as negatives and have answers all the same "
        f"(first: {hit['id'][0]})."
    )
    return [finding("negative_answered", "error", hit, message, "Leave out `negative`, or the answers.")]


def _with_answer_in_context(examples: pl.DataFrame) -> list[Finding]:
    negatives = examples.filter(~is_answerable(), pl.col("context") != "")
    questions = negatives.select("id", "context", "parent", asked=_asked())
    known = examples.filter(is_answerable()).select("id", "answers", asked=_asked(), elsewhere="context")
    same = questions.join(known.drop("id"), on="asked").filter(pl.col("context") != pl.col("elsewhere"))
    made_from = questions.join(known.drop("asked", "elsewhere"), left_on="parent", right_on="id")
    columns = ("id", "context", "answers")
    pairs = pl.concat([same.select(columns), made_from.select(columns)]).explode("answers")
    long_enough = pl.col("answers").str.len_chars() >= SHORTEST
    inside = pl.col("context").str.contains(pl.col("answers"), literal=True)
    found = pairs.filter(long_enough & inside).unique("id", keep="first", maintain_order=True)
    whole = [_as_words(answer, context) for context, answer in found.select("context", "answers").iter_rows()]
    found = found.filter(pl.Series(whole, dtype=pl.Boolean))
    hit = examples.join(found, on="id", how="semi", maintain_order="left")
    if hit.is_empty():
        return []
    answers = dict(found.select("id", "answers").iter_rows())
    first = hit.row(0, named=True)
    message = (
        f"{hit.height:,} of {negatives.height:,} unanswerable questions are about a context that holds an answer which "
        f'is right elsewhere (first: {first["id"]}: "{first["question"]}" — "{answers[first["id"]]}").'
    )
    remedy = "Look at them: give the answer, or take another context."
    return [finding("negative_answered", "warning", hit, message, remedy)]


def _asked() -> pl.Expr:
    return pl.col("question").str.strip_chars().str.to_lowercase()


def _as_words(answer: str, context: str) -> bool:
    """True where an answer stands in a context and is no part of a longer word there."""
    answer = answer.strip()
    begin = context.find(answer)
    while begin >= 0:
        end = begin + len(answer)
        if not (_is_of_a_word(context[begin - 1 : begin]) or _is_of_a_word(context[end : end + 1])):
            return True
        begin = context.find(answer, begin + 1)
    return False


def _is_of_a_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"
