"""Dealing examples to train, validation and test so that no fact is seen from two sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import mul
from random import Random

import polars as pl

from growloop.dataset.duplicates import with_keys
from growloop.dataset.kinship import Texts, family, links, merged
from growloop.errors import BadDeclaration, Leakage
from growloop.records.example import EXAMPLES, coordinate, is_answerable

SPREAD = 20
"""A slice can be dealt evenly only if so many families have part in it."""


def split_by_group(
    examples: pl.DataFrame,
    shares: Mapping[str, float],
    *,
    seed: int,
    slices: Sequence[str] = (),
    texts: Texts | None = None,
) -> pl.DataFrame:
    """The same examples with `split` filled, so that no group and no text is seen from two sides.

    Groups move whole, and together with groups that share a text with them; with `texts` also with those that
    nearly repeat theirs, descend from the same example, or have a long and rare answer in common. Largest first,
    to the split furthest below its share, counting answerable and unanswerable questions and each of `slices`
    apart. Shares are approximate when groups are big. Examples bound to a side take their whole family there; the
    shares are of all others, so that bringing in what is bound to test does not keep the rest out of it.
    Raises Leakage where a group or a text is bound to two sides; what is merely alike stays where it is bound.

    >>> from growloop.records.example import examples_frame
    >>> toy = examples_frame({"question": list("abcdef"), "group": list("AABBBC")})
    >>> split_by_group(toy, {"train": 0.5, "test": 0.5}, seed=0).select("group", "split").unique().height
    3
    """
    wanted = {side: share for side, share in shares.items() if share > 0}
    if not wanted:
        raise BadDeclaration("split: no side has a share above 0; give at least train one.")
    keyed = with_keys(examples)
    families = family(keyed)
    sides: dict[str, str] = _bound(examples, families)
    if texts is not None:
        names = families.unique().to_list()
        together = merged({name: sides.get(name) for name in names}, links(keyed, families, texts))
        sides = {together[name]: side for name, side in sides.items()}
        families = families.replace_strict(list(together), list(together.values()), return_dtype=pl.String)
    sides |= _deal(_free(examples, families, slices, sides), wanted, seed)
    dealt = families.replace_strict(list(sides), list(sides.values()), return_dtype=pl.String)
    return examples.with_columns(dealt.alias("split"))


def keep_sides(examples: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Bind examples to the side their text or group had in an earlier version; a side of their own stays.

    Without this a new group could push old ones to other sides, and no two versions could be compared.
    """
    known = with_keys(before).select("group", "place_key", "split").drop_nulls("split")
    by_text = known.group_by("place_key").agg(pl.col("split").first().alias("of_text"))
    by_group = known.filter(pl.col("group") != "").group_by("group").agg(pl.col("split").first().alias("of_group"))
    placed = (
        with_keys(examples)
        .join(by_text, on="place_key", how="left", maintain_order="left")
        .join(by_group, on="group", how="left", maintain_order="left")
    )
    return placed.with_columns(pl.coalesce("split", "of_text", "of_group").alias("split")).select(EXAMPLES.names())


def _bound(examples: pl.DataFrame, families: pl.Series) -> dict[str, str]:
    """The side each family is bound to, of those that are. Raises Leakage where there are two."""
    sides = (
        examples.select(families, "group", "split")
        .group_by("family")
        .agg(pl.col("split").drop_nulls().unique().sort(), pl.col("group").min())
        .sort("family")
    )
    torn = sides.filter(pl.col("split").list.len() > 1)
    if torn.height:
        first = torn.row(0, named=True)
        raise Leakage(
            f'{torn.height:,} of {sides.height:,} groups are bound to more than one side (first: "{first["group"]}": '
            f"{', '.join(first['split'])}). Scores would look better than they are.\n"
            f"  Bind all examples of a group, and of a context, to one side, or leave their `split` empty."
        )
    bound = sides.filter(pl.col("split").list.len() == 1)
    return dict(bound.select("family", pl.col("split").list.first()).iter_rows())


def _free(examples: pl.DataFrame, families: pl.Series, slices: Sequence[str], bound: Mapping[str, str]) -> pl.DataFrame:
    """The families to be dealt: how many examples each has, and of which kinds, as lists."""
    kinds = {"": pl.when(is_answerable()).then(pl.lit("answerable")).otherwise(pl.lit("unanswerable"))}
    kinds |= {name: coordinate(name) for name in slices}
    named = examples.select(families, *(kind.alias(f"kind:{name}") for name, kind in kinds.items()))
    free = named.filter(~pl.col("family").is_in(list(bound)))
    counted = []
    for name in kinds:
        column = pl.col(f"kind:{name}")
        counts = free.drop_nulls(f"kind:{name}").group_by("family", column.alias("kind")).len()
        spread = counts.filter((pl.len().over("kind") >= SPREAD) | (pl.lit(name) == ""))
        counted.append(spread.select("family", pl.format("{}:{}", pl.lit(name), "kind").alias("kind"), "len"))
    of_kinds = pl.concat(counted).sort("kind").group_by("family").agg("kind", "len")
    return free.group_by("family").agg(pl.len().alias("examples")).join(of_kinds, on="family").sort("family")


def _deal(free: pl.DataFrame, shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """The side of each family."""
    order = list(free.select("family", "examples", "kind", "len").iter_rows())
    Random(seed).shuffle(order)
    order.sort(key=lambda item: -item[1])

    counted = free.select("kind", "len").explode("kind", "len").group_by("kind").agg(pl.col("len").sum())
    totals: dict[str, int] = dict(counted.iter_rows())
    sides = list(shares)
    lacking = [dict.fromkeys(totals, share / sum(shares.values())) for share in shares.values()]
    looks = [lack.__getitem__ for lack in lacking]
    dealt: dict[str, str] = {}
    for name, _, kinds, counts in order:
        needs = [sum(map(mul, counts, map(look, kinds))) for look in looks]
        neediest = needs.index(max(needs))
        dealt[name] = sides[neediest]
        lack = lacking[neediest]
        for kind, count in zip(kinds, counts, strict=True):
            lack[kind] -= count / totals[kind]
    return dealt
