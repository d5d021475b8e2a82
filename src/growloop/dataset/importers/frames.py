"""From rows read to an EXAMPLES frame: coordinates, groups, ids; and mojibake, counted or repaired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from growloop.dataset.importers.plain import COLUMNS, Read
from growloop.records.example import EXAMPLES, content_ids, examples_frame, where_of

_BETWEEN = "\x1f"
MOST_VALUES = 50
"""A key with more different values than this is no coordinate: its slices would be too thin to read."""


class TooManyValues(Exception):
    """A key was taken for a coordinate, and further on in the file it turns out to have too many values."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass
class Coordinates:
    """Which keys of a file are coordinates, as far as it has been read."""

    dropped: set[str] = field(default_factory=set)
    """Keys with too many values."""
    told: set[str] = field(default_factory=set)
    """Keys that rows already handed on have as coordinates."""
    values: dict[str, set[str]] = field(default_factory=dict)

    def choose(self, candidates: Mapping[str, list[str | None]]) -> dict[str, list[str | None]]:
        """Those of the candidates that are coordinates. Raises TooManyValues where one was told before."""
        for key, values in candidates.items():
            if key in self.dropped:
                continue
            known = self.values.setdefault(key, set())
            known.update(value for value in set(values) if value is not None)
            if len(known) > MOST_VALUES:
                if key in self.told:
                    raise TooManyValues(key)
                self.dropped.add(key)
                del self.values[key]
        chosen = {key: values for key, values in candidates.items() if key not in self.dropped}
        self.told |= {key for key, values in chosen.items() if any(values)}
        return chosen

    def again(self, key: str) -> Coordinates:
        """The same knowledge for a new reading of the file, with one key more that is no coordinate."""
        return Coordinates(dropped=self.dropped | {key})


def example_frame(read: Read, coordinates: Mapping[str, list[str | None]], *, origin: str) -> pl.DataFrame:
    """The EXAMPLES frame of rows read. Raises UnicodeEncodeError where a text holds half a character."""
    columns = {name: pl.Series(name, read.columns[name], pl.String) for name in COLUMNS if name != "answers"}
    frame = pl.DataFrame(columns | {"answers": _answers(read.columns["answers"])})
    frame = frame.with_columns(
        pl.col("group").fill_null(_context_groups(frame)), pl.col("origin").fill_null(pl.lit(origin))
    )
    where = _where(coordinates, read.where)
    return examples_frame(frame if where is None else frame.with_columns(where))


def _answers(answers: list[list[str]] | pl.Series) -> pl.Series:
    """A column of lists. Joined and split again, since polars takes in a list of lists one by one."""
    if isinstance(answers, pl.Series):
        return answers
    joined = [_BETWEEN.join(several) for several in answers]
    if sum(map(len, answers)) - sum(map(bool, answers)) != "".join(joined).count(_BETWEEN):
        return pl.Series("answers", answers, EXAMPLES["answers"])  # some answer holds the mark itself
    text = pl.col("answers")
    split = pl.when(text == "").then(pl.lit([], dtype=EXAMPLES["answers"])).otherwise(text.str.split(_BETWEEN))
    return pl.DataFrame({"answers": pl.Series(joined, dtype=pl.String)}).select(split.alias("answers")).to_series()


def _where(coordinates: Mapping[str, list[str | None]], given: Mapping[str, list[str | None]]) -> pl.Series | None:
    """The `where` column; a coordinate that a row gives itself wins over a column of the same name."""
    names = sorted({*coordinates, *given})
    if not names:
        return None
    values: dict[str, list[Any]] = {}
    for name in names:
        own, other = given.get(name), coordinates.get(name)
        values[name] = [a or b for a, b in zip(own, other, strict=True)] if own and other else list(own or other or [])
    keys = pl.DataFrame(values, schema=dict.fromkeys(names, pl.String))
    return keys.select(where_of(names)).to_series()


def _context_groups(frame: pl.DataFrame) -> pl.Series:
    texts = frame.select(pl.when(pl.col("context") == "").then("question").otherwise("context")).to_series()
    distinct = texts.unique().rename("context").to_frame()
    ids = content_ids(distinct.with_columns(question=pl.lit(""), answers=pl.lit([], dtype=EXAMPLES["answers"])))
    names = pl.DataFrame({"text": distinct["context"], "group": "context:" + ids.str.head(16)})
    return pl.DataFrame({"text": texts}).join(names, on="text", how="left", maintain_order="left")["group"]


assert set(COLUMNS) <= set(EXAMPLES)
