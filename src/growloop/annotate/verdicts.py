"""A person's verdict: saved durably, repeated, settled, taken back."""

from __future__ import annotations

from collections.abc import Sequence

from growloop.errors import BadData
from growloop.pool import Pool
from growloop.records.annotation import Annotation


def record(pool: Pool, annotation: Annotation, *, people: int | None = 1) -> Annotation:
    """Save a verdict durably; what comes back carries its id.

    Answers are kept only where the verdict needs them (partly, wrong). Raises BadData where the question is blank,
    and Overtaken where it is on an example that so many `people`, or the same person, have judged already; None asks
    nothing of the kind.
    """
    return pool.annotate(_cleaned(annotation), people=people)


def repeat(pool: Pool, source: int, annotations: Sequence[Annotation], *, people: int = 1) -> list[Annotation]:
    """Save verdicts that repeat another one, the `source`: all of them durably, or none. Raises as `record` does."""
    return pool.repeat(source, [_cleaned(each) for each in annotations], people=people)


def settle(pool: Pool, annotation: Annotation) -> Annotation:
    """Save a verdict that settles what people said differently about an example. Raises as `record` does."""
    if annotation.example is None:
        raise BadData("A verdict that settles names the example that people disagree about.")
    return pool.settle(_cleaned(annotation))


def _cleaned(annotation: Annotation) -> Annotation:
    if not annotation.question.strip():
        raise BadData(
            "This verdict has no question, so nothing can be learned from it. Give the question that was asked."
        )
    needed = annotation.answers if annotation.verdict in ("partly", "wrong") else ()
    answers = dict.fromkeys(answer.strip() for answer in needed if answer.strip())
    return annotation.model_copy(update={"answers": tuple(answers)})


def undo(pool: Pool, annotation_id: int, *, by: str | None = None) -> None:
    """Withdraw a verdict: it counts no longer, and stays on record. Raises NotFound.

    `by`: only one of that person's; raises NotAllowed for somebody else's.
    """
    pool.withdraw(annotation_id, by=by)
