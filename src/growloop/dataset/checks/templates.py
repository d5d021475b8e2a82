"""Templates that are drawn too seldom, or that give away whether there is an answer."""

from __future__ import annotations

import polars as pl

from growloop.dataset.checks.texts import finding
from growloop.records.example import coordinate, is_answerable
from growloop.records.task import Task
from growloop.records.version import Finding

FEWEST = 50
"""Fewer examples of a template say nothing about its shares."""
RARE = 0.1
"""A template with less than this share of what an even draw would give it is seldom."""


def template_imbalance(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Templates with a tenth of their even share, and templates all of whose questions have, or lack, an answer."""
    inside = examples.filter(pl.col("negative").ne_missing("out_of_scope"))  # those never have an answer
    drawn = inside.select("id", coordinate("template"), answerable=is_answerable()).drop_nulls("template")
    if drawn.is_empty():
        return []
    counts = drawn.group_by("template").agg(pl.len().alias("n"), pl.col("answerable").mean()).sort("template")
    return [*_rare(examples, drawn, counts), *_one_sided(examples, drawn, counts)]


def _rare(examples: pl.DataFrame, drawn: pl.DataFrame, counts: pl.DataFrame) -> list[Finding]:
    even = drawn.height / counts.height
    rare = counts.filter(pl.col("n") < RARE * even)
    if rare.is_empty():
        return []
    named = ", ".join(f"{name} {n:,}" for name, n, _ in rare.iter_rows())
    message = (
        f"{rare.height:,} of {counts.height:,} templates have less than a tenth of an even share, which would be "
        f"{even:,.0f} examples: {named}."
    )
    remedy = "Draw more of them (growloop draw with --where), or raise their weight in universe.yaml."
    hit = _of(examples, drawn, rare)
    return [finding("template_imbalance", "warning", hit, message, remedy)]


def _one_sided(examples: pl.DataFrame, drawn: pl.DataFrame, counts: pl.DataFrame) -> list[Finding]:
    if counts.height < 2:
        return []
    all_or_none = pl.col("answerable").is_in([0.0, 1.0])
    told_by_template = counts.filter(all_or_none & (pl.col("n") >= FEWEST))
    if told_by_template.is_empty() or drawn["answerable"].n_unique() < 2:
        return []
    named = ", ".join(f"{name} {'always' if share else 'never'}" for name, _, share in told_by_template.iter_rows())
    message = (
        f"{told_by_template.height:,} of {counts.height:,} templates give away whether there is an answer: {named}. "
        f"The model can learn the template in place of reading."
    )
    remedy = "Draw negatives, and positives, of every template."
    hit = _of(examples, drawn, told_by_template)
    return [finding("template_imbalance", "warning", hit, message, remedy)]


def _of(examples: pl.DataFrame, drawn: pl.DataFrame, templates: pl.DataFrame) -> pl.DataFrame:
    chosen = drawn.join(templates, on="template", how="semi")
    return examples.join(chosen, on="id", how="semi", maintain_order="left")
