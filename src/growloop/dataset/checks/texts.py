"""What checks share: going over all texts of the examples, each context once, and saying what was found."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from growloop.records.version import Finding, Severity

SHOWN = 5
"""How many examples a finding names."""
EXCERPT = 40
"""Characters of a text that a message quotes."""

Claim = Callable[[pl.Expr], pl.Expr]
"""An expression on texts that is true where something is to be said about one."""


def with_context_key(examples: pl.DataFrame) -> pl.DataFrame:
    """The examples with a column more, equal for the same context; unchanged where it is there."""
    if "context_key" in examples.columns:
        return examples
    return examples.with_columns(pl.col("context").hash(seed=0).alias("context_key"))


def by_context(examples: pl.DataFrame, claim: Claim) -> pl.Series:
    """For each example whether something is true of its context; each different context is looked at once."""
    keyed = with_context_key(examples)
    once = keyed.select("context", "context_key").unique("context_key", keep="any")
    true_of = once.filter(claim(pl.col("context")))["context_key"]
    return keyed["context_key"].is_in(true_of.implode())


def holding(examples: pl.DataFrame, claim: Claim) -> pl.DataFrame:
    """The examples of whose question, context or any answer something is true, in their order."""
    in_answers = pl.col("answers").list.eval(claim(pl.element())).list.any()
    return examples.filter(by_context(examples, claim) | claim(pl.col("question")) | in_answers)


def first_match(example: pl.DataFrame, pattern: str) -> str:
    """How the first match of a pattern reads in the first of some examples, with a few characters around it."""
    row = example.row(0, named=True)
    around = rf"(?s).{{0,{EXCERPT // 2}}}(?:{pattern}).{{0,{EXCERPT // 2}}}"
    texts = pl.Series([row["question"], row["context"], *row["answers"]], dtype=pl.String)
    found = texts.str.extract(around, 0).drop_nulls()
    return shown(found[0]) if found.len() else ""


def shown(text: str) -> str:
    """A text as a message can quote it: on one line, what cannot be seen written out.

    >>> shown("one\\n two\\u200b")
    'one\\\\n two\\\\u200b'
    """
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def excerpt(text: str) -> str:
    """The beginning of a text, for a message."""
    plain = " ".join(text.split())
    return plain if len(plain) <= EXCERPT else f"{plain[:EXCERPT]}…"


def finding(
    check: str,
    severity: Severity,
    hit: pl.DataFrame,
    message: str,
    remedy: str = "",
    *,
    count: int | None = None,
) -> Finding:
    """A finding about some examples; it names the first of them."""
    ids = tuple(hit["id"].head(SHOWN))
    number = hit.height if count is None else count
    return Finding(check=check, severity=severity, examples=ids, count=number, message=message, remedy=remedy)
