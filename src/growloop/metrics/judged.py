"""Answers with what people said about each, made of single verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from growloop.errors import NothingToDo
from growloop.metrics import Metric, score
from growloop.metrics.answer_style import answer_style
from growloop.metrics.answers import is_abstention
from growloop.records.example import examples_frame

_ANSWER = ("question", "context", "accepted", "prediction", "place")


@dataclass(frozen=True)
class Judged:
    """Answers, scored by each metric, and all verdicts on them."""

    answers: pl.DataFrame
    """`answer` (its number), `asked` (its question's), `verdict` (the mean), `style`, `where`, `score:METRIC` …"""
    verdicts: pl.DataFrame
    """`answer`, `asked`, `annotator`, `verdict`."""

    def at(self, chosen: pl.Expr) -> Judged:
        """Some of the answers."""
        answers = self.answers.filter(chosen)
        return Judged(answers, self.verdicts.join(answers.select("answer"), on="answer", how="semi"))


def is_right() -> pl.Expr:
    """True where a verdict, or the mean of several, says correct."""
    return pl.col("verdict") > 0.5


def is_decided() -> pl.Expr:
    """False where a verdict is half right, or as many people say correct as wrong."""
    return (pl.col("verdict") - 0.5).abs() > 1e-9


def judged_answers(verdicts: pl.DataFrame, metrics: Sequence[Metric], abstain_answer: str = "") -> Judged:
    """The answers that a VERDICTS frame is about, scored by each metric. Raises NothingToDo where there is none.

    Of several verdicts of one person on one answer the last counts. The same words said at two places of the data
    are two answers.
    """
    if verdicts.is_empty():
        raise NothingToDo("There are no verdicts on answers to hold the metrics against.")
    keyed = verdicts.with_columns(accepted=pl.col("answers").list.join("\x1f"), place=_place())
    last = keyed.unique([*_ANSWER, "annotator"], keep="last", maintain_order=True)
    last = last.with_columns(answer=_number(*_ANSWER), asked=_number("question", "context"))
    first = pl.col("asked", "question", "context", "answers", "prediction", "where").first()
    answers = last.group_by("answer").agg(first, pl.col("verdict").mean()).sort("answer")
    single = last.select("answer", "asked", "annotator", "verdict")
    return Judged(_scored(answers, metrics, abstain_answer), single)


def _number(*columns: str) -> pl.Expr:
    return pl.struct(columns).rank("dense").cast(pl.Int64)


def _place() -> pl.Expr:
    pair = pl.element().struct.field
    return pl.col("where").list.eval(pl.concat_str(pair("key"), pair("value"), separator="=")).list.join("\x1f")


def _scored(answers: pl.DataFrame, metrics: Sequence[Metric], abstain_answer: str) -> pl.DataFrame:
    silent = is_abstention(answers["prediction"], abstain_answer)
    given = answers.select("question", "context", "answers", "where", id=pl.col("answer").cast(pl.String))
    examples = examples_frame(given)
    predictions = pl.DataFrame([examples["id"], answers["prediction"], silent.rename("abstained")])
    scores = score(examples, predictions, metrics)
    style = answer_style(pl.col("prediction"), pl.lit(silent))
    return answers.with_columns(style, *(scores[metric.name].alias(f"score:{metric.name}") for metric in metrics))
