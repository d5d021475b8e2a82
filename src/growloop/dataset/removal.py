"""Leaving out what repeats another example, each with the name of what it repeats."""

from __future__ import annotations

import polars as pl

from growloop.dataset.duplicates import kept_rows, near_duplicates, with_keys
from growloop.dataset.kinship import Texts

REMOVED = pl.Schema(
    {"id": pl.String, "question": pl.String, "repeats": pl.String, "how": pl.String, "jaccard": pl.Float64}
)
"""Examples left out: the `id` of the kept example each `repeats`, how, and how alike the words compared are."""

REPEATED = "repeated"
"""The same question about the same context."""
NEARLY = "nearly repeated"
"""Nearly the same question about nearly the same context, with the same answers and coordinates."""
HELD_OUT = "too near to held-out"
"""Bound to a side though its text nearly repeats one that is held out more strictly."""

_GUARD = pl.col("split").replace_strict(["test", "validation", "train"], [0, 1, 2], return_dtype=pl.Int8)
"""Who is kept first."""


def without_repeats(examples: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One example for each question and context, and a REMOVED frame of the others."""
    keyed = with_keys(examples).with_row_index("row")
    kept = keyed[kept_rows(keyed)]
    gone = keyed.join(kept, on="row", how="anti")
    named = gone.join(kept.select("question_key", repeats="id"), on="question_key")
    removed = named.with_columns(how=pl.lit(REPEATED), jaccard=pl.lit(1.0)).sort("id")
    return kept.drop("row"), removed.select(REMOVED.names())


def without_near_repeats(
    examples: pl.DataFrame, texts: Texts, known: pl.Series | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One of the examples that nearly repeat each other, and a REMOVED frame of the others.

    Questions and contexts must both be alike, and answers and coordinates the same: what a template made of two
    slot values differs in one word and is another question. What is held out is kept first, then what a version
    knew (`known`: its ids), then the smaller id. What a person annotated is never left out.
    """
    is_known = pl.col("id").is_in([] if known is None else known.implode())
    order = [~(pl.col("origin") == "annotation"), _GUARD, ~is_known, pl.col("id")]
    placed = with_keys(examples).sort(order).join(texts.keys, on="place_key", how="left", maintain_order="left")
    same = pl.struct(pl.col("answers").list.sort(), "where", "negative").hash(seed=0).rank("dense").cast(pl.Int64)
    placed = placed.with_columns(same=same)
    pairs = near_duplicates(placed["question"], texts.similarity, within=placed["same"])
    facts = placed.select("id", "question", "origin", "place_key", "set").with_row_index("row")
    close = (
        pairs.join(facts, left_on="left", right_on="row")
        .join(facts, left_on="right", right_on="row", suffix="_2")
        .with_columns(one=pl.min_horizontal("set", "set_2"), two=pl.max_horizontal("set", "set_2"))
        .join(_pairs(texts), left_on=["one", "two"], right_on=["left", "right"], how="left", suffix="_text")
        .filter(_same_text() | pl.col("jaccard_text").is_not_null(), pl.col("origin_2") != "annotation")
        .sort("left", "right")
    )
    return _left_out(examples, close)


def _same_text() -> pl.Expr:
    return (pl.col("place_key") == pl.col("place_key_2")) | ((pl.col("set") == pl.col("set_2")) & (pl.col("set") >= 0))


def _left_out(examples: pl.DataFrame, close: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is left when of each pair, taken in order, the second goes if the first was kept."""
    gone: dict[str, tuple[str, str, str, str, float]] = {}
    for one, other, question, jaccard in close.select("id", "id_2", "question_2", "jaccard").iter_rows():
        if one not in gone and other not in gone:
            gone[other] = (other, question, one, NEARLY, jaccard)
    removed = pl.DataFrame(list(gone.values()), schema=REMOVED, orient="row").sort("id")
    return examples.join(removed, on="id", how="anti", maintain_order="left"), removed


def without_held_out(examples: pl.DataFrame, texts: Texts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Examples whose text nearly repeats none that is held out more strictly, and a REMOVED frame of the others."""
    rest, removed = examples, [REMOVED.to_frame()]
    for guard in (1, 2):  # validation gives way to test, then train to what is left of both
        removed.append(_too_near(rest, texts, guard))
        rest = rest.join(removed[-1], on="id", how="anti", maintain_order="left")
    return rest, pl.concat(removed).sort("id")


def _too_near(examples: pl.DataFrame, texts: Texts, guard: int) -> pl.DataFrame:
    """The examples of one side whose text nearly repeats one of a side before it."""
    placed = with_keys(examples).join(texts.keys, on="place_key").filter(pl.col("set") >= 0)
    placed = placed.with_columns(_GUARD.alias("guard"))
    first = placed.sort("guard", "id").unique("set", keep="first", maintain_order=True)
    guards = first.filter(pl.col("guard") < guard).select("set", repeats="id", by="guard")
    pairs = _pairs(texts)
    swapped = pairs.select(left="right", right="left", jaccard="jaccard")
    own = guards.select(left="set", right="set", jaccard=pl.lit(1.0))
    near = pl.concat([pairs, swapped, own]).join(guards, left_on="left", right_on="set")
    hit = placed.filter(pl.col("guard") == guard).join(near, left_on="set", right_on="right")
    nearest = hit.sort("by", -pl.col("jaccard"), "repeats").unique("id", keep="first", maintain_order=True)
    return nearest.with_columns(how=pl.lit(HELD_OUT)).select(REMOVED.names())


def _pairs(texts: Texts) -> pl.DataFrame:
    return pl.DataFrame({"left": texts.alike.left, "right": texts.alike.right, "jaccard": texts.alike.jaccard})
