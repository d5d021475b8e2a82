"""Examples without coordinates, imported or written by hand, put where their questions belong in a universe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from growloop.records.coverage import Alike, Meant, Unlisted
from growloop.records.example import EXAMPLES, coordinate, is_answerable, where_of
from growloop.records.universe import Template
from growloop.universe.cells import ABSTAIN, NONE, PARAPHRASE
from growloop.universe.mapping import Mapper
from growloop.universe.meaning import ByMeaning
from growloop.universe.typical import typical

SHOWN_UNLISTED, SHOWN_MEANT = 50, 50
OWN = ("template", "negative", "variation", "answer")
"""Coordinates that follow from the example as a whole; the others are slots."""


@dataclass(frozen=True)
class Placed:
    """Examples with their coordinates, and how they came by them."""

    examples: pl.DataFrame
    """The EXAMPLES frame given, `where` filled in as far as questions fit."""
    how: pl.Series
    """`own` where an example had its coordinates, `parent` where it has those of the question that it puts in other
    words, else how its question fits: exact, near, unlisted, meaning, none."""
    unlisted: tuple[Unlisted, ...]
    meant: tuple[Meant, ...]

    @property
    def mapped(self) -> int:
        """How many examples got their coordinates from their question, or from their parent's."""
        return int((~self.how.is_in(["own", "none"])).sum())

    @property
    def strange(self) -> int:
        """How many fit the words of no phrasing."""
        return int(self.how.is_in(["meaning", "none"]).sum())

    @property
    def by_meaning(self) -> int:
        """How many of those fit no words of a template, and mean it all the same."""
        return int((self.how == "meaning").sum())

    def outside(self, nowhere: pl.Series) -> pl.Series:
        """Of the examples at no combination of coordinates, those whose question fits no template either."""
        return nowhere & self.how.is_in(["own", "none"])

    def typical_of(self, outside: pl.Series) -> tuple[Alike, ...]:
        """The most typical questions of some examples."""
        return typical(self.examples.filter(outside)["question"])


def placed(examples: pl.DataFrame, mapper: Mapper | ByMeaning, templates: Sequence[Template]) -> Placed:
    """Examples at the coordinates that their questions have; those with a template of the universe stay as they are.

    A paraphrase stands where the question stands that it was made from.
    """
    rows = examples.with_row_index("at").with_columns(
        own=coordinate("template").is_in([template.name for template in templates]).fill_null(value=False),
        other_words=coordinate("variation").eq_missing(pl.lit(PARAPHRASE)),
    )
    alone = ~(pl.col("other_words") & pl.col("parent").is_in(examples["id"].implode()).fill_null(value=False))
    lost = rows.filter(~pl.col("own") & alone)
    mapped = mapper.map(lost["question"])
    found = lost.hstack(mapped.drop("filling").rename({"unlisted": "strange"})).with_columns(mapped["filling"])
    fitting = found.filter(pl.col("template").is_not_null())
    changed = fitting.select("at", _coordinates(fitting, templates).alias("new"))
    how = found.select("at", "how")
    rows = rows.join(changed, on="at", how="left", maintain_order="left").join(
        how, on="at", how="left", maintain_order="left"
    )
    rows = rows.with_columns(where=pl.coalesce("new", "where"), how=pl.when("own").then(pl.lit("own")).otherwise("how"))
    rows = _beside_parents(rows)
    return Placed(rows.select(EXAMPLES.names()), rows["how"], _unlisted(fitting), _meant(fitting))


def _beside_parents(rows: pl.DataFrame) -> pl.DataFrame:
    """With paraphrases at the coordinates of their parents; without one, at their own in the plain wording."""
    parents = rows.select(parent="id", before="where", fits="how").unique("parent", keep="first", maintain_order=True)
    both = rows.join(parents, on="parent", how="left", maintain_order="left")
    follows = pl.col("other_words") & pl.col("before").is_not_null()
    is_variation = pl.element().struct.field("key") == "variation"
    plain = pl.struct(key=pl.lit("variation"), value=pl.lit(NONE))
    own = pl.col("where").list.eval(pl.when(is_variation).then(plain).otherwise(pl.element()))
    fits = pl.when(pl.col("fits") == "none").then(pl.lit("none")).otherwise(pl.lit("parent"))
    return both.with_columns(
        where=pl.when(follows).then("before").when("other_words").then(own).otherwise("where"),
        how=pl.when(~pl.col("own") & follows).then(fits).otherwise("how"),
    )


def _meant(fitting: pl.DataFrame) -> tuple[Meant, ...]:
    rows = fitting.filter(pl.col("how") == "meaning").select("question", "template", "similarity")
    least = rows.unique("question", maintain_order=True).sort("similarity", maintain_order=True)
    return tuple(Meant(**row) for row in least.head(SHOWN_MEANT).to_dicts())


def _coordinates(fitting: pl.DataFrame, templates: Sequence[Template]) -> pl.Series:
    """The `where` of mapped examples: their own, then what follows from question and answers."""
    negative = pl.when(is_answerable()).then(pl.lit(NONE)).otherwise("negative").alias("negative")
    said = fitting.select("template", negative, pl.lit(NONE).alias("variation"), _answer(templates).alias("answer"))
    new = said.select(where_of(OWN)).to_series()
    pairs = fitting.select("at", pl.concat_list(pl.col("filling"), new, "where").alias("pair")).explode("pair")
    keyed = pairs.filter(pl.col("pair").is_not_null()).unnest("pair").unique(["at", "key"], keep="first")
    again = keyed.sort("at", "key").group_by("at", maintain_order=True).agg(pl.struct("key", "value").alias("where"))
    return fitting.select("at").join(again, on="at", how="left", maintain_order="left")["where"]


def _answer(templates: Sequence[Template]) -> pl.Expr:
    """Which of the template's answers an example has: the only one, or the one that its answer begins with."""
    keys = {template.name: list(template.answer) for template in templates}
    known = pl.col("template").replace_strict(keys, default=[], return_dtype=pl.List(pl.String))
    first = pl.col("answers").list.first().str.extract(r"(\w+)").str.to_lowercase()
    told = pl.when(known.list.len() == 1).then(known.list.first()).when(known.list.contains(first)).then(first)
    return pl.when(is_answerable()).then(told).otherwise(pl.lit(ABSTAIN))


def _unlisted(fitting: pl.DataFrame) -> tuple[Unlisted, ...]:
    rows = fitting.select("template", pl.col("strange").alias("pair")).explode("pair").drop_nulls("pair").unnest("pair")
    counted = rows.rename({"key": "slot"}).group_by("template", "slot", "value").agg(pl.len().alias("count"))
    most = counted.sort("count", "template", "slot", "value", descending=[True, False, False, False])
    return tuple(Unlisted(**row) for row in most.head(SHOWN_UNLISTED).to_dicts())
