"""What every form is made from: the words of question, context and answer, and the `growloop` object.

The object holds the fields of an Example that a form has no place for, so that importing what was exported gives
the same examples again.
"""

from __future__ import annotations

import polars as pl

from growloop.records.example import coordinate, coordinate_names

KEPT = ("id", "answers", "negative", "group", "split", "origin", "parent", "source_id", "status")
"""The columns of Example in the `growloop` object, beside `where`."""
QUESTION_MARK = "\n\nQuestion: "
"""What stands between context and question in the text a model is asked with."""


def with_growloop(examples: pl.DataFrame, *, in_one_text: bool = False) -> pl.DataFrame:
    """The examples with their `growloop` object; `where` is an object of all coordinates, null where one is absent.

    `in_one_text`: the form has question and context in one text, so the object holds them apart.
    """
    names = coordinate_names(examples)
    where = (pl.struct([coordinate(name) for name in names]) if names else pl.lit(None, pl.String)).alias("where")
    texts = ["question", "context"] if in_one_text else ["question"] if _has_outer_space(examples["question"]) else []
    return examples.with_columns(pl.struct([*map(pl.col, (*KEPT, *texts)), where]).alias("growloop"))


def own(examples: pl.DataFrame) -> list[str]:
    """The name of the `growloop` object where the examples have it: a plain export goes without."""
    return [name for name in ("growloop",) if name in examples.columns]


def asked() -> pl.Expr:
    """Context and question as one text, in the order and words in which growloop itself asks."""
    question = pl.format("Question: {}", "question")
    whole = pl.format("Context: {}" + QUESTION_MARK + "{}", "context", "question")
    return pl.when(pl.col("context") == "").then(question).otherwise(whole)


def answered(abstain_answer: str) -> pl.Expr:
    """The first answer, or what the task says when it does not know."""
    return pl.col("answers").list.first().fill_null(abstain_answer)


def _has_outer_space(questions: pl.Series) -> bool:
    """True where a reader that trims questions would change one."""
    return any(question != question.strip() for question in questions.to_list())
