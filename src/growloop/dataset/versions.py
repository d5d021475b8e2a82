"""Freezing the pool into a dataset version: deduplicated, dealt to sides, leak-checked, named by its contents."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from growloop.dataset.checks import lint
from growloop.dataset.duplicates import with_keys
from growloop.dataset.kinship import Texts
from growloop.dataset.proof import bound_apart, prove
from growloop.dataset.removal import without_held_out, without_near_repeats, without_repeats
from growloop.dataset.split import keep_sides, split_by_group
from growloop.errors import Leakage, NothingToDo
from growloop.project import now
from growloop.records.example import EXAMPLES, SPLITS, is_answerable
from growloop.records.fingerprint import contents_id, fingerprints
from growloop.records.task import Task
from growloop.records.version import DatasetVersion, Finding, LeakageProof


@dataclass(frozen=True)
class Curated:
    """The rows of a version to be, every one on a side, and what there is to say about them."""

    rows: pl.DataFrame
    removed: pl.DataFrame
    """A REMOVED frame: what was left out, and what it repeats."""
    findings: tuple[Finding, ...]
    proof: LeakageProof


def curate(examples: pl.DataFrame, task: Task, *, before: pl.DataFrame | None = None) -> Curated:
    """The accepted examples without repetitions, dealt to sides, and the proof that no side knows another.

    Examples stand where they stood in the version `before`, and what belongs with them joins them there.
    Raises NothingToDo without accepted examples, Leakage where the same text would stand on two sides.
    """
    accepted = examples.filter(pl.col("status") == "accepted")
    if accepted.is_empty():
        raise NothingToDo("There are no accepted examples yet:  growloop draw 11400   or   growloop import FILE")
    keyed = with_keys(accepted if before is None else keep_sides(accepted, before))
    with ThreadPoolExecutor(1) as beside:
        looked_at = beside.submit(lint, keyed, task)  # what does not ask for sides is remembered until all have one
        texts = Texts.of(keyed, task.split.similarity)
        dealt = split_by_group(keyed, task.split.shares, seed=task.seed, slices=task.slices, texts=texts)
        looked_at.result()
    findings = lint(dealt, task)
    _refuse_leakage(findings)
    rows, *removed = without_repeats(dealt)
    if task.split.near_duplicates == "drop":
        rows, too_near = without_held_out(rows, texts)
        rows, nearly = without_near_repeats(rows, texts, None if before is None else before["id"])
        removed += [too_near, nearly]
    proof = prove(rows, texts, seed=task.seed)
    findings += bound_apart(proof, rows, texts)
    return Curated(in_order(rows).select(EXAMPLES.names()), pl.concat(removed), tuple(findings), proof)


def freeze(
    examples: pl.DataFrame, task: Task, *, parent: DatasetVersion | None = None, before: pl.DataFrame | None = None
) -> tuple[DatasetVersion, pl.DataFrame]:
    """A version of the accepted examples and its rows, every one on a side; see `curate`.

    Pure: nothing is written. The same examples on the same sides make the same id, in whatever order they come.
    """
    curated = curate(examples, task, before=before)
    return version_of(curated, task, parent=parent), curated.rows


def version_of(
    curated: Curated, task: Task, *, parent: DatasetVersion | None = None, prints: pl.DataFrame | None = None
) -> DatasetVersion:
    """The manifest of curated rows; `prints` are their fingerprints, where they have been taken already."""
    rows = curated.rows
    return DatasetVersion(
        id=version_id(rows) if prints is None else contents_id(prints),
        parent=parent.id if parent else None,
        task_hash=_hash(task.model_dump_json()),
        recipe=recipe_hash(task),
        counts=_per_side(rows, pl.len()),
        answerable=_per_side(rows, is_answerable().sum()),
        groups=_per_side(rows, pl.col("group").n_unique()),
        origins=dict(rows.group_by("origin").len().sort("origin").iter_rows()),
        findings=curated.findings,
        proof=curated.proof,
        removed=dict(curated.removed.group_by("how").len().sort("how").iter_rows()),
        created=now(),
    )


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in the one order a version has: train, validation, test; within a side by id."""
    side = pl.col("split").replace_strict(list(SPLITS), list(range(len(SPLITS))), return_dtype=pl.Int8)
    return rows.sort(side, "id")


def version_id(rows: pl.DataFrame) -> str:
    """`v-` and 12 hexadecimal digits of a hash over the contents of all rows, in their order.

    It outlives polars' releases and is the same on any machine.
    """
    return contents_id(fingerprints(rows))


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
