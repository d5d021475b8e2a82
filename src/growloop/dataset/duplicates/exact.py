"""Exact duplicates after normalisation, and the keys by which texts count as the same."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

_UNUSUAL = "[^ -~]|  |^ | $"
"""Found in every text that normalising can change: what is not ASCII, and spaces that are not single and inside."""


def with_keys(examples: pl.DataFrame) -> pl.DataFrame:
    """The examples with two columns more, by which texts count as the same; unchanged where they are there.

    `question_key` is equal for the same question about the same context. `place_key` is equal for the same
    text in whatever case, which must not straddle splits; without a context the question is the text.
    """
    if "question_key" in examples.columns:
        return examples
    question, context = normalised(examples["question"]), normalised(examples["context"])
    texts = pl.DataFrame([question.alias("question"), context.alias("context")])
    place = pl.when(pl.col("context") != "").then("context").otherwise("question")
    return examples.with_columns(
        texts.select(
            pl.struct("question", "context").hash(seed=0).alias("question_key"),
            place.str.to_lowercase().hash(seed=0).alias("place_key"),
        )
    )


def normalised(texts: pl.Series) -> pl.Series:
    """Texts in which only differences that mean something are left: NFC, single spaces, no spaces at the ends.

    Case and punctuation stay: a question without its question mark is another test of the model.

    >>> normalised(pl.Series([" Dogs  allowed?\\n"])).item()
    'Dogs allowed?'
    """
    different = texts.filter(texts.str.contains(_UNUSUAL)).unique()  # normalising is slow beside looking for the few
    clean = different.str.normalize("NFC").str.replace_all(r"\s+", " ").str.strip_chars()
    changed = different != clean
    return texts.replace(different.filter(changed), clean.filter(changed)) if changed.any() else texts


def drop_duplicates(examples: pl.DataFrame) -> pl.DataFrame:
    """One example for each question and context, in the order given.

    A person's annotation wins over what was drawn or imported; within the same kind the later wins.
    Doing it twice is the same as once.

    >>> from growloop.records.example import examples_frame
    >>> twice = examples_frame({"question": ["Dogs?", " Dogs? "], "context": ["c", "c"], "answers": [["yes"], ["no"]]})
    >>> drop_duplicates(twice)["answers"].to_list()
    [['no']]
    """
    return examples[kept_rows(examples)]


def kept_rows(examples: pl.DataFrame) -> pl.Series:
    """The rows that are left without duplicates, ascending."""
    order = pl.struct(pl.col("origin") == "annotation", pl.int_range(pl.len())).alias("order")
    numbered = with_keys(examples).select("question_key", order).with_row_index("row")
    return numbered.sort("order").unique("question_key", keep="last", maintain_order=True)["row"].sort()


def connected(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The name of the family each linked name belongs to: the smallest name among those linked.

    >>> connected([("b", "a"), ("b", "c"), ("x", "y")])
    {'b': 'a', 'a': 'a', 'c': 'a', 'x': 'x', 'y': 'x'}
    """
    above: dict[str, str] = {}

    def root(name: str) -> str:
        above.setdefault(name, name)
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for one, other in pairs:
        first, second = root(one), root(other)
        above[max(first, second)] = min(first, second)
    return {name: root(name) for name in above}
