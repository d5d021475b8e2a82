"""Which examples belong together: by group and text, and by what nearly repeats, descends or answers the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from growloop.dataset.duplicates import Alike, alike, connected, with_keys
from growloop.records.example import SPLITS

TELLING_WORDS = 5
"""An answer of so many words that two texts share is more than chance."""
TELLING_LETTERS = 4
"""Between questions that are alike already, a shorter answer tells; `yes` and `no` never do."""
COMMON = 10
"""An answer that more texts share than this is a form of words, not a fact."""

SHORTEST = 50
"""Contexts of fewer characters are compared as they stand: where one says two things, one other word is half of it."""

LINKS = pl.Schema({"one": pl.String, "other": pl.String, "strength": pl.Float64})
"""Families that should stand on one side, and how alike they are."""


@dataclass(frozen=True)
class Texts:
    """The different texts of some examples: contexts, or questions without one, and which nearly repeat each other.

    Contexts are alike by their words. Questions without a context are alike only if a telling answer is the same,
    too: "Who rules Spain?" and "Who rules France?" share most words and no fact.
    """

    similarity: float
    keys: pl.DataFrame
    """`place_key` of each text and its number in `alike`."""
    alike: Alike

    @classmethod
    def of(cls, examples: pl.DataFrame, similarity: float) -> Texts:
        texts = _different_texts(with_keys(examples))
        comparable = pl.when(pl.col("part").is_not_null()).then("text").otherwise(pl.lit(""))
        found = alike(texts.select(comparable.alias("text"))["text"], similarity, within=texts["part"].fill_null(0))
        keys = texts.select("place_key", set=pl.Series(found.of, dtype=pl.Int64))
        return cls(similarity, keys, found)

    def sides(self, examples: pl.DataFrame, side: str = "split") -> pl.DataFrame:
        """The number of each text in `alike` and its side; a text on two sides comes twice."""
        seen = with_keys(examples).select("place_key", side).unique()
        return seen.join(self.keys, on="place_key").filter(pl.col("set") >= 0).select("set", side)


def _different_texts(examples: pl.DataFrame) -> pl.DataFrame:
    """Each text once, with the number of the part it is compared within: 0 for contexts, null for not at all."""
    without = pl.col("context").str.strip_chars() == ""
    texts = examples.group_by("place_key").agg(
        pl.when(without).then("question").otherwise("context").first().alias("text"),
        without.all().alias("without"),
        _answer().min().alias("answer"),
    )
    rare = pl.len().over("answer").is_between(1, COMMON)
    tells = rare & (pl.col("answer").str.len_chars() >= TELLING_LETTERS)
    answered = pl.when(tells).then(pl.col("answer").hash(seed=0).clip(1, 2**63 - 1).cast(pl.Int64))
    long_enough = pl.when(pl.col("text").str.len_chars() >= SHORTEST).then(0)
    return texts.sort("place_key").with_columns(part=pl.when("without").then(answered).otherwise(long_enough))


def _answer() -> pl.Expr:
    """The first answer as it is compared; null without one."""
    return pl.col("answers").list.first().str.to_lowercase().str.replace_all(r"[^\w]+", " ").str.strip_chars()


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


def links(examples: pl.DataFrame, families: pl.Series, texts: Texts) -> pl.DataFrame:
    """What else should stand together: a LINKS frame, the strongest first, in an order that rows do not change."""
    named = with_keys(examples).with_columns(families.alias("family"))
    found = pl.concat([_near(named, texts), _shared(_descent(named)), _shared(_answers(named))])
    one, other = pl.min_horizontal("one", "other"), pl.max_horizontal("one", "other")
    ordered = found.filter(pl.col("one") != pl.col("other")).select(one.alias("one"), other.alias("other"), "strength")
    strongest = ordered.group_by("one", "other").agg(pl.col("strength").max())
    return strongest.sort("strength", "one", "other", descending=[True, False, False])


def _near(named: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """Families whose texts nearly repeat each other."""
    members = texts.keys.filter(pl.col("set") >= 0).join(named.select("place_key", "family").unique(), on="place_key")
    equal = _shared(members.select("set", "family", pl.lit(1.0).alias("strength")), by="set")
    first = members.group_by("set").agg(pl.col("family").min())
    pairs = pl.DataFrame({"left": texts.alike.left, "right": texts.alike.right, "strength": texts.alike.jaccard})
    near = pairs.join(first.rename({"family": "one"}), left_on="left", right_on="set")
    near = near.join(first.rename({"family": "other"}), left_on="right", right_on="set")
    return pl.concat([equal, near.select("one", "other", "strength")])


def _descent(named: pl.DataFrame) -> pl.DataFrame:
    """Examples made from the same one, and that one."""
    made = named.filter(pl.col("parent").is_not_null())
    parents = named.join(made.select(id="parent").unique(), on="id", how="semi")
    keyed = [made.select("family", key="parent"), parents.select("family", key="id")]
    return pl.concat(keyed).with_columns(strength=pl.lit(2.0))


def _answers(named: pl.DataFrame) -> pl.DataFrame:
    """Families in which the same long and rare answer is right."""
    answered = named.select("family", key=_answer()).drop_nulls("key").unique()
    telling = answered.filter(pl.col("key").str.count_matches(" ") >= TELLING_WORDS - 1)
    rare = telling.filter(pl.len().over("key") <= COMMON)
    return rare.with_columns(strength=pl.lit(0.0))


def _shared(keyed: pl.DataFrame, by: str = "key") -> pl.DataFrame:
    """Families with a key in common, each linked with the first of them."""
    first = pl.col("family").min().over(by)
    return keyed.select(first.alias("one"), pl.col("family").alias("other"), "strength")


def merged(sides: dict[str, str | None], linked: pl.DataFrame) -> dict[str, str]:
    """The name of what each family stands together with: links are followed unless they tie two sides.

    Families that are bound to different sides stay apart however alike they are; who bound them is told.

    >>> ties = pl.DataFrame({"one": ["a", "b"], "other": ["b", "c"], "strength": [0.9, 0.8]})
    >>> merged({"a": "test", "b": None, "c": "train"}, ties)
    {'a': 'a', 'b': 'a', 'c': 'c'}
    """
    above = {name: name for name in sides}
    side_of = dict(sides)

    def root(name: str) -> str:
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for one, other in linked.select("one", "other").iter_rows():
        first, second = sorted((root(one), root(other)))
        bound = {side_of[first], side_of[second]} - {None}
        if first != second and len(bound) < 2:
            above[second] = first
            side_of[first] = side_of[first] or side_of[second]
    return {name: root(name) for name in above}


def count_across(texts: Texts, sided: pl.DataFrame) -> tuple[int, int]:
    """How many pairs of texts are alike, and how many of them stand on different sides."""
    counts = np.zeros((len(texts.alike.texts_per_set), len(SPLITS)), np.int64)
    for number, side in enumerate(SPLITS):
        here = sided.filter(pl.col("split") == side)["set"].to_numpy().astype(np.int64)
        counts[:, number] = np.bincount(here, minlength=len(counts))
    total = counts.sum(axis=1)
    left, right = texts.alike.left, texts.alike.right
    within, between = (total * (total - 1) // 2).sum(), (total[left] * total[right]).sum()
    same = (counts * (counts - 1) // 2).sum() + (counts[left] * counts[right]).sum()
    return int(within + between), int(within + between - same)
