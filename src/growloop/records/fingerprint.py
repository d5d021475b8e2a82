"""What the rows of a version are recognised by: a signature to look them up, a digest that lasts.

The signature is polars' own hash: quick, and of no meaning beyond one release, so that it is only a hint. The digest
is BLAKE2b over the row's columns, the same on any machine; it is computed for rows that no signature finds. So a
version that shares most of its rows with its parent costs what it adds.
"""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl

from growloop.records.digest import digests
from growloop.records.example import EXAMPLES

FINGERPRINTS = pl.Schema(
    {
        "signature": pl.UInt64(),
        "digest_head": pl.UInt64(),
        "digest_tail": pl.UInt64(),
        "part": pl.Categorical(),
        "row": pl.UInt32(),
    }
)
"""One row for each row of a version, in its order; `part` and `row` say where it is stored, null: nowhere yet."""

_DIGEST = ["digest_head", "digest_tail"]
_PLACE = ["part", "row"]


def fingerprints(rows: pl.DataFrame, known: pl.DataFrame | None = None) -> pl.DataFrame:
    """The fingerprints of an EXAMPLES frame, in its order; `known` ones are not computed again.

    >>> from growloop.records.example import examples_frame
    >>> once = fingerprints(examples_frame({"question": ["Dogs?", "Cats?"]}))
    >>> once.equals(fingerprints(examples_frame({"question": ["Dogs?", "Cats?"]}), known=once))
    True
    """
    signed = rows.select(signature=_signatures(rows))
    if known is None or known.is_empty():
        return _digested(rows, signed.match_to_schema(FINGERPRINTS, missing_columns="insert"))
    found = _looked_up(signed, known, "signature").select(FINGERPRINTS.names())
    strange = found["digest_head"].is_null().arg_true()
    if strange.is_empty():
        return found
    digested = _digested(rows[strange], found[strange])
    near = known.filter(pl.col("digest_head").is_in(digested["digest_head"].implode()))  # few: no join with them all
    placed = _looked_up(digested.drop(_PLACE), near.select(*_DIGEST, *_PLACE), *_DIGEST)
    changed = [*_DIGEST, *_PLACE]
    return found.with_columns(found[name].scatter(strange, placed[name]) for name in changed)


def _signatures(rows: pl.DataFrame) -> pl.Series:
    """Contexts and questions are most of the bytes; their length will do, since the id is a hash of their text.

    Among a million rows and a million known ones, two different rows have one signature once in 18 million commits.
    """
    lengths = pl.col("question", "context").str.len_bytes()
    return rows.with_columns(lengths).select(EXAMPLES.names()).hash_rows(seed=0)


def unshared(prints: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """The numbers of the rows that the others have not, by 64 bits of the digest.

    Between two versions of a million rows, two different rows agree in those once in twenty million comparisons.
    """
    shared = prints["digest_head"].is_in(others["digest_head"].implode())
    return (~shared).arg_true()


def contents_id(prints: pl.DataFrame) -> str:
    """`v-` and 12 hexadecimal digits of a hash over the digests of all rows, in their order."""
    digests = prints.select(_DIGEST).to_numpy(order="c").astype("<u8", copy=False)
    return f"v-{hashlib.blake2b(digests.tobytes(), digest_size=6).hexdigest()}"


def _looked_up(rows: pl.DataFrame, known: pl.DataFrame, *on: str) -> pl.DataFrame:
    """The rows with what is known of them beside, in their order; a row known twice is found once."""
    found = rows.join(known, on=on, how="left", maintain_order="left")
    if found.height == rows.height:
        return found
    return rows.join(known.unique(on, keep="first"), on=on, how="left", maintain_order="left")


def _digested(rows: pl.DataFrame, prints: pl.DataFrame) -> pl.DataFrame:
    contents = _framed_rows(rows).cast(pl.Binary).to_list()
    joined = b"".join(digests(contents))
    numbers = np.frombuffer(joined, dtype="<u8").astype(np.uint64).reshape(-1, 2)
    return prints.with_columns(pl.Series(name, numbers[:, column]) for column, name in enumerate(_DIGEST))


def _framed_rows(rows: pl.DataFrame) -> pl.Series:
    """Each row as one text that no other row has: each value after its length in bytes, a null as `~`."""
    item, field = pl.element(), pl.element().struct.field
    lists = {
        "answers": pl.col("answers").list.eval(_framed(item)).list.join(""),
        "where": pl.col("where").list.eval(_framed(field("key")) + _framed(field("value"))).list.join(""),
    }
    pieces: list[pl.Expr] = []
    for name in EXAMPLES:
        value = lists.get(name, pl.col(name))
        is_long = name in ("question", "context") and not rows[name].has_nulls()  # not put together twice
        pieces += [_length(value).alias(f"{name}_length"), value] if is_long else [_framed(value).alias(name)]
    return rows.select(pieces).select(pl.concat_str(pl.all())).to_series()  # first the columns, side by side


def _framed(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(_length(text), text).fill_null("~")


def _length(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(text.str.len_bytes().cast(pl.String), pl.lit(":"))
