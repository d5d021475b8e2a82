"""The side of the split that each context belongs to, and a correction with it.

What a person says about a held-out context is measured, never learned, so that the next score is as honest as the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import polars as pl

from growloop.annotate.identity import as_compared, matched
from growloop.records.example import SplitName, content_id

_GUARDED: tuple[SplitName, ...] = ("test", "validation", "train")
_KIN_CHARACTERS = 40
"""Contexts shorter than this occur inside others by chance."""
_PIECES_AT_MOST = 1_000_000
"""Texts of so many bytes together are cut up into all their pieces; of more, the pieces would fill the memory."""


class Sides:
    """Which group and side each context belongs to, as far as a version, the pool and the universe know.

    `places` has the universe's contexts (`question`, `context`, `group`, `split`): a retrieved passage that no example
    was drawn from may still be about a restaurant that is held out.
    """

    def __init__(
        self,
        pool_examples: pl.DataFrame,
        version_examples: pl.DataFrame | None = None,
        places: pl.DataFrame | None = None,
    ) -> None:
        frames = [frame for frame in (version_examples, pool_examples, places) if frame is not None]
        known = pl.concat(frame.select("question", "context", "group", "split") for frame in frames)
        without = pl.when(pl.col("context").str.strip_chars() == "").then("question").otherwise(pl.lit(""))
        distinct = known.group_by(without, "context", "group", maintain_order=True)  # many questions share a context
        known = distinct.agg(pl.col("split").drop_nulls().first()).with_columns(_place())
        self._groups = known.group_by("place", maintain_order=True).agg(pl.col("group").first())
        self._splits = known.group_by("group", maintain_order=True).agg(pl.col("split").drop_nulls().first())

    def place(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Give each row (`question`, `context`) its `group` and `split`.

        A context nothing is known of makes a group of its own and goes to train: a fresh correction is there to
        be learned from.
        """
        rows = asked.with_columns(_place()).join(self._groups, on="place", how="left", maintain_order="left")
        strangers = rows.filter(pl.col("group").is_null()).select("place").unique(maintain_order=True)
        own = [content_id("", place, ()) for place in strangers["place"]]
        homes = strangers.with_columns(pl.Series("own", own, dtype=pl.String))
        homes = homes.join(self._held_by(strangers), on="place", how="left")
        homes = homes.join(self._cut_from(strangers), on="place", how="left")
        homes = homes.select("place", pl.coalesce("held", "whole", "own").alias("home"))
        rows = rows.join(homes, on="place", how="left", maintain_order="left")
        rows = rows.with_columns(pl.coalesce("group", "home").alias("group"))
        rows = rows.join(self._splits, on="group", how="left", maintain_order="left")
        return rows.with_columns(pl.col("split").fill_null("train")).drop("place", "home")

    def of(self, question: str, context: str) -> SplitName:
        """The side that a correction of this question about this context falls on."""
        [side] = self.of_all([(question, context)])
        return side

    def of_all(self, asked: Sequence[tuple[str, str]]) -> list[SplitName]:
        """The sides of many questions and contexts, in their order."""
        places = [_place_of(*each) for each in asked]
        strange = [each for each, place in zip(asked, places, strict=True) if place not in self._known]
        rows = pl.DataFrame(strange, schema={"question": pl.String, "context": pl.String}, orient="row")
        rest = iter(self.place(rows)["split"].to_list() if strange else [])
        return [self._known[place] if place in self._known else next(rest) for place in places]

    @cached_property
    def _known(self) -> dict[str, SplitName]:
        """The side of each place that is known: a page asks about a few, again and again."""
        sided = self._groups.join(self._splits, on="group", how="left")
        return dict(sided.select("place", pl.col("split").fill_null("train")).iter_rows())

    def _held_by(self, strangers: pl.DataFrame) -> pl.DataFrame:
        """The group of a known context that a strange one holds whole; of several, the most guarded.

        So it is where several retrieved passages were read together.
        """
        pairs = _containing(strangers, self._groups).join(self._splits, on="group", how="left", maintain_order="left")
        rank = pl.col("split").replace_strict({side: n for n, side in enumerate(_GUARDED)}, default=len(_GUARDED))
        first = pairs.sort(rank, "group").unique("place", keep="first", maintain_order=True)
        return first.select("place", held="group")

    def _cut_from(self, strangers: pl.DataFrame) -> pl.DataFrame:
        """The group of the known context that a strange one was cut from; none where several groups hold it."""
        pairs = _containing(self._groups, strangers).select(whole="group", place="place_inside").unique()
        return pairs.filter(pl.col("place").is_unique())


def _place() -> pl.Expr:
    """What may not straddle the split: the context, or the question where there is none."""
    context = matched("context")
    without = pl.concat_str(pl.lit("q "), matched("question"))
    return pl.when(context != "").then(pl.concat_str(pl.lit("c "), context)).otherwise(without).alias("place")


def _place_of(question: str, context: str) -> str:
    """One place, as `_place` tells it."""
    read = as_compared(context)
    return f"c {read}" if read else f"q {as_compared(question)}"


def _containing(outer: pl.DataFrame, inner: pl.DataFrame) -> pl.DataFrame:
    """The pairs of places of which the first holds the second whole; columns of `inner` without a twin come along.

    The openings of the inner ones are looked for first, and only their finds compared whole.
    """
    openings = _opened(inner).rename({"place": "place_inside"})
    few = (outer["place"].str.len_bytes().sum() or 0) <= _PIECES_AT_MOST
    pieces = _cut_up(outer) if few else _found_in(outer, openings["opening"].unique())
    pairs = pieces.join(openings, on="opening")
    return pairs.filter(_text("place").str.contains(_text("place_inside"), literal=True)).drop("opening")


def _cut_up(outer: pl.DataFrame) -> pl.DataFrame:
    """Every piece of a text that is as long as an opening: quick where there are few texts, whatever they may hold."""
    starts = pl.int_ranges((_text("place").str.len_chars().cast(pl.Int64) - _KIN_CHARACTERS + 1).clip(0))
    pieces = outer.with_columns(start=starts).explode("start").drop_nulls("start")
    opening = _text("place").str.slice(pl.col("start"), _KIN_CHARACTERS)
    return pieces.with_columns(opening=opening).drop("start").unique(["place", "opening"], maintain_order=True)


def _found_in(outer: pl.DataFrame, openings: pl.Series) -> pl.DataFrame:
    """The openings that a text holds, all looked for in one pass (Aho–Corasick), which takes its time to prepare."""
    found = _text("place").str.extract_many(pl.lit(openings.implode()), overlapping=True).list.unique()
    return outer.with_columns(opening=found).explode("opening").drop_nulls("opening")


def _opened(places: pl.DataFrame) -> pl.DataFrame:
    """The places long enough to be recognised inside others, with how they begin."""
    with_opening = places.with_columns(opening=_text("place").str.head(_KIN_CHARACTERS))
    return with_opening.filter(pl.col("opening").str.len_chars() == _KIN_CHARACTERS)


def _text(place: str) -> pl.Expr:
    """The text of a place without its mark."""
    return pl.col(place).str.slice(_PREFIX)


_PREFIX = 2
"""Characters before the text in a place: `c ` for a context, `q ` for a question without one."""
