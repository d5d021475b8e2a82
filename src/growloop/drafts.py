"""Drafts: questions without a sure answer. Which wait for a person, and which for a teacher.

A question and its context may be several drafts: as it was drawn or imported, and with the answer of each teacher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from growloop.records.annotation import QUEUED
from growloop.records.example import content_id, coordinate, is_answerable
from growloop.universe.cells import PARAPHRASE
from growloop.universe.verification import DOUBT

TEACHER = "teacher:"
"""How the origin of a teacher's answer begins; the teacher's name follows."""
_NO_SLOTS = ("template", "phrasing", "negative", "variation", "answer", DOUBT)
_ASKED = ("question", "context")
REVIEWED_BY = (DOUBT, "variation")
"""The coordinates of a draft that say why a person is to look at it."""


def by_teacher(model: str | None = None) -> pl.Expr:
    """True on the answers of a teacher, of any where none is named."""
    origin = pl.col("origin")
    return origin.str.starts_with(TEACHER) if model is None else origin == TEACHER + model


def to_review(drafts: pl.DataFrame) -> pl.DataFrame:
    """What a person has to look at, once for each question and context: a QUEUED frame.

    First what a teacher answered (of several the last), then what a draw proposed, then what nobody has answered.
    """
    proposed = by_teacher() | is_answerable() | pl.col("negative").is_not_null()
    rank = pl.when(by_teacher()).then(0).when(proposed).then(1).otherwise(2)
    ranked = drafts.with_columns(proposed=proposed, rank=rank, reason=_reason()).with_row_index("row")
    newest = ranked.sort("rank", -pl.col("row").cast(pl.Int64)).unique(_ASKED, keep="first", maintain_order=True)
    ordered = newest.sort("rank", "row").with_columns(priority=pl.lit(0.0), queued_at=pl.lit(""))
    return ordered.select(pl.col(name).cast(dtype) for name, dtype in QUEUED.items())


def to_answer(drafts: pl.DataFrame, model: str) -> pl.DataFrame:
    """The drafts that a teacher has not answered yet, once for each question and context."""
    answered = drafts.filter(by_teacher(model)).select(_ASKED)
    open_questions = drafts.filter(~_is_paraphrase())  # a paraphrase has the answer of its question
    return open_questions.join(answered, on=_ASKED, how="anti", maintain_order="left").unique(
        _ASKED, keep="first", maintain_order=True
    )


def to_paraphrase(examples: pl.DataFrame, model: str) -> pl.DataFrame:
    """The accepted questions in their plain wording that a teacher has not put in other words yet, each once."""
    done = examples.filter(by_teacher(model), _is_paraphrase())["parent"]
    asked = examples.filter(pl.col("id").is_in(done.implode())).select("question")
    plain = examples.filter(pl.col("status") == "accepted", coordinate("variation").fill_null("none") == "none")
    return plain.join(asked, on="question", how="anti", maintain_order="left").unique(
        "question", keep="first", maintain_order=True
    )


def _is_paraphrase() -> pl.Expr:
    return coordinate("variation").eq_missing(pl.lit(PARAPHRASE))


def values_in(example: Mapping[str, Any]) -> list[str]:
    """The slot values that stand in the question of an example, a row of an EXAMPLES frame."""
    values = (pair["value"] for pair in example["where"] if pair["key"] not in _NO_SLOTS)
    return [value for value in values if value and value.casefold() in example["question"].casefold()]


def paraphrased(example: Mapping[str, Any], question: str, *, model: str, request: str) -> dict[str, Any]:
    """An example with its question in a teacher's words: a draft, of which the example is the `parent`."""
    where = {**{pair["key"]: pair["value"] for pair in example["where"]}, "variation": PARAPHRASE}
    return {
        **example,
        "id": content_id(question, example["context"], example["answers"]),
        "question": question,
        "where": [{"key": key, "value": value} for key, value in sorted(where.items())],
        "origin": TEACHER + model,
        "parent": example["id"],
        "source_id": request,
        "status": "draft",
    }


def answered(draft: Mapping[str, Any], answers: Sequence[str], *, model: str, request: str) -> dict[str, Any]:
    """A draft, a row of an EXAMPLES frame, with a teacher's answers to it: its `parent` is the draft.

    Its `source_id` is the key of the request, which names the words that the teacher was asked with.
    """
    return {
        **draft,
        "id": content_id(draft["question"], draft["context"], answers),
        "answers": list(answers),
        "negative": None if answers else draft["negative"],
        "origin": TEACHER + model,
        "parent": draft["parent"] if draft["origin"].startswith(TEACHER) else draft["id"],
        "source_id": request,
        "status": "draft",
    }


def superseded(drafts: pl.DataFrame, answers: pl.DataFrame) -> list[str]:
    """The ids of what teachers answered before to the questions of some new answers."""
    before = drafts.filter(by_teacher()).join(answers.select(_ASKED), on=_ASKED, how="semi")
    return before.filter(~pl.col("id").is_in(answers["id"].implode()))["id"].to_list()


def about_the_same(drafts: pl.DataFrame, id: str) -> list[str]:
    """The ids of all drafts with the question and context of one."""
    one = drafts.filter(pl.col("id") == id).select(_ASKED)
    return drafts.join(one, on=_ASKED, how="semi")["id"].to_list()


def _reason() -> pl.Expr:
    """Why it is a draft: whose answer it is, and what left it in doubt."""
    did = pl.when(_is_paraphrase()).then(pl.lit("put in other words by ")).otherwise(pl.lit("answered by "))
    teacher = pl.when(by_teacher()).then(did + pl.col("origin").str.strip_prefix(TEACHER))
    told = pl.concat_str(teacher, coordinate(DOUBT), separator="; ", ignore_nulls=True)
    return pl.when(told == "").then(pl.lit("imported as a draft")).otherwise(told).alias("reason")
