"""The remedies that change no meaning, applied: what `growloop lint --fix` does.

Pure: nothing is written. An example is never changed in place, since its id is a hash of its content: the clean
text is a new example with `parent`, the old one is rejected. Examples that a person has judged stay as they are,
so that every verdict keeps what it was about.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from growloop.dataset.checks.texts import holding
from growloop.dataset.cleaning import REPAIRS, cleaned, repaired
from growloop.dataset.duplicates import with_keys
from growloop.records.annotation import Annotation
from growloop.records.example import EXAMPLES, Status, content_ids
from growloop.records.task import Task

REPEATED = "repeated"
Row = dict[str, Any]


@dataclass(frozen=True)
class Fixed:
    """What fixing does: new examples, new statuses of old ones, and what it left alone."""

    fresh: pl.DataFrame
    """The clean examples, an EXAMPLES frame; `parent` is the one each came from."""
    statuses: dict[str, Status]
    """Old id → `rejected` where a clean example takes its place, `duplicate` where another says the same."""
    repaired: dict[str, int]
    """Check → examples repaired, or dropped, for it."""
    left_alone: dict[str, int]
    """Reason → examples not repaired."""


def fixed(examples: pl.DataFrame, task: Task, *, judged: Collection[str] = ()) -> Fixed:
    """What the safe remedies make of a pool's examples (all statuses; only accepted ones are touched).

    Text is repaired, then exact repetitions are dropped; remedies of checks that the task skips are not applied.
    Applying the result and fixing again finds nothing to do.

    >>> from growloop.records.example import examples_frame
    >>> pool = examples_frame({"question": [" Fish &amp; chips? "], "context": ["c"], "answers": [["yes"]]})
    >>> fixed(pool, Task(name="t", purpose="p", answer_kind="open_generative")).fresh["question"].to_list()
    ['Fish & chips?']
    """
    accepted = examples.filter(pl.col("status") == "accepted")
    repairs = tuple(name for name in REPAIRS if name not in task.lint.skip)
    changes = _Changes(accepted.filter(~pl.col("id").is_in(list(judged))), repairs, task)
    clean = changes.clean
    known = examples["id"]
    there_already = clean["id"].is_in(known.implode()) | ~clean["id"].is_first_distinct()
    fresh = clean.filter(~there_already)
    statuses: dict[str, Status] = dict.fromkeys(clean["parent"], "rejected")
    statuses |= dict.fromkeys(clean.filter(there_already)["parent"], "duplicate")

    counts = dict(changes.counts)
    if REPEATED not in task.lint.skip:
        stay = accepted.filter(~pl.col("id").is_in(list(statuses)))
        extra = _repetitions(pl.concat([stay, fresh]), judged=judged, fresh=fresh["id"])
        dropped = fresh["id"].is_in(extra)
        olds = stay.filter(pl.col("id").is_in(extra))["id"]
        statuses |= dict.fromkeys([*fresh.filter(dropped)["parent"], *olds], "duplicate")
        fresh = fresh.filter(~dropped)
        if extra:
            counts[REPEATED] = len(extra)
    left_alone = dict(changes.left_alone)
    if by_people := _dirty(accepted.filter(pl.col("id").is_in(list(judged))), repairs).height:
        left_alone["a person has judged them"] = by_people
    return Fixed(fresh, statuses, counts, left_alone)


def as_cleaned(annotations: Sequence[Annotation], examples: pl.DataFrame) -> list[Annotation]:
    """The annotations, those on an example that has a clean copy now as if they were on the copy.

    A person may judge an old version's example after the pool was fixed; the verdict is meant for both. Only what
    is read changes, never what is kept.
    """
    named = [annotation.example for annotation in annotations if annotation.example]
    copies = examples.filter(pl.col("parent").is_in(named), pl.col("origin") != "annotation")
    by_parent = {row["parent"]: row for row in copies.iter_rows(named=True)}
    return [_on_copy(annotation, by_parent.get(annotation.example or "")) for annotation in annotations]


def _on_copy(annotation: Annotation, copy: Row | None) -> Annotation:
    if copy is None:
        return annotation
    same = all(cleaned(getattr(annotation, name)) == cleaned(copy[name]) for name in ("question", "context"))
    update = {"example": copy["id"], "question": copy["question"], "context": copy["context"]}
    return annotation.model_copy(update=update) if same else annotation


class _Changes:
    """The clean copies of examples whose texts need repair."""

    def __init__(self, examples: pl.DataFrame, repairs: tuple[str, ...], task: Task) -> None:
        dirty = _dirty(examples, repairs)
        texts = pl.concat([dirty["question"], dirty["context"], dirty["answers"].explode().drop_nulls()]).unique()
        self._clean = {text: cleaned(text, repairs) for text in texts.to_list()}
        self._touched = {text: _touched_by(text, repairs) for text in texts.to_list()}
        copies = [self._copy(row) for row in dirty.iter_rows(named=True)]
        self.left_alone: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        kept = []
        for row, copy in zip(dirty.iter_rows(named=True), copies, strict=True):
            if copy == row:
                continue
            reason = _reason_against(row, copy, task)
            if reason:
                self.left_alone[reason] = self.left_alone.get(reason, 0) + 1
                continue
            for name in self._names(row):
                self.counts[name] = self.counts.get(name, 0) + 1
            kept.append({**copy, "parent": row["id"]})
        frame = pl.DataFrame(kept, schema=EXAMPLES)
        self.clean = frame.with_columns(content_ids(frame)) if kept else frame

    def _copy(self, row: Row) -> Row:
        fields = {name: self._clean[row[name]] for name in ("question", "context")}
        return {**row, **fields, "answers": list(dict.fromkeys(self._clean[answer] for answer in row["answers"]))}

    def _names(self, row: Row) -> list[str]:
        texts = (row["question"], row["context"], *row["answers"])
        return [name for name in REPAIRS if any(name in self._touched[text] for text in texts)]


def _dirty(examples: pl.DataFrame, repairs: tuple[str, ...]) -> pl.DataFrame:
    if not repairs or examples.is_empty():
        return examples.clear()
    patterns = [REPAIRS[name][0] for name in repairs]  # apart: joined into one they would be searched for slowly
    return holding(examples, lambda text: pl.any_horizontal(text.str.contains(pattern) for pattern in patterns))


def _touched_by(text: str, repairs: tuple[str, ...]) -> set[str]:
    """The repairs that find something in a text, in the order in which they run."""
    found = set()
    for name in repairs:
        clean = repaired(text, name)
        if clean != text:
            found.add(name)
        text = clean
    return found


def _reason_against(row: Row, copy: Row, task: Task) -> str:
    """Why a repair would not be safe; empty where it is."""
    before, after = row["answers"], copy["answers"]
    emptied = [not copy[name] and row[name].strip() for name in ("question", "context")]
    if any(emptied) or (not all(after) and all(before)):
        return "nothing would be left of a text"
    if task.answer_kind == "extractive":
        stood = any(answer in row["context"] for answer in before)
        if stood and not any(answer in copy["context"] for answer in after):
            return "an answer would no longer stand in its context"
    return ""


def _repetitions(examples: pl.DataFrame, *, judged: Collection[str], fresh: pl.Series) -> list[str]:
    """The ids of examples that say in every respect what another one says that is kept.

    Kept is what a person has judged, else what was there before, else what came last. Different answers, groups
    or sides are no repetition: which of them is right is not for a program to say.
    """
    if examples.is_empty():
        return []
    answers = pl.col("answers").list.eval(pl.element().str.strip_chars()).list.unique().list.sort().list.join("\x1f")
    answers = pl.concat_str(pl.col("answers").list.len(), answers)
    keyed = with_keys(examples).select("id", "question_key", "split", "group", "negative", said=answers)
    same = pl.struct("question_key", "said", "split", "group", "negative").hash(seed=0).alias("same")
    keyed = keyed.with_columns(
        same, by_person=pl.col("id").is_in(list(judged)), was_there=~pl.col("id").is_in(fresh.implode())
    )
    repeated = keyed.with_row_index().filter(pl.col("same").is_duplicated()).sort("by_person", "was_there", "index")
    extra = repeated.filter(~pl.col("same").is_last_distinct())
    return extra.filter(~pl.col("id").is_in(list(judged)))["id"].to_list()
