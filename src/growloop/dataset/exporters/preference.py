"""Preference pairs: the right answer beside the wrong one that a person was shown."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from growloop.dataset.duplicates import with_keys
from growloop.dataset.exporters.rows import answered, asked, own
from growloop.records.annotation import Annotation

SHOWN = "shown_answer"
_CORRECTING = ("partly", "wrong", "unanswerable")


def with_wrong_answers(examples: pl.DataFrame, annotations: Iterable[Annotation], abstain_answer: str) -> pl.DataFrame:
    """The examples whose question was answered wrongly, once for each wrong answer, with that in `shown_answer`.

    A verdict counts as long as it is not withdrawn. What was shown and is among the accepted answers now makes no
    pair, nor does an abstention where abstaining is right.
    """
    given = [note for note in annotations if note.verdict in _CORRECTING and not note.withdrawn]
    columns = {name: [getattr(note, name) for note in given] for name in ("question", "context", SHOWN)}
    shown = with_keys(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
    silent = pl.col(SHOWN).str.strip_chars() == ""
    shown = shown.select("question_key", pl.when(silent).then(pl.lit(abstain_answer)).otherwise(SHOWN).alias(SHOWN))
    pairs = with_keys(examples).join(shown.unique(maintain_order=True), on="question_key", maintain_order="left")
    right = pl.when(pl.col("answers").list.len() > 0).then("answers").otherwise(pl.lit([abstain_answer]))
    same = right.list.eval(_compared(pl.element())).list.contains(_compared(pl.col(SHOWN)))
    return pairs.filter(~same).select(*examples.columns, SHOWN)


def preference_rows(examples: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    """Rows as TRL's preference trainers take them: prompt, chosen, rejected, each a list of messages."""
    said = {"prompt": asked(), "chosen": answered(abstain_answer), "rejected": pl.col(SHOWN)}
    roles = {"prompt": "user", "chosen": "assistant", "rejected": "assistant"}
    lists = [
        pl.concat_list(pl.struct(pl.lit(roles[key]).alias("role"), text.alias("content"))).alias(key)
        for key, text in said.items()
    ]
    return examples.select(*lists, *own(examples))


def _compared(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars().str.strip_chars_end(".")
