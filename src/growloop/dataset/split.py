"""Dealing examples to train, validation and test so that no fact is seen from two sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import polars as pl

from growloop.dataset.duplicates import connected, with_keys
from growloop.errors import BadDeclaration, Leakage
from growloop.records.example import is_answerable


def split_by_group(examples: pl.DataFrame, shares: Mapping[str, float], *, seed: int) -> pl.DataFrame:
    """The same examples with `split` filled, so that no group and no text is seen from two sides.

    Groups move whole, and together with groups that share a text with them; largest first, to the split
    furthest below its share, counting answerable and unanswerable questions apart. Shares are approximate when
    groups are big. Examples bound to a side take their whole group there; the shares are of all others, so that
    bringing in what is bound to test does not keep the rest out of it.
    Raises Leakage where a group is bound to two sides.

    >>> from growloop.records.example import examples_frame
    >>> toy = examples_frame({"question": list("abcdef"), "group": list("AABBBC")})
    >>> split_by_group(toy, {"train": 0.5, "test": 0.5}, seed=0).select("group", "split").unique().height
    3
    """
    wanted = {side: share for side, share in shares.items() if share > 0}
    if not wanted:
        raise BadDeclaration("split: no side has a share above 0; give at least train one.")
    families = family(examples)
    sides = _deal(_sizes(examples, families), wanted, seed)
    dealt = families.replace_strict(list(sides), list(sides.values()), return_dtype=pl.String)
    return examples.with_columns(dealt.alias("split"))


def family(examples: pl.DataFrame) -> pl.Series:
    """For each example the name of what has to stay together with it: groups linked by shared texts."""
    named = with_keys(examples).select(
        pl.when(pl.col("group") == "").then(pl.format("text:{}", "place_key")).otherwise("group").alias("group"),
        "place_key",
    )
    linked = named.unique().group_by("place_key").agg(pl.col("group").sort()).filter(pl.col("group").list.len() > 1)
    pairs = [(groups[0], other) for groups in linked["group"].to_list() for other in groups[1:]]
    roots = connected(pairs)
    return named["group"].replace(list(roots), list(roots.values())).alias("family")


def _sizes(examples: pl.DataFrame, families: pl.Series) -> pl.DataFrame:
    """Each family with its answerable and unanswerable examples and the side it is bound to. Raises Leakage."""
    sizes = (
        examples.with_columns(families)
        .group_by("family")
        .agg(
            is_answerable().sum().alias("answerable"),
            (~is_answerable()).sum().alias("unanswerable"),
            pl.col("split").drop_nulls().unique().sort().alias("sides"),
            pl.col("group").min(),
        )
        .sort("family")
    )
    torn = sizes.filter(pl.col("sides").list.len() > 1)
    if torn.height:
        first = torn.row(0, named=True)
        raise Leakage(
            f'{torn.height:,} of {sizes.height:,} groups are bound to more than one side (first: "{first["group"]}": '
            f"{', '.join(first['sides'])}). Scores would look better than they are.\n"
            f"  Bind all examples of a group, and of a context, to one side, or leave their `split` empty."
        )
    return sizes.with_columns(pl.col("sides").list.first().alias("side"))


def _deal(sizes: pl.DataFrame, shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """The side of each family."""
    bound = sizes.drop_nulls("side")
    sides: dict[str, str] = dict(zip(bound["family"], bound["side"], strict=True))

    free = sizes.filter(pl.col("side").is_null())
    totals = free.select(pl.col("answerable", "unanswerable").sum()).row(0)
    order = list(free.select("family", "answerable", "unanswerable").iter_rows())
    Random(seed).shuffle(order)
    order.sort(key=lambda item: -(item[1] + item[2]))

    lacking = {side: [share / sum(shares.values())] * 2 for side, share in shares.items()}
    for name, *counts in order:
        neediest = max(lacking, key=lambda side: sum(n * lack for n, lack in zip(counts, lacking[side], strict=True)))
        sides[name] = neediest
        _fill(lacking[neediest], counts, totals)
    return sides


def _fill(lacking: list[float], counts: Sequence[int], totals: Sequence[int]) -> None:
    """Take a family off what a side still lacks, as shares of all answerable and of all unanswerable examples."""
    for kind, (count, total) in enumerate(zip(counts, totals, strict=True)):
        lacking[kind] -= count / max(total, 1)
