"""What examples can be told apart by: their coordinates, and what is read off question, context and answers.

Every feature but the choice of frequent words follows from its row alone, by fixed classes, so that a question nobody
has answered yet falls into the same slice as the examples the slice was found on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from growloop.dataset.duplicates.words import Ints, WordSets, word_sets
from growloop.records.example import coordinate, coordinate_names
from growloop.universe.verification import IDLE

TEXT = "text."
"""Begins the name of a feature that is no coordinate."""
WORD = f"{TEXT}word."
"""Begins the name of a feature that says whether a word, or two words running, stand in the question."""
CLUSTER, RANK = f"{TEXT}cluster", f"{TEXT}rank"
QUESTION_WORDS, CONTEXT_WORDS, ANSWER_WORDS = (4, 8, 14), (50, 150, 400), (2, 6, 15)
"""Ends of the classes of length, in words."""
RANKS = (1, 3, 10)
FREQUENT_WORDS, FREQUENT_PAIRS = 20, 10
"""So many of the words, and of the pairs of words, that most questions hold become features."""
LEAST_FREQUENT = 5
MOST_FREQUENT_SHARE = 0.6
_WORDS = r"[\p{L}\p{N}]+(?:['’]\p{L}+)?"
_OPENINGS = r"(?:^|[.!?:]\s+)\P{L}*\p{L}+"
"""The first word of a sentence has a capital and yet is seldom a name."""
_NAMES = r"\b\p{Lu}\p{Ll}[\p{L}'’]*"


def features(
    examples: pl.DataFrame,
    predictions: pl.DataFrame | None = None,
    *,
    words: Sequence[str] | None = None,
    clusters: pl.Series | None = None,
) -> pl.DataFrame:
    """`id` and a String column for each feature, null where an example has none of its values; any examples do.

    Coordinates stand under their own names, what is read off the texts under `text.…`. `words` are looked for in the
    questions; by default those that many of these questions hold. `clusters` names, in row order, the cluster of each
    example's embedding. A column `rank`, of the retriever, counts where `examples` or `predictions` have one.
    """
    names = [name for name in coordinate_names(examples) if name != "id" and not name.startswith(TEXT)]
    texts = _texts(examples)
    found = examples.select("id", *(coordinate(name) for name in names))
    read = texts.select(*_shape(), *_lengths())
    frequent = _frequent(texts["words"]) if words is None else list(words)
    spoken = texts.select(_spoken(word) for word in dict.fromkeys(frequent))
    parts = [found, read, _overlap(examples), spoken, _ranks(examples, predictions)]
    if clusters is not None:
        parts.append(pl.DataFrame({CLUSTER: clusters.cast(pl.String)}))
    return pl.concat([part for part in parts if part.width], how="horizontal")


def matches_slice(where: Mapping[str, str]) -> pl.Expr:
    """True on the rows of a frame of features that lie in a slice; an empty `where` matches all."""
    return pl.all_horizontal([pl.lit(True), *(pl.col(key).eq_missing(pl.lit(value)) for key, value in where.items())])


def in_slices(
    examples: pl.DataFrame, wheres: Sequence[Mapping[str, str]], *, clusters: pl.Series | None = None
) -> list[pl.Series]:
    """For each slice which examples lie in it, in row order; none where one of its features cannot be told of them.

    `clusters` are those of the examples, as in `features`.
    """
    words = [key.removeprefix(WORD) for where in wheres for key in where if key.startswith(WORD)]
    found = features(examples, words=words, clusters=clusters)
    nowhere = pl.repeat(False, examples.height, dtype=pl.Boolean, eager=True)
    return [
        found.with_columns(matches_slice(where).alias("inside"))["inside"]
        if set(where) <= set(found.columns)
        else nowhere
        for where in wheres
    ]


def _texts(examples: pl.DataFrame) -> pl.DataFrame:
    """The question, its words, and how many words context and answer have; null where nobody has answered yet."""
    question, context = (pl.col(name).fill_null("") for name in ("question", "context"))
    answered = (pl.col("answers").list.len() > 0) | (pl.col("status") != "draft")
    answer = pl.when(answered).then(pl.col("answers").list.first().fill_null(""))
    texts = examples.select(
        question.alias("question"),
        question.str.to_lowercase().str.extract_all(_WORDS).alias("words"),
        context.str.count_matches(r"\S+").alias("context"),
        answer.str.count_matches(_WORDS).alias("answer"),
    )
    spaced = pl.concat_str(pl.lit(" "), pl.col("words").list.join(" "), pl.lit(" "))
    return texts.with_columns(spaced.alias("spaced"))


def _shape() -> list[pl.Expr]:
    """How the question begins and what it looks like."""
    question, words = pl.col("question"), pl.col("words")
    first_two = words.list.head(2)
    lower, upper = (question.str.contains(letters) for letters in (r"\p{Ll}", r"\p{Lu}"))
    case = pl.when(~upper & lower).then(pl.lit("lower")).when(upper & ~lower).then(pl.lit("upper"))
    return [
        words.list.first().alias(f"{TEXT}opening"),
        pl.when(first_two.list.len() == 2).then(first_two.list.join(" ")).alias(f"{TEXT}opening_pair"),
        case.when(upper).then(pl.lit("mixed")).alias(f"{TEXT}case"),
        _yes_no(question.str.contains("?", literal=True), f"{TEXT}question_mark"),
        _yes_no(question.str.contains(r"\p{P}"), f"{TEXT}punctuation"),
        _yes_no(question.str.contains(r"\p{N}"), f"{TEXT}digits"),
    ]


def _yes_no(claim: pl.Expr, name: str) -> pl.Expr:
    return pl.when(claim).then(pl.lit("yes")).otherwise(pl.lit("no")).alias(name)


def _lengths() -> list[pl.Expr]:
    return [
        _class_of(pl.col("words").list.len(), QUESTION_WORDS).alias(f"{TEXT}question_length"),
        _class_of(pl.col("context"), CONTEXT_WORDS).alias(f"{TEXT}context_length"),
        _class_of(pl.col("answer"), ANSWER_WORDS).alias(f"{TEXT}answer_length"),
    ]


def _class_of(count: pl.Expr, ends: Sequence[int]) -> pl.Expr:
    """The class of a count: `none`, `1-4`, `5-8`, `9 or more`; null stays null."""
    named: Any = pl.when(count == 0).then(pl.lit("none"))
    for low, high in pairwise((0, *ends)):
        text = f"{low + 1}-{high}" if low + 1 < high else f"{high}"
        named = named.when(count <= high).then(pl.lit(text))
    found: pl.Expr = named.when(count.is_not_null()).then(pl.lit(f"{ends[-1] + 1} or more"))
    return found


def _overlap(examples: pl.DataFrame) -> pl.DataFrame:
    """How much of what the question says the context says too, and whether it has the question's names."""
    questions, contexts = (examples[name].fill_null("") for name in ("question", "context"))
    names = questions.str.replace_all(_OPENINGS, " ").str.extract_all(_NAMES).list.join(" ")
    distinct = pl.DataFrame({"context": contexts}).unique(maintain_order=True).with_row_index("place")
    place = pl.DataFrame({"context": contexts}).join(distinct, on="context", maintain_order="left")["place"]
    sets = word_sets(pl.concat([questions, names, distinct["context"], pl.Series([" ".join(IDLE)])]))
    rows = len(questions)
    context = 2 * rows + place.to_numpy().astype(np.int64)
    (said, shared), (names_said, found) = (
        _shared(sets, np.arange(start, start + rows), context) for start in (0, rows)
    )
    counts = {"said": said, "shared": shared, "names": names_said, "found": found, "context": sets.sizes[context]}
    return pl.DataFrame(counts).select(
        _share_class().alias(f"{TEXT}overlap"), _names_class().alias(f"{TEXT}names_in_context")
    )


def _share_class() -> pl.Expr:
    share = pl.col("shared") / pl.col("said")
    named: Any = pl.when(share == 0).then(pl.lit("none")).when(share < 0.5).then(pl.lit("some"))
    named = named.when(share < 1).then(pl.lit("most")).otherwise(pl.lit("all"))
    return pl.when((pl.col("context") > 0) & (pl.col("said") > 0)).then(named)


def _names_class() -> pl.Expr:
    named = pl.when(pl.col("found") < pl.col("names")).then(pl.lit("not all")).otherwise(pl.lit("all"))
    return pl.when((pl.col("context") > 0) & (pl.col("names") > 0)).then(named)


def _shared(sets: WordSets, texts: Ints, others: Ints) -> tuple[Ints, Ints]:
    """How many words of each text say something, and how many of those its other text has."""
    said, told = sets.take(texts), sets.take(others)
    row = np.repeat(np.arange(len(texts)), said.sizes)
    telling = ~np.isin(said.words, sets.take(np.array([len(sets) - 1])).words)
    keys = (row << 32) | said.words
    other = (np.repeat(np.arange(len(others)), told.sizes) << 32) | told.words  # in order: by row, then by word
    place = np.minimum(np.searchsorted(other, keys), max(len(other) - 1, 0))
    found = telling & (other[place] == keys) if len(other) else np.zeros(len(keys), dtype=bool)
    return tuple(np.bincount(row[flags], minlength=len(texts)) for flags in (telling, found))  # type: ignore[return-value]


def _frequent(words: pl.Series) -> list[str]:
    """The words and pairs of neighbouring words that most questions hold, but for what says nothing."""
    rows = pl.DataFrame({"word": words}).with_row_index("row").explode("word").drop_nulls()
    following = pl.when(pl.col("row").shift(-1) == pl.col("row")).then(pl.col("word").shift(-1))
    rows = rows.with_columns(following.alias("following"))
    idle = sorted(set(IDLE))
    singles = rows.filter(~pl.col("word").is_in(idle))
    pairs = singles.filter(~pl.col("following").is_in(idle))
    pairs = pairs.select("row", word=pl.concat_str("word", "following", separator=" "))
    return _most_common(singles, FREQUENT_WORDS, len(words)) + _most_common(pairs, FREQUENT_PAIRS, len(words))


def _most_common(said: pl.DataFrame, most: int, questions: int) -> list[str]:
    counts = said.select("row", "word").unique().group_by("word").len()
    usual = pl.col("len").is_between(LEAST_FREQUENT, MOST_FREQUENT_SHARE * questions)
    return counts.filter(usual).sort("len", "word", descending=[True, False])["word"].head(most).to_list()


def _spoken(word: str) -> pl.Expr:
    return pl.when(pl.col("spaced").str.contains(f" {word} ", literal=True)).then(pl.lit("yes")).alias(f"{WORD}{word}")


def _ranks(examples: pl.DataFrame, predictions: pl.DataFrame | None) -> pl.DataFrame:
    """The class of the rank at which the retriever had the context, where one is told."""
    for frame in (examples, predictions):
        if frame is not None and "rank" in frame.columns:
            ranks = examples.select("id").join(frame.select("id", "rank"), on="id", how="left", maintain_order="left")
            return ranks.select(_class_of(pl.col("rank"), RANKS).alias(RANK))
    return pl.DataFrame()
