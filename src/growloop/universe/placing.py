"""Examples without coordinates, imported or written by hand, put where their questions belong in a universe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from growloop.records.coverage import Alike, Unlisted
from growloop.records.example import EXAMPLES, coordinate, is_answerable, where_of
from growloop.records.universe import Template
from growloop.universe.cells import ABSTAIN, NONE
from growloop.universe.mapping import Mapper
from growloop.universe.typical import typical

SHOWN_UNLISTED = 50
OWN = ("template", "negative", "variation", "answer")
"""Coordinates that follow from the example as a whole; the others are slots."""


@dataclass(frozen=True)
class Placed:
    """Examples with their coordinates, and how they came by them."""

    examples: pl.DataFrame
    """The EXAMPLES frame given, `where` filled in as far as questions fit."""
    how: pl.Series
    """`own` where an example had its coordinates, else how its question fits: exact, near, unlisted, none."""
    unlisted: tuple[Unlisted, ...]

    @property
    def mapped(self) -> int:
        """How many examples got their coordinates from their question."""
        return int((~self.how.is_in(["own", "none"])).sum())

    def outside(self, nowhere: pl.Series) -> pl.Series:
        """Of the examples at no combination of coordinates, those whose question fits no template either."""
        return nowhere & self.how.is_in(["own", "none"])

    def typical_of(self, outside: pl.Series) -> tuple[Alike, ...]:
        """The most typical questions of some examples."""
        return typical(self.examples.filter(outside)["question"])


def placed(examples: pl.DataFrame, mapper: Mapper, templates: Sequence[Template]) -> Placed:
    """Examples at the coordinates that their questions have; those with a template of the universe stay as they are."""
    own = examples.select(coordinate("template")).to_series().is_in([template.name for template in templates])
    own = own.fill_null(False)
    lost = examples.with_row_index("at").filter(~own)
    mapped = mapper.map(lost["question"])
    found = lost.hstack(mapped.drop("filling").rename({"unlisted": "strange"})).with_columns(mapped["filling"])
    fitting = found.filter(pl.col("template").is_not_null())
    where = _coordinates(fitting, templates)
    changed = fitting.select("at", where.alias("new"))
    rows = examples.with_row_index("at").join(changed, on="at", how="left", maintain_order="left")
    together = rows.with_columns(where=pl.coalesce("new", "where")).select(EXAMPLES.names())
    how = pl.DataFrame({"at": lost["at"], "how": mapped["how"]}).join(
        rows.select("at"), on="at", how="right", maintain_order="right"
    )
    return Placed(together, how["how"].fill_null("own"), _unlisted(fitting))


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
