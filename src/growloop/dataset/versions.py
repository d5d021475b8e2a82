"""Freezing the pool into a dataset version: deduplicated, dealt to sides, leak-checked, named by its contents."""

from __future__ import annotations

import hashlib

import polars as pl

from growloop.dataset.checks import lint
from growloop.dataset.duplicates import drop_duplicates, with_keys
from growloop.dataset.split import split_by_group
from growloop.errors import Leakage, NothingToDo
from growloop.project import now
from growloop.records.example import EXAMPLES, SPLITS, is_answerable
from growloop.records.fingerprint import contents_id, fingerprints
from growloop.records.task import Task
from growloop.records.version import DatasetVersion, Finding


def freeze(
    examples: pl.DataFrame,
    task: Task,
    *,
    parent: DatasetVersion | None = None,
    known: pl.DataFrame | None = None,
) -> tuple[DatasetVersion, pl.DataFrame]:
    """A version of the accepted examples and its rows, every one on a side.

    Pure: nothing is written. The same examples on the same sides make the same id, in whatever order they come;
    `known` fingerprints of the parent's rows save work.
    Raises NothingToDo without accepted examples, Leakage where the same text would stand on two sides.
    """
    accepted = examples.filter(pl.col("status") == "accepted")
    if accepted.is_empty():
        raise NothingToDo("There are no accepted examples yet:  growloop draw 11400   or   growloop import FILE")
    dealt = split_by_group(with_keys(accepted), task.split.model_dump(), seed=task.seed)
    findings = lint(dealt, task)
    _refuse_leakage(findings)
    rows = in_order(drop_duplicates(dealt)).select(EXAMPLES.names())
    version = DatasetVersion(
        id=version_id(rows, known),
        parent=parent.id if parent else None,
        task_hash=_hash(task.model_dump_json()),
        recipe=recipe_hash(task),
        counts=_per_side(rows, pl.len()),
        answerable=_per_side(rows, is_answerable().sum()),
        groups=_per_side(rows, pl.col("group").n_unique()),
        origins=dict(rows.group_by("origin").len().sort("origin").iter_rows()),
        findings=tuple(findings),
        created=now(),
    )
    return version, rows


def keep_sides(examples: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Bind examples to the side their text or group had in an earlier version; a side of their own stays.

    Without this a new group could push old ones to other sides, and no two versions could be compared.
    """
    known = with_keys(before).select("group", "place_key", "split").drop_nulls("split")
    by_text = known.group_by("place_key").agg(pl.col("split").first().alias("of_text"))
    by_group = known.filter(pl.col("group") != "").group_by("group").agg(pl.col("split").first().alias("of_group"))
    placed = (
        with_keys(examples)
        .join(by_text, on="place_key", how="left", maintain_order="left")
        .join(by_group, on="group", how="left", maintain_order="left")
    )
    return placed.with_columns(pl.coalesce("split", "of_text", "of_group").alias("split")).select(EXAMPLES.names())


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in the one order a version has: train, validation, test; within a side by id."""
    side = pl.col("split").replace_strict(list(SPLITS), list(range(len(SPLITS))), return_dtype=pl.Int8)
    return rows.sort(side, "id")


def version_id(rows: pl.DataFrame, known: pl.DataFrame | None = None) -> str:
    """`v-` and 12 hexadecimal digits of a hash over the contents of all rows, in their order.

    It outlives polars' releases and is the same on any machine. Where fingerprints of a former version are `known`,
    only rows it does not have are read through.
    """
    return contents_id(fingerprints(rows, known))


def recipe_hash(task: Task) -> str:
    """Changes when something in the task changes that decides which rows a version has, and on which sides."""
    return _hash(task.model_dump_json(include={"split", "seed", "abstain_answer"}))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _per_side(rows: pl.DataFrame, value: pl.Expr) -> dict[str, int]:
    found = dict(rows.group_by("split").agg(value.alias("value")).iter_rows())
    return {side: found.get(side, 0) for side in SPLITS}


def _refuse_leakage(findings: list[Finding]) -> None:
    leaks = [finding for finding in findings if finding.check == "leakage" and finding.severity == "error"]
    if leaks:
        raise Leakage("Not frozen: " + "\n".join(f"{leak.message}\n  {leak.remedy}" for leak in leaks))
