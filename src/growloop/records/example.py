"""One question with its context and accepted answers, and the frame many of them make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import polars as pl
from pydantic import Field

from growloop.records.base import Record
from growloop.records.digest import digest, digests

Status = Literal["draft", "accepted", "rejected", "duplicate", "set_aside"]
"""set_aside: accepted once, and not in the version that was restored."""
SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


class Example(Record):
    """A question, the context it is asked about, and every answer that counts as right."""

    id: str
    """Hash of question, context and answers."""
    question: str
    context: str = ""
    answers: tuple[str, ...] = ()
    """Empty: the context does not answer the question, the model must abstain."""
    negative: str | None = None
    """The kind of wrong context it was made with; None for a positive."""
    where: dict[str, str] = Field(default_factory=dict)
    """Its coordinates in the universe."""
    group: str = ""
    """What may not straddle splits: all examples of one group land on one side."""
    split: SplitName | None = None
    """The side it is bound to; None: dealt with its group when the version is frozen."""
    origin: str = "manual"
    """How it came about: `universe`, `import:FILE`, `annotation`."""
    parent: str | None = None
    """The id of the example it was made from."""
    source_id: str | None = None
    """The id it had where it came from."""
    status: Status = "accepted"


EXAMPLES = pl.Schema(
    {
        "id": pl.String(),
        "question": pl.String(),
        "context": pl.String(),
        "answers": pl.List(pl.String()),
        "negative": pl.String(),
        "where": pl.List(pl.Struct([pl.Field("key", pl.String()), pl.Field("value", pl.String())])),
        "group": pl.String(),
        "split": pl.String(),
        "origin": pl.String(),
        "parent": pl.String(),
        "source_id": pl.String(),
        "status": pl.String(),
    }
)
"""Examples in bulk: one row each, the columns of `Example`; `where` as key/value pairs in key order."""


def content_id(question: str, context: str, answers: Iterable[str]) -> str:
    """The id of an example: 128 bits of BLAKE2b over its content, answers in any order.

    >>> content_id("q", "c", ["a", "b"]) == content_id("q", "c", ["b", "a"])
    True
    """
    content = "\x1f".join((question, context, *sorted(answers))).encode("utf-8", "surrogatepass")
    return digest(content).hex()


def content_ids(examples: pl.DataFrame) -> pl.Series:
    """The ids of many examples, in row order."""
    return ids_of(contents_of(examples))


def contents_of(examples: pl.DataFrame) -> pl.Series:
    """What the id of each of many examples is a hash of."""
    answers, separator = pl.col("answers"), pl.lit("\x1f")
    several = examples.height > 0 and examples.select((answers.list.len() > 1).any()).item()
    in_order = answers.list.sort() if several else answers  # sorting lists of one takes as long as hashing them
    of_answers = pl.when(answers.list.len() > 0).then(separator + in_order.list.join("\x1f")).otherwise(pl.lit(""))
    return examples.select(pl.concat_str("question", separator, "context", of_answers)).to_series()


def ids_of(contents: pl.Series) -> pl.Series:
    """The ids that contents have."""
    return as_ids(digests(contents.cast(pl.Binary).to_list()))


def as_ids(hashes: list[bytes]) -> pl.Series:
    """Digests as ids are written."""
    return pl.Series("id", hashes, dtype=pl.Binary).bin.encode("hex")


def examples_frame(columns: Mapping[str, object] | pl.DataFrame) -> pl.DataFrame:
    """An EXAMPLES frame from the columns at hand; the rest gets its default, ids are computed.

    `where` may be given as dictionaries. Without a `group`, examples of one context form one.
    """
    given = _where_as_pairs(columns) if not isinstance(columns, pl.DataFrame) else columns
    frame = given if isinstance(given, pl.DataFrame) else pl.DataFrame(given, schema_overrides=_overrides(given))
    defaults = {
        "context": pl.lit(""),
        "answers": pl.lit([], dtype=EXAMPLES["answers"]),
        "where": pl.lit([], dtype=EXAMPLES["where"]),
        "origin": pl.lit("manual"),
        "status": pl.lit("accepted"),
    }
    frame = frame.with_columns(value.alias(name) for name, value in defaults.items() if name not in frame.columns)
    if "group" not in frame.columns:
        shared = pl.when(pl.col("context") != "").then(pl.col("context")).otherwise(pl.col("question"))
        frame = frame.with_columns(shared.hash(seed=0).cast(pl.String).alias("group"))
    missing = [name for name in EXAMPLES if name not in frame.columns and name != "id"]
    frame = frame.with_columns(pl.lit(None, dtype=EXAMPLES[name]).alias(name) for name in missing)
    if "id" not in frame.columns:
        frame = frame.with_columns(content_ids(frame))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in EXAMPLES.items())


def _where_as_pairs(columns: Mapping[str, object]) -> Mapping[str, object]:
    wheres = columns.get("where")
    if not isinstance(wheres, list):
        return columns
    pairs = [
        [{"key": key, "value": value} for key, value in sorted(where.items())] if isinstance(where, dict) else where
        for where in wheres
    ]
    return {**columns, "where": pairs}


def _overrides(columns: Mapping[str, object]) -> dict[str, pl.DataType]:
    return {name: dtype for name, dtype in EXAMPLES.items() if name in columns}


def coordinate(name: str) -> pl.Expr:
    """The value of one coordinate of `where`, null where an example lacks it."""
    pair = pl.element().filter(pl.element().struct.field("key") == name).struct.field("value")
    return pl.col("where").list.eval(pair).list.first().alias(name)


def where_of(names: Iterable[str]) -> pl.Expr:
    """The `where` column made of the columns of these names; a null is a coordinate an example lacks."""
    pairs = [
        pl.struct(pl.lit(name).alias("key"), pl.col(name).cast(pl.String).alias("value")) for name in sorted(names)
    ]
    if not pairs:
        return pl.lit([], dtype=EXAMPLES["where"]).alias("where")
    present = pl.element().filter(pl.element().struct.field("value").is_not_null())
    return pl.concat_arr(pairs).arr.to_list().list.eval(present).alias("where")


def coordinate_names(examples: pl.DataFrame) -> list[str]:
    """All coordinates that occur in a frame, sorted."""
    keys = examples["where"].explode().struct.field("key") if examples.height else pl.Series([], dtype=pl.String)
    return sorted(keys.drop_nulls().unique().to_list())


def matches(where: Mapping[str, str]) -> pl.Expr:
    """True on examples that lie at these coordinates; an empty `where` matches all."""
    return pl.all_horizontal(
        [pl.lit(True), *(coordinate(key).eq_missing(pl.lit(value)) for key, value in where.items())]
    )


def is_answerable() -> pl.Expr:
    """True where at least one answer counts as right."""
    return pl.col("answers").list.len() > 0
