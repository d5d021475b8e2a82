"""Questions on which people's verdicts contradict each other, or the data."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from growloop.dataset.checks.disputed import words
from growloop.dataset.checks.own import Check
from growloop.dataset.checks.texts import excerpt, finding
from growloop.records.annotation import Annotation
from growloop.records.task import Task
from growloop.records.version import Finding, Severity

DISPUTED_VERDICTS = "disputed_verdicts"
_SAID = pl.Schema({"asked": pl.String, "place": pl.String, "who": pl.String, "answer": pl.String})
"""What someone holds to be right: an answer, or null where the question is held to be unanswerable."""
_DATA = "the data"
_ANONYMOUS = "someone"
_SHOWN_SPEAKERS = 4


def disputed_verdicts(annotations: Sequence[Annotation], data: pl.DataFrame) -> Check:
    """The check for questions that one person answers and another, or the data, calls unanswerable.

    `data` are the examples before they were corrected. Of each person the last word on a question counts; verdicts
    without a name are one person's.
    """

    def check(examples: pl.DataFrame, task: Task) -> list[Finding]:
        people = _people(annotations, task.abstain_answer)
        said = pl.concat([people, _from_data(data, people)])
        found = [
            _told(examples, people, "warning", "one person and unanswerable to another", *AGREE),
            _told(examples, said, "info", "a person and unanswerable in the data, or the reverse", *LOOK, apart=people),
        ]
        return [each for each in found if each]

    return check


AGREE = ("The last word counts.", "Let them agree, and one of them judge it again:  growloop serve")
LOOK = ("The person's word counts.", "Where the person is wrong, take the verdict back:  growloop serve")


def _people(annotations: Sequence[Annotation], abstain_answer: str) -> pl.DataFrame:
    """The last word of each person on each question and context."""
    names = ("id", "question", "context", "by", "shown_answer", "verdict", "answers")
    columns = {name: [getattr(given, name) for given in annotations if not given.withdrawn] for name in names}
    text = dict.fromkeys(names[1:-1], pl.String())
    given = pl.DataFrame(columns, schema={"id": pl.Int64(), **text, "answers": pl.List(pl.String)})
    right = (
        pl.when(pl.col("verdict") == "correct")
        .then(pl.concat_list("shown_answer"))
        .when(pl.col("verdict") == "unanswerable")
        .then(pl.lit([""], dtype=pl.List(pl.String)))
        .when(pl.col("verdict").is_in(["partly", "wrong"]) & (pl.col("answers").list.len() > 0))
        .then("answers")
    )
    silent = {"", " ".join(abstain_answer.lower().split())}
    spoken = ~pl.element().str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars().is_in(silent)
    who = pl.when(pl.col("by").str.strip_chars() == "").then(pl.lit(_ANONYMOUS)).otherwise("by")
    judged = given.with_columns(*_keys(), right=right, who=who).drop_nulls("right").filter(pl.col("asked") != "")
    last = judged.sort("id", maintain_order=True).unique(["asked", "place", "who"], keep="last", maintain_order=True)
    return last.with_columns(answer=pl.col("right").list.eval(pl.element().filter(spoken)).list.first())[[*_SAID]]


def _from_data(data: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """What the examples say that people judged; where they say both, both."""
    drawn = data.filter(pl.col("origin") != "annotation")
    asked = drawn.filter(words("question").is_in(people["asked"].implode())).with_columns(*_keys())
    about = asked.join(people, on=["asked", "place"], how="semi")
    said = about.with_columns(who=pl.lit(_DATA), answer=pl.col("answers").list.first())
    return said.select(*_SAID).unique(["asked", "place", pl.col("answer").is_null()], maintain_order=True)


def _keys() -> tuple[pl.Expr, pl.Expr]:
    place = pl.col("context").str.normalize("NFKC").str.replace_all(r"\s+", " ").str.strip_chars()
    return words("question").alias("asked"), place.alias("place")


def _told(
    examples: pl.DataFrame,
    said: pl.DataFrame,
    severity: Severity,
    to_whom: str,
    outcome: str,
    remedy: str,
    *,
    apart: pl.DataFrame | None = None,
) -> Finding | None:
    """A finding on the questions over which voices part; those over which the voices of `apart` do are left out."""
    torn = _torn(said) if apart is None else _torn(said).join(_torn(apart), on=["asked", "place"], how="anti")
    if torn.is_empty():
        return None
    questions = torn.select("asked", "place").unique(maintain_order=True)
    held = examples.filter(words("question").is_in(questions["asked"].implode())).with_columns(*_keys())
    hit = held.join(questions, on=["asked", "place"], how="semi")
    first = torn.join(questions.head(1), on=["asked", "place"], how="semi")
    name = excerpt(hit["question"][0]) if hit.height else first["asked"][0]
    message = (
        f'{questions.height:,} questions are answerable to {to_whom} (first: "{name}": {_voices(first)}). {outcome}'
    )
    return finding(DISPUTED_VERDICTS, severity, hit, message, remedy, count=questions.height)


def _torn(said: pl.DataFrame) -> pl.DataFrame:
    """What was said where some answer and others do not."""
    return said.filter(pl.col("answer").is_null().n_unique().over("asked", "place") > 1)


def _voices(said: pl.DataFrame) -> str:
    """Who said what: `ana says "yes", ben says unanswerable`."""
    rows = said.select("who", "answer").head(_SHOWN_SPEAKERS).iter_rows()
    return ", ".join(f"{who} says " + (f'"{excerpt(answer)}"' if answer else "unanswerable") for who, answer in rows)
