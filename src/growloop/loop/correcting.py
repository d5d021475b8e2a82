"""Contexts indexed, questions asked, answers corrected."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import nullcontext
from itertools import accumulate
from typing import Any

from growloop import annotate
from growloop.asking import Answered, answer_one, make_index, retrieval_quality, search
from growloop.dataset.fixes import as_cleaned
from growloop.errors import NothingToDo
from growloop.loop.accepting import judgeable
from growloop.loop.declaring import passages_of, places_of
from growloop.loop.training import checkpoint_of, latest_model, standing_models
from growloop.models.evidence import evidence
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.annotation import Annotation
from growloop.records.example import SplitName
from growloop.records.progress import Progress
from growloop.records.report import Standing
from growloop.records.run import Estimate


def index(project: Project) -> Generator[Progress, None, dict[str, Estimate]]:
    """Index the contexts; returns recall at 1, 3 and 5, MRR and nDCG on the frozen version's positives."""
    yield from make_index(project.folder, project.task, passages_of(project))
    latest = project.latest_version()
    if latest is None:
        return {}
    return retrieval_quality(project.folder, project.examples(latest.id))


def _unheard(text: str) -> None:
    """Where nobody listens."""


def ask(
    project: Project,
    question: str,
    context: str | None = None,
    *,
    by: Standing = "current",
    hear: Callable[[str], None] = _unheard,
) -> Answered:
    """The current model's answer, with the context it was read from; without one, the indexer finds it.

    `by` names another model to be held against it; `hear` is told the answer as it is written, its text so far each
    time, and ends it by raising. A closed task reads no context. Raises NotFound where one is needed, none is given and
    nothing is indexed, NothingToDo where there is no such model yet.
    """
    task = project.task
    if task.answer_kind == "closed_generative":
        context = ""
    passages = _placed(search(project.folder, question, task.passages)) if context is None else ()
    read = _BETWEEN.join(passage["text"] for passage in passages) if context is None else context
    model = latest_model(project) if by == "current" else _standing(project, by)
    turn = max((t for t in project.iterations() if t.trained_by == model), key=lambda t: t.number, default=None)
    spoken = answer_one(checkpoint_of(project, model), task, question, read, hear)
    row = spoken.prediction
    return Answered(
        answer=row["prediction"],
        context=read,
        passages=passages,
        seconds=row["seconds"],
        model=turn.model if turn else model,
        iteration=turn.number if turn else None,
        abstained=row["abstained"],
        run=model if model.startswith("train-") else None,
        confidence=row["confidence"],
        evidence=() if row["abstained"] else evidence(question, row["prediction"], read, spoken.span),
    )


_BETWEEN = "\n\n"


def _placed(passages: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Passages with the character at which each starts once they are read one after the other."""
    starts = accumulate((len(passage["text"]) + len(_BETWEEN) for passage in passages), initial=0)
    return tuple({**passage, "start": start} for passage, start in zip(passages, starts, strict=False))


def _standing(project: Project, by: Standing) -> str:
    known = standing_models(project)
    if by not in known:
        raise NothingToDo("No model was in use before the current one: it is the first that was trained.")
    return known[by]


def side_of(project: Project, question: str, context: str) -> SplitName:
    """The split on which a correction of this would fall: what it is measured on, the model never learns."""
    return sides(project).of(question, context)


def sides(project: Project) -> annotate.Sides:
    """Where corrections fall, for all contexts that the pool and the latest version know."""
    latest = project.latest_version()
    with Pool.open(project.pool_url) as pool:
        return annotate.Sides(judgeable(pool), project.examples(latest.id) if latest else None, places_of(project))


def correct(project: Project, annotation: Annotation, *, people: int = 1, pool: Pool | None = None) -> Annotation:
    """Save a person's verdict on an answer, durably; the next version holds it. `pool`: the project's, if it is open.

    Raises Overtaken where it is on an example that so many `people`, or the same person, have judged already.
    """
    with nullcontext(pool) if pool else Pool.open(project.pool_url) as opened:
        return annotate.record(opened, annotation, people=None if _was_cleaned(opened, annotation) else people)


def _was_cleaned(pool: Pool, annotation: Annotation) -> bool:
    """True where its example gave way to a clean copy of itself, for which the verdict is meant as well."""
    if annotation.example is None or pool.status_of(annotation.example) != "rejected":
        return False
    return as_cleaned([annotation], pool.made_from(annotation.example))[0].example != annotation.example


def undo(project: Project, annotation_id: int, *, by: str | None = None) -> None:
    """Withdraw a verdict, `by`: only one of that person's; it stays in the pool's history."""
    with Pool.open(project.pool_url) as pool:
        annotate.undo(pool, annotation_id, by=by)


def verdicts(project: Project, offset: int = 0, limit: int = 50) -> tuple[list[Annotation], int]:
    """A page of verdicts, newest first, withdrawn ones among them, and how many there are."""
    with Pool.open(project.pool_url) as pool:
        return pool.latest_annotations(offset, limit)
