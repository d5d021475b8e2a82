"""Several people's verdicts on the same examples: how far they agree, and what somebody has to settle."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from growloop.metrics.people import review_agreement
from growloop.records.agreement import REVIEWS, Disagreement, Opinion, ReviewAgreement
from growloop.records.annotation import Annotation


def agreement(annotations: Iterable[Annotation], settlements: Collection[int]) -> ReviewAgreement:
    """How the people agree; a verdict that settles (its id among `settlements`) is nobody's opinion."""
    return review_agreement(_several(_reviews(annotations, settlements)))


def disagreements(annotations: Iterable[Annotation], settlements: Collection[int]) -> list[Disagreement]:
    """The examples about which people said different things, and nobody has settled it; the oldest first."""
    known = {one.id: one for one in annotations if not one.withdrawn}
    settled = [one.example for one in known.values() if one.id in settlements]
    word = pl.struct("verdict", "answer")
    apart = _several(_reviews(known.values(), settlements)).filter(
        word.n_unique().over("example") > 1, ~pl.col("example").is_in(settled)
    )
    grouped = apart.group_by("example", maintain_order=True).agg("annotation")
    return [_disagreement([known[id] for id in ids]) for ids in grouped["annotation"]]


def _reviews(annotations: Iterable[Annotation], settlements: Collection[int]) -> pl.DataFrame:
    """A REVIEWS frame: the last verdict of each person on each example; answers as they are compared."""
    opinions = [one for one in annotations if one.example and not one.withdrawn and one.id not in settlements]
    rows = [(one.example, one.by, one.verdict, _compared(one.answers), one.id) for one in opinions]
    said = pl.DataFrame(rows, schema=REVIEWS, orient="row")
    return said.unique(["example", "by"], keep="last", maintain_order=True)


def _compared(answers: tuple[str, ...]) -> str:
    return "\x1f".join(" ".join(answer.casefold().split()) for answer in sorted(answers))


def _several(said: pl.DataFrame) -> pl.DataFrame:
    return said.filter(pl.len().over("example") > 1)


def _disagreement(opinions: list[Annotation]) -> Disagreement:
    first = opinions[0]
    said = (
        Opinion(annotation=one.id, by=one.by, verdict=one.verdict, answers=one.answers, at=one.at) for one in opinions
    )
    return Disagreement(
        example=first.example or "",
        question=first.question,
        context=first.context,
        shown_answer=first.shown_answer,
        opinions=tuple(said),
    )
