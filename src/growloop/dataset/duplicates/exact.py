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
    contexts = examples.select("context").unique()  # most questions share theirs with others
    contexts = contexts.with_columns(clean=normalised(contexts["context"])).with_columns(lower=_lower("clean"))
    texts = examples.select(normalised(examples["question"]), "context")
    placed = texts.join(contexts, on="context", how="left", maintain_order="left", nulls_equal=True)
    place = pl.when(pl.col("clean") != "").then("lower").otherwise(_lower("question"))
    return examples.with_columns(
        placed.select(
            pl.struct("question", pl.col("clean").alias("context")).hash(seed=0).alias("question_key"),
            place.alias("place_key"),
        )
    )


def _lower(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().hash(seed=0)


def normalised(texts: pl.Series) -> pl.Series:
    """Texts in which only differences that mean something are left: NFC, single spaces, no spaces at the ends.

    Case and punctuation stay: a question without its question mark is another test of the model.

    >>> normalised(pl.Series([" Dogs  allowed?\\n"])).item()
    'Dogs allowed?'
    """
    different = texts.filter(texts.str.contains(_UNUSUAL)).unique()  # normalising is slow beside looking for the few
    clean = _composed(different).str.replace_all(r"\s+", " ").str.strip_chars()
    changed = different != clean
    return texts.replace(different.filter(changed), clean.filter(changed)) if changed.any() else texts


def _composed(texts: pl.Series) -> pl.Series:
    """NFC; ASCII is that already."""
    foreign = (texts.str.len_bytes() != texts.str.len_chars()).arg_true()
    return texts.clone().scatter(foreign, texts.gather(foreign).str.normalize("NFC")) if foreign.len() else texts


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
