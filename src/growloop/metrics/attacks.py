"""Answers that deserve nothing, made from this very dataset: what does a metric give them?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from growloop.metrics.polarity import opposites
from growloop.records.example import is_answerable


@dataclass(frozen=True)
class Attack:
    """A way to answer every question without understanding any."""

    name: str
    about: str
    """How a sentence about it starts."""
    predict: Callable[[pl.DataFrame, np.random.Generator], pl.Series]
    knows_gold: bool = False
    """Made from accepted answers, so nothing a model could do: it is put to answerable examples alone, and shows what
    the metric overlooks. The others are tricks a model could win by."""
    abstains: bool = False


def _constant(text: str) -> Callable[[pl.DataFrame, np.random.Generator], pl.Series]:
    return lambda examples, _: pl.Series("prediction", [text], dtype=pl.String).new_from_index(0, examples.height)


def gold(examples: pl.DataFrame) -> pl.Series:
    """The first accepted answer of each example, "" where there is none."""
    return examples["answers"].list.first().fill_null("")


def _and_opposite(examples: pl.DataFrame, _: np.random.Generator) -> pl.Series:
    answers = gold(examples)
    return answers + " " + opposites(answers)


def _shuffled(examples: pl.DataFrame, generator: np.random.Generator) -> pl.Series:
    words = examples.select("id", word=gold(examples).str.split(" ")).with_row_index("row").explode("word")
    mixed = words[generator.permutation(words.height)]
    return mixed.group_by("row").agg(pl.col("word").str.join(" ")).sort("row")["word"]


def _of_another(examples: pl.DataFrame, generator: np.random.Generator) -> pl.Series:
    """Everybody gets the answer of the next in a random round; a lone example gets its own."""
    order = generator.permutation(examples.height)
    taken = np.empty_like(order)
    taken[order] = np.roll(order, 1)
    return gold(examples)[taken]


ATTACKS = (
    Attack("empty", "answering nothing", _constant(""), abstains=True),
    Attack("abstain", "always abstaining", _constant(""), abstains=True),
    Attack("question", "repeating the question", lambda examples, _: examples["question"].fill_null("")),
    Attack("context", "copying the context", lambda examples, _: examples["context"].fill_null("")),
    Attack("and_opposite", "the right answer followed by its opposite", _and_opposite, knows_gold=True),
    Attack(
        "opposite", "the opposite of the right answer", lambda examples, _: opposites(gold(examples)), knows_gold=True
    ),
    Attack("shuffled", "the right words in random order", _shuffled, knows_gold=True),
    Attack("other_gold", "the right answer to another question", _of_another, knows_gold=True),
)


def attacked(attack: Attack, examples: pl.DataFrame, abstain_answer: str, seed: int = 0) -> pl.DataFrame:
    """The examples it is put to with what it says, a frame of the columns of ROWS."""
    put_to = examples.filter(is_answerable()) if attack.knows_gold else examples
    said = attack.predict(put_to, np.random.default_rng(seed)).alias("prediction")
    if attack.name == "abstain":
        said = _constant(abstain_answer)(put_to, np.random.default_rng(seed))
    silent = (
        pl.Series("abstained", said.str.strip_chars() == "") if not attack.abstains else pl.lit(True).alias("abstained")
    )
    return put_to.select("question", "context", "answers").with_columns(said, silent)
