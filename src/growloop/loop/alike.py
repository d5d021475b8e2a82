"""What a correction may be true of as well: examples like the one it was given on, saved for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import polars as pl

from growloop import annotate, drafts
from growloop.dataset.duplicates import near_duplicates
from growloop.errors import BadData, NotAllowed, Overtaken
from growloop.leases import Leases
from growloop.loop.following import TWINS
from growloop.pool import Pool
from growloop.project import Project, now
from growloop.records.annotation import Annotation
from growloop.records.example import Status, is_answerable
from growloop.search_index import words_of
from growloop.universe.verification import DOUBT

MOST = 50
"""So many examples are offered at once: they are to be read before they are saved."""
_LOOKED_AT = 1_000
"""Of many examples at the same coordinates so many drafts are looked at, so many with the words of the wrong answer,
and so many others, those that came first."""
_WORDS = 12
"""By so many of its first words a context is searched for."""
_WORDING = ("phrasing", "variation", "answer", DOUBT)
"""Coordinates of how a question is put, and of its label: what is like it may differ in them."""
_SHOWN = ("id", "question", "context", "answers", "status", "proposed")


@dataclass(frozen=True)
class Alike:
    """A correction, and what it may be true of as well."""

    annotation: Annotation
    examples: pl.DataFrame
    """`id`, `question`, `context`, `answers`, `status`; without `proposed`, no answers are a draft nobody answered."""
    saved: tuple[int, ...]
    """The verdicts saved for examples like it, those taken back aside."""
    before_others: int = 0
    """How many more are like it, and left out because other people have them before them in the review."""


def like(
    project: Project,
    annotation_id: int,
    *,
    by: str | None = None,
    people: int = 1,
    pool: Pool | None = None,
    leases: Leases | None = None,
    patient: bool = True,
) -> Alike:
    """A correction with the examples like it that nobody has judged, MOST of them at most; none where it is none.

    Like it is what lies at the same coordinates (where there are none: is about the same context) and either asks
    nearly the same or is labelled with the same wrong answer. What others than `by` have before them at this moment
    is left out. Raises NotFound, and as `loop.examples` does where it is not `patient`.
    """
    with _opened(project, pool) as opened, _leased(project, leases) as leased:
        said = opened.annotation(annotation_id)
        found = _unjudged(opened, _like(project, opened, said, patient))
        others = leased.before_others(by or "", dict.fromkeys(found["id"], people))
        free = found.filter(~pl.col("id").is_in(others)).head(MOST)
        return Alike(said, free.select(_SHOWN), tuple(opened.repeats(annotation_id)), len(others))


def repeat(
    project: Project,
    annotation_id: int,
    examples: Sequence[str],
    *,
    by: str | None = None,
    people: int = 1,
    pool: Pool | None = None,
    leases: Leases | None = None,
    patient: bool = True,
) -> list[Annotation]:
    """Save a correction for examples like it as well, durably: for all of them or for none.

    `by`: only a correction of that person's. Raises NotFound, NotAllowed, BadData where an example is not like it,
    Overtaken where one was judged meanwhile, or is before somebody else who judges it just now, and as `like` does.
    """
    with _opened(project, pool) as opened, _leased(project, leases) as leased:
        said = opened.annotation(annotation_id)
        if by not in (None, said.by):
            raise NotAllowed(f"That correction is {said.by or 'nobody'}'s: only they can save it for others like it.")
        found = _like(project, opened, said, patient)
        strange = sorted(set(examples) - set(found["id"]))
        if strange:
            raise BadData(f"Not like what verdict {annotation_id} corrects: {', '.join(strange)}. Nothing was saved.")
        chosen = found.filter(pl.col("id").is_in(list(examples)))
        repeated = [_repeated(said, row) for row in chosen.iter_rows(named=True)]
        with leased.held(by or "", _wanted(opened, chosen, people)) as others:
            _refuse(chosen.filter(pl.col("id").is_in(others)))
            return annotate.repeat(opened, annotation_id, repeated, people=people)


def undo_repeats(project: Project, annotation_id: int, *, by: str | None = None) -> list[int]:
    """Take back, all at once, what a correction was saved for besides; `by`: only that person's. Returns their ids."""
    with Pool.open(project.pool_url) as pool:
        pool.annotation(annotation_id)  # one that was never given is told, one without repeats is not
        return pool.withdraw_repeats(annotation_id, by=by)


def _opened(project: Project, pool: Pool | None) -> AbstractContextManager[Pool]:
    return nullcontext(pool) if pool else Pool.open(project.pool_url)


def _leased(project: Project, leases: Leases | None) -> AbstractContextManager[Leases]:
    return nullcontext(leases) if leases else Leases.open(project.pool_url)


def _wanted(pool: Pool, chosen: pl.DataFrame, people: int) -> dict[str, int]:
    """From how many people a verdict on each is still wanted."""
    said = annotate.shared_queue(chosen, _given_on(pool, chosen), people)
    return dict(said.select("id", people - pl.col("judges").list.len().cast(pl.Int64)).iter_rows())


def _refuse(before_others: pl.DataFrame) -> None:
    if before_others.is_empty():
        return
    named = ", ".join(f"“{question}”" for question in before_others["question"])
    raise Overtaken(
        f"{before_others.height} of these are before somebody else, who is judging them: {named}. "
        "None was saved; take the tick from them, or come back when they are judged."
    )


def _is_correction(said: Annotation) -> bool:
    return not said.withdrawn and (said.verdict == "unanswerable" or bool(said.answers))


def _like(project: Project, pool: Pool, said: Annotation, patient: bool) -> pl.DataFrame:
    """What is like the example of a correction, judged or not."""
    example = next(iter(pool.of_ids([said.example]).to_dicts()), None) if said.example else None
    found = _near(pool, said, _place(said, example) | {"patient": patient}) if _is_correction(said) else pool.of_ids([])
    if example and example["where"]:
        found = found.filter(pl.col("negative").eq_missing(pl.lit(example["negative"], dtype=pl.String)))
    else:
        found = found.filter(pl.col("context") == said.context)
    found = found.unique(["question", "context"], keep="last", maintain_order=True).with_columns(proposed=_proposed())
    return found.filter(_asks_the_same(found, said.question) | _same_label(said), *_may_be_true(project, said))


def _near(pool: Pool, said: Annotation, place: dict[str, Any]) -> pl.DataFrame:
    """Drafts and accepted examples at a place, as many as are looked at, each once."""
    text = place.pop("text", "")
    labelled = f"{text} {' '.join(_words(said.shown_answer))}".strip()
    looked_at: tuple[tuple[Status, str], ...] = (("draft", text), ("accepted", labelled), ("accepted", text))
    found = [pool.search(**place, status=status, text=words, limit=_LOOKED_AT).examples for status, words in looked_at]
    return pl.concat(found).unique("id", maintain_order=True)


def _place(said: Annotation, example: dict[str, Any] | None) -> dict[str, Any]:
    """What the pool is searched by: the coordinates of an example, else the words of what was read, or asked."""
    where = {pair["key"]: pair["value"] for pair in example["where"]} if example else {}
    if where:
        return {"where": {key: value for key, value in where.items() if key not in _WORDING}}
    read, asked = _words(said.context)[:_WORDS], sorted(_words(said.question), key=len)[-2:]
    return {"text": " ".join(read or asked)}


def _words(text: str) -> list[str]:
    return [word.strip("*") for word in words_of(text)]


def _proposed() -> pl.Expr:
    """True where no answers mean unanswerable, not that nobody has answered."""
    return (pl.col("status") == "accepted") | drafts.by_teacher() | is_answerable() | pl.col("negative").is_not_null()


def _asks_the_same(found: pl.DataFrame, question: str) -> pl.Expr:
    pairs = near_duplicates(pl.concat([pl.Series([question]), found["question"]]), TWINS)
    rows = pairs.filter(pl.col("left") == 0)["right"] - 1
    return pl.int_range(pl.len()).is_in(rows.cast(pl.Int64).implode())


def _same_label(said: Annotation) -> pl.Expr:
    if not said.shown_answer:
        return ~is_answerable() & pl.col("proposed")
    return pl.col("answers").list.contains(said.shown_answer)


def _may_be_true(project: Project, said: Annotation) -> list[pl.Expr]:
    """Not of what is labelled so already, nor, where an answer is marked in its text, of a text without it."""
    right = pl.lit(sorted(said.answers), dtype=pl.List(pl.String))
    another = [(pl.col("answers").list.sort() != right) | ~pl.col("proposed")]
    if project.task.answer_kind != "extractive" or not said.answers:
        return another
    held = [pl.col("context").str.contains(answer, literal=True) for answer in said.answers]
    return [*another, pl.any_horizontal(held)]


def _unjudged(pool: Pool, found: pl.DataFrame) -> pl.DataFrame:
    """Those on which no verdict stands, nor on the same question about the same context."""
    return annotate.still_queued(found, _given_on(pool, found))


def _given_on(pool: Pool, found: pl.DataFrame) -> list[Annotation]:
    return pool.annotations_on(found["id"].to_list(), found["question"].to_list())


def _repeated(said: Annotation, example: dict[str, Any]) -> Annotation:
    """The correction as a verdict on the label of an example like it."""
    return Annotation(
        question=example["question"],
        context=example["context"],
        shown_answer=example["answers"][0] if example["answers"] else "",
        verdict="wrong" if said.answers else "unanswerable",
        answers=said.answers,
        note=f"like verdict {said.id}",
        example=example["id"],
        by=said.by,
        at=now(),
    )
