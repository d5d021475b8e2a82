"""Verdicts nobody has to give: answers that are right or wrong by the way they were made from accepted ones.

right   accepted, alias (one of several, held against the others), sentence (one with words around it)
wrong   other (the answer to another question, worded alike), other_sentence, number (its first number exchanged),
        opposite, and_opposite (followed by its opposite), question, context, silence

An answer with one word exchanged is none of them: people accept many a name that differs in a word, and a judge that
learned otherwise agreed with them less.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from growloop.metrics.answers import normalise_all
from growloop.metrics.polarity import opposites
from growloop.records.agreement import VERDICTS

MADE_BY = "construction"
"""The annotator of these verdicts."""
MADE = "made"
"""The coordinate that tells how an answer was made."""
_AROUND = ("It is {}.", "The answer is {}.", "That would be {}, as far as I know.", "{}, according to the text.")
"""What is said around an answer in a sentence."""
_NUMBER = r"\d+"


def constructed(examples: pl.DataFrame, abstain_answer: str = "", *, seed: int = 0) -> pl.DataFrame:
    """A VERDICTS frame made from answerable examples; `where` tells how each answer was made. Any number of rows.

    Wrong answers that share their words with an accepted one are left out, since they may be right.
    """
    asked = examples.filter(pl.col("answers").list.len() > 0).select("question", "context", "answers")
    if asked.is_empty():
        return pl.DataFrame(schema=VERDICTS)
    generator = np.random.default_rng(seed)
    said = asked.with_columns(answer=pl.col("answers").list.first(), other=_of_neighbours(asked, generator))
    parts = [*_right(asked, generator), *_wrong(said, abstain_answer, generator)]
    return pl.concat([_verdicts(part, kind, verdict) for kind, verdict, part in parts])


def _verdicts(part: pl.DataFrame, kind: str, verdict: float) -> pl.DataFrame:
    where = pl.lit([{"key": MADE, "value": kind}], dtype=VERDICTS["where"])
    made = part.with_columns(verdict=pl.lit(verdict), annotator=pl.lit(MADE_BY), where=where)
    return made.filter(pl.col("prediction").is_not_null()).select(list(VERDICTS)).cast(dict(VERDICTS))  # type: ignore[arg-type]


_Part = tuple[str, float, pl.DataFrame]


def _right(asked: pl.DataFrame, generator: np.random.Generator) -> Iterator[_Part]:
    each = asked.with_columns(prediction=pl.col("answers")).explode("prediction")
    yield "accepted", 1.0, each
    rest = each.with_columns(pl.col("answers").list.set_difference(pl.concat_list("prediction")))
    yield "alias", 1.0, rest.filter(_shares_words(rest, "prediction"))  # else they answer it in different senses
    yield "sentence", 1.0, each.with_columns(_in_sentence(each["prediction"], generator))


def _wrong(said: pl.DataFrame, abstain_answer: str, generator: np.random.Generator) -> Iterator[_Part]:
    other = said.with_columns(prediction="other").filter(~_shares_words(said))
    yield "other", 0.0, other
    yield "other_sentence", 0.0, other.with_columns(_in_sentence(other["prediction"], generator))
    yield "number", 0.0, _number_exchanged(said, generator)
    turned = opposites(said["answer"])
    yield "opposite", 0.0, said.with_columns(prediction=turned)
    yield "and_opposite", 0.0, said.with_columns(prediction=said["answer"] + " " + turned)
    yield "question", 0.0, said.with_columns(prediction="question")
    yield "context", 0.0, said.with_columns(prediction="context").filter(pl.col("context") != "")
    yield "silence", 0.0, said.with_columns(prediction=pl.lit(abstain_answer or "I don't know."))


def _of_neighbours(asked: pl.DataFrame, generator: np.random.Generator) -> pl.Series:
    """An answer to a question that begins as the row's does, found a few places further in alphabetical order."""
    order = asked["question"].str.to_lowercase().arg_sort().to_numpy()
    taken = np.empty_like(order)
    places = np.arange(order.size) + generator.integers(1, 4, order.size)
    taken[order] = order[places % order.size]
    return asked["answers"].list.first()[taken]


def _in_sentence(answers: pl.Series, generator: np.random.Generator) -> pl.Series:
    drawn = generator.integers(len(_AROUND), size=len(answers)).tolist()
    pairs = zip(drawn, answers.to_list(), strict=True)
    return pl.Series("prediction", [_AROUND[number].format(answer.rstrip(".")) for number, answer in pairs])


def _shares_words(said: pl.DataFrame, column: str = "other") -> pl.Series:
    """True where the answer in a column has a word of an accepted one."""
    accepted = said["answers"].list.join(" ")
    pairs = zip(normalise_all(said[column]), normalise_all(accepted), strict=True)
    return pl.Series("shares", [bool(set(one.split()) & set(two.split())) for one, two in pairs], dtype=pl.Boolean)


def _number_exchanged(said: pl.DataFrame, generator: np.random.Generator) -> pl.DataFrame:
    """Answers whose first number is another by 1 to 9, where no accepted answer has that one."""
    number = pl.col("answer").str.extract(f"({_NUMBER})").str.slice(0, 9).cast(pl.Int64)
    changed = said.with_columns(number=number + pl.Series(generator.integers(1, 10, said.height)))
    changed = changed.drop_nulls("number").with_columns(pl.col("number").cast(pl.String))
    fresh = ~pl.col("answers").list.join(" ").str.contains(pl.col("number"), literal=True)
    made = pl.col("answer").str.replace(_NUMBER, pl.col("number"))
    return changed.filter(fresh).with_columns(prediction=made)
