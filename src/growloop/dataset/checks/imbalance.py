"""How much of the data teaches to answer, and how much to abstain."""

from __future__ import annotations

import polars as pl

from growloop.records.example import SPLITS, is_answerable
from growloop.records.task import Task
from growloop.records.version import Finding

MOST_UNANSWERABLE = 0.6
"""Above this share of unanswerable questions models were seen to abstain from nearly everything."""


def imbalance(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """The share of unanswerable questions; a warning where there are none, or where they outweigh the rest."""
    if examples.is_empty():
        return []
    unanswerable = examples.filter(~is_answerable())
    share = unanswerable.height / examples.height
    told = f"{share:.0%} of {examples.height:,} examples are unanswerable{_by_side(examples)}."
    if not unanswerable.height:
        told += " The model never sees when to abstain."
        remedy = "Draw or collect questions that their context does not answer."
    elif share > MOST_UNANSWERABLE:
        told += " The model may learn to abstain from nearly everything."
        remedy = "Add answerable questions, or drop some of the others."
    else:
        return [Finding(check="class_imbalance", severity="info", count=unanswerable.height, message=told)]
    return [
        Finding(check="class_imbalance", severity="warning", count=unanswerable.height, message=told, remedy=remedy)
    ]


def _by_side(examples: pl.DataFrame) -> str:
    shares = dict(examples.drop_nulls("split").group_by("split").agg((~is_answerable()).mean()).iter_rows())
    parts = [f"{side} {shares[side]:.0%}" for side in SPLITS if side in shares]
    return f" ({', '.join(parts)})" if parts else ""
