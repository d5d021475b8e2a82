"""Questions that fit a phrasing but for a value: `khachapuri` where the slot `food` has no khachapuri."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

import polars as pl

from growloop.universe.canonical import idle_words, small_words
from growloop.universe.phrasings import MARK, KnownValues, Worded
from growloop.universe.spelling import nearest
from growloop.universe.wording import words_of_name

LONGEST = 5
"""Words; what is longer in the place of a slot is no value."""
LEAST_TOLD = 1
"""How many words that tell something and listed values must fit, beyond the values that do not."""
_MARKS = "?!.,;:\"'()[]“”‘’"
_PIECE = rf"(?:[^ {{}}]+|{MARK})"
_VALUE = rf"({_PIECE}(?:  {_PIECE}){{0,{LONGEST - 1}}})"
PIECES = pl.Schema(
    {
        "row": pl.Int64(),
        "phrasing": pl.Int64(),
        "slot": pl.String(),
        "value": pl.String(),
        "listed": pl.Boolean(),
        "as_said": pl.Boolean(),
    }
)
"""What stands in the slot of a phrasing: a value that is `listed`, or words; `as_said` where nothing had to be put
right to find it."""

_STANDING = {
    "row": pl.Int64,
    "phrasing": pl.Int64,
    "telling": pl.Int64,
    "slot": pl.String,
    "text": pl.String,
    "as_said": pl.Boolean,
}


def unlisted(marked: pl.DataFrame, phrasings: Sequence[Worded], known: KnownValues) -> pl.DataFrame:
    """What stands in the slots of the phrasing that fits each question best: a PIECES frame.

    `marked` has `row`, `question` and `marked`. A value that is only misspelled is listed, and small words around it
    are dropped.
    """
    able = [number for number, phrasing in enumerate(phrasings) if _can_tell(phrasing)]
    parts = [_standing_in(marked, number, phrasings[number]) for number in able]
    standing = pl.concat([pl.DataFrame(schema=_STANDING), *(part for part in parts if part is not None)])
    named = _named(standing, known).join(marked.select("row", "question"), on="row", maintain_order="left")
    return _best(_by_pattern(named, known)).select(PIECES.names())


def _can_tell(phrasing: Worded) -> bool:
    """False for phrasings of slots alone, and where nothing tells one slot's value from the next one's."""
    return bool(phrasing.slots) and phrasing.telling > 0 and not re.search(r"\}  \{", phrasing.words)


def _standing_in(marked: pl.DataFrame, number: int, phrasing: Worded) -> pl.DataFrame | None:
    """What stands in the slots of one phrasing, in the questions that fit it; None where none does."""
    constants = re.split(r"\{[^{}#]*\}", phrasing.words)
    longest = max((word for part in constants for word in part.split()), key=len)
    may = marked.filter(pl.col("marked").str.contains(f" {longest} ", literal=True))
    if may.is_empty():
        return None
    pattern = f"^{_VALUE.join(map(re.escape, constants))}$"
    groups = may.select("row", pl.col("marked").str.extract_groups(pattern).alias("groups")).unnest("groups")
    fitting = groups.filter(pl.col("1").is_not_null())
    if fitting.is_empty():
        return None
    slots = {str(place): slot for place, slot in enumerate(phrasing.slots, start=1)}
    return fitting.unpivot(index="row", variable_name="place", value_name="text").select(
        "row",
        phrasing=pl.lit(number, pl.Int64),
        telling=pl.lit(phrasing.telling, pl.Int64),
        slot=pl.col("place").replace_strict(slots, return_dtype=pl.String),
        text=_without_edges(pl.col("text")),
        as_said=_without_edges(pl.col("text")) == pl.col("text"),
    )


def _without_edges(text: pl.Expr) -> pl.Expr:
    """A value without an article and the like before or behind it."""
    small = "|".join(sorted(small_words()))
    return text.str.replace(rf"^(?:(?:{small})  )+", "").str.replace(rf"(?:  (?:{small}))+$", "")


def _named(standing: pl.DataFrame, known: KnownValues) -> pl.DataFrame:
    """The listed values by name, the others by their words; `words` tells how many a value has that is not listed."""
    number = pl.col("text").str.extract(r"^\{[0-9]+#([0-9]+)\}$").cast(pl.Int64)
    listed = standing.with_columns(number=number).join(
        known.values.select("slot", "number", "value"), on=["slot", "number"], how="left"
    )
    plain = listed.with_columns(known.unmarked(pl.format(" {} ", "text")).str.strip_chars(" ").alias("text"))
    meant = plain.join(_misspelled(plain.filter(pl.col("value").is_null()), known), on=["slot", "text"], how="left")
    value = pl.coalesce("value", "meant")
    return meant.with_columns(
        value=pl.coalesce(value, pl.col("text").str.replace_all("  ", " ", literal=True)),
        listed=value.is_not_null(),
        as_said=pl.col("as_said") & pl.col("meant").is_null(),
    )


def _by_pattern(named: pl.DataFrame, known: KnownValues) -> pl.DataFrame:
    """With what a slot's pattern matches as listed, whatever its case."""
    counted = {slot: values.names for slot, values in known.slots.items() if not values.listed}
    if not counted or named.is_empty():
        return named
    told = named.select("slot", "question", "value").iter_rows()
    matched = [_matching(as_written(*words), counted[slot]) if slot in counted else None for slot, *words in told]
    value = pl.Series(matched, dtype=pl.String)
    return named.with_columns(pl.col("listed") | value.is_not_null(), value=pl.coalesce(value, "value"))


def _matching(text: str, values: Sequence[str]) -> str | None:
    """The value of a pattern that a text is, whatever its case; None where it is none."""
    return next((form for form in (text, text.upper(), text.lower()) if form in values), None)


def _misspelled(unknown: pl.DataFrame, known: KnownValues) -> pl.DataFrame:
    """`slot`, `text`, and the value that was `meant`."""
    parts = []
    for slot in sorted(set(unknown["slot"])):
        values = known.values.filter(pl.col("slot") == slot).with_columns(pl.col("words").str.strip_chars(" "))
        texts = unknown.filter(pl.col("slot") == slot)["text"].unique().sort()
        names = values["value"].to_list()
        places = nearest(texts.to_list(), values["words"].to_list())
        meant = [None if place is None else names[place] for place in places]
        parts.append(
            pl.DataFrame({"text": texts, "meant": pl.Series(meant, dtype=pl.String)}).with_columns(slot=pl.lit(slot))
        )
    empty = pl.DataFrame(schema={"slot": pl.String, "text": pl.String, "meant": pl.String})
    return pl.concat([empty, *(part.drop_nulls("meant") for part in parts)], how="diagonal")


def _best(named: pl.DataFrame) -> pl.DataFrame:
    """For each question the phrasing of which most fits, if enough does."""
    of_one = ("row", "phrasing")
    unlisted_words = pl.when("listed").then(0).otherwise(pl.col("value").str.count_matches(" ") + 1)
    told = pl.col("telling") + (pl.col("listed").cast(pl.Int64) * 2 - 1).sum().over(of_one)
    says_something = pl.col("value").str.split(" ").list.set_difference(sorted(idle_words())).list.len() > 0
    one_value = pl.col("value").n_unique().over(*of_one, "slot") == 1
    fit = named.with_columns(told=told, strange=unlisted_words.sum().over(of_one)).filter(
        (pl.col("told") >= LEAST_TOLD) & ((says_something & one_value) | pl.col("listed")).all().over(of_one)
    )
    ranked = fit.sort("row", "strange", "told", "phrasing", descending=[False, False, True, False])
    return ranked.filter(pl.col("phrasing") == pl.col("phrasing").first().over("row")).unique(
        ["row", "slot"], maintain_order=True
    )


def as_written(question: str, words: str) -> str:
    """A value as it stands in a question, for the bare words of it.

    >>> as_written("Do you have Crème Brûlées?", "creme brulee")
    'Crème Brûlées'
    """
    spans = [match.span() for match in re.finditer(r"\S+", question)]
    bare_words = words.split()
    for place, length in product(range(len(spans)), range(1, len(bare_words) + 1)):  # AB-12 is one piece and two words
        if place + length <= len(spans):
            written = question[spans[place][0] : spans[place + length - 1][1]].strip(_MARKS)
            if words_of_name(written.replace("'", "").replace("’", "")).split() == bare_words:
                return written
    return words
