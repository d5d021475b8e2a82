"""The pool looked through: pages of it, one example with its history, edits, many decided at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from growloop import drafts
from growloop.annotate import latest_by_question
from growloop.errors import BadData, NotFound, NothingToDo
from growloop.loop.accepting import matching
from growloop.loop.asked import answered_examples
from growloop.loop.correcting import correct, undo
from growloop.loop.weighing import worst
from growloop.pool import Pool
from growloop.project import Project, now
from growloop.records.annotation import Annotation
from growloop.records.example import Status as ExampleStatus
from growloop.records.example import content_id, coordinate, coordinate_names
from growloop.records.run import Run
from growloop.search_index import words_of
from growloop.universe.verification import DOUBT

EDITED = "edit"
"""The origin of an example whose question a person put differently."""
_SAMPLED = 2_000
_MOST_VALUES = 200


def filters(project: Project) -> tuple[list[str], dict[str, list[str]]]:
    """What the pool can be filtered by: the origins, and values of each coordinate, those of the newest examples."""
    with Pool.open(project.pool_url) as pool:
        origins, some = pool.origins(), pool.newest(_SAMPLED)
    names = coordinate_names(some)
    values = {name: some.select(coordinate(name)).to_series().drop_nulls().unique().sort() for name in names}
    return origins, {name: known.head(_MOST_VALUES).to_list() for name, known in values.items()}


def filters_state(project: Project) -> int:
    """Differs whenever there may be more to filter by: quick to find out."""
    with Pool.open(project.pool_url) as pool:
        return pool.last_row()


# beside what a model said


def last_evaluation(project: Project) -> Run | None:
    """The evaluation finished last; where none is, the baseline."""
    runs = project.runs()
    for kind in ("evaluate", "baseline"):
        found = [run for run in runs if run.kind == kind]
        if found:
            return found[-1]
    return None


@dataclass(frozen=True)
class Answered:
    """What a run answered worst, one page of it."""

    rows: pl.DataFrame
    """As `worst` gives them: example, prediction, mistake, scores."""
    count: int
    """On all pages."""
    after: int | None
    """Where the next page begins."""
    before: int | None = None
    """Where the page before ends."""


def answered_worst(
    project: Project,
    run: Run,
    *,
    where: Mapping[str, str] | None = None,
    text: str = "",
    limit: int = 50,
    after: int = 0,
    before: int = 0,
) -> Answered:
    """The wrong answers of a run to the examples at some coordinates with all words of a text, the worst first."""
    failed = worst(project, run, answered_examples(project, run).height).filter(matching(where or {}), _holds(text))
    start = max(0, before - limit) if before else after
    end = start + limit
    return Answered(failed.slice(start, limit), failed.height, end if failed.height > end else None, start or None)


def _holds(text: str) -> pl.Expr:
    """True where all words of a text occur; `word*` finds whatever begins so, as the pool's search does."""
    whole = pl.concat_str("question", "context", pl.col("answers").list.join(" "), separator=" ").str.to_lowercase()
    words = [word.lower() for word in words_of(text)]
    patterns = [rf"\b{word.strip('*')}" + ("" if word.endswith("*") else r"\b") for word in words]
    return pl.all_horizontal([pl.lit(True), *(whole.str.contains(pattern) for pattern in patterns)])


def standing_verdicts(project: Project, ids: Sequence[str]) -> dict[str, Annotation]:
    """The last verdict on each of some examples, withdrawn ones aside."""
    with Pool.open(project.pool_url) as pool:
        given = pool.annotations_on(ids)
    return {said.example: said for said in latest_by_question(given) if said.example}


# one example


@dataclass(frozen=True)
class ExampleInFull:
    """Everything known of one example."""

    example: dict[str, Any]
    """A row of an EXAMPLES frame, `where` as pairs."""
    verdicts: tuple[Annotation, ...]
    """What people said about it, oldest first, withdrawn ones among them."""
    status_changes: tuple[dict[str, str], ...]
    parent: dict[str, Any] | None
    children: tuple[dict[str, Any], ...]
    run: str | None
    """The evaluation that answered it last, of which `answered` is the row; None: it was not asked there."""
    answered: dict[str, Any] | None


def example_in_full(project: Project, id: str) -> ExampleInFull:
    """One example, its history, and what the last evaluation made of it. Raises NotFound."""
    with Pool.open(project.pool_url) as pool:
        example = _known(pool, id)
        parent = example["parent"] if example["parent"] != id else None
        found = ExampleInFull(
            example=example,
            verdicts=tuple(pool.annotations_on([id])),
            status_changes=tuple(pool.status_changes(id)),
            parent=next(iter(pool.of_ids([parent]).to_dicts()), None) if parent else None,
            children=tuple(pool.made_from(id).to_dicts()),
            run=None,
            answered=None,
        )
    run = last_evaluation(project)
    said = _answer_to(project, run, id) if run else None
    return found if said is None or run is None else ExampleInFull(**{**vars(found), "run": run.id, "answered": said})


def _known(pool: Pool, id: str) -> dict[str, Any]:
    rows = pool.of_ids([id])
    if rows.is_empty():
        raise NotFound(f"There is no example {id} in the pool.")
    return rows.row(0, named=True)


def _answer_to(project: Project, run: Run, id: str) -> dict[str, Any] | None:
    predictions, scores = (project.run_frame(run.id, name) for name in ("predictions", "scores"))
    found = predictions.filter(id=id).join(scores.drop("abstained"), on="id")
    return next(iter(found.to_dicts()), None)


def edit(
    project: Project, id: str, *, question: str, answers: Sequence[str], note: str = "", by: str = ""
) -> ExampleInFull:
    """Put an example right; nothing of it is erased.

    Other answers are a person's verdict, which the next version follows, in the place of the one they gave before.
    Another question makes a new example, of which this is the parent and which takes its place. Raises NothingToDo
    where nothing differs, Overtaken where somebody else has judged it.
    """
    wanted = tuple(dict.fromkeys(answer.strip() for answer in answers if answer.strip()))
    with Pool.open(project.pool_url) as pool:
        example = _known(pool, id)
        _check_edit(example, question, wanted)
        if question.strip() != example["question"]:
            return example_in_full(project, _reworded(pool, example, question.strip(), wanted, note, by))
        before = [said for said in pool.annotations_on([id]) if said.by == by and not said.withdrawn]
    silent = project.task.abstain_answer
    said = Annotation(
        question=example["question"],
        context=example["context"],
        shown_answer=example["answers"][0] if example["answers"] else silent,
        verdict="wrong" if wanted else "unanswerable",
        answers=wanted,
        note=note,
        example=id,
        by=by,
        at=now(),
    )
    for former in before:  # whoever changes their mind takes their word back; nobody else's is touched
        undo(project, former.id)
    correct(project, said)
    return example_in_full(project, id)


def _check_edit(example: Mapping[str, Any], question: str, answers: tuple[str, ...]) -> None:
    if not question.strip():
        raise BadData("An example needs a question. To take it out of the data, reject it.")
    if example["status"] not in ("accepted", "draft"):
        raise BadData(f"This example is {example['status']}: nothing would come of an edit. Accept it first.")
    if question.strip() == example["question"] and list(answers) == example["answers"]:
        raise NothingToDo("Question and answers are as they were; nothing was saved.")


def _reworded(
    pool: Pool, example: Mapping[str, Any], question: str, answers: tuple[str, ...], note: str, by: str
) -> str:
    """Put a new example in the place of one, and return its id."""
    id = content_id(question, example["context"], answers)
    if pool.of_ids([id]).height:
        raise BadData(f"There is an example with this question, context and answers already: {id}. Nothing was saved.")
    fresh = {
        **example,
        "id": id,
        "question": question,
        "answers": list(answers),
        "negative": None if answers else example["negative"],
        "where": _without_doubt(example["where"], answerable=bool(answers)),
        "origin": EDITED,
        "parent": example["id"],
        "source_id": None,
        "status": "accepted",
    }
    gone = [example["id"]]
    if example["status"] == "draft":
        gone = drafts.about_the_same(pool.examples("draft"), example["id"])
    because = f"reworded as {id}" + (f": {note}" if note else "")
    frame = pl.DataFrame([fresh], schema=pool.of_ids([]).schema)
    pool.set_status(gone, "rejected", because=because, by=by, fresh=frame)
    return id


def _without_doubt(where: Sequence[Mapping[str, str]], *, answerable: bool) -> list[dict[str, str]]:
    """The coordinates without the doubt that a person has settled, and without a negative that is answered."""
    known = {pair["key"]: pair["value"] for pair in where if pair["key"] != DOUBT}
    if answerable and "negative" in known:
        known["negative"] = "none"
    return [{"key": key, "value": value} for key, value in known.items()]


# many at once


@dataclass(frozen=True)
class Decided:
    """What came of deciding on many examples at once."""

    changed: int
    """How many are accepted, or rejected, that were not before."""
    unanswered: int = 0
    """Drafts that could not be accepted: nobody has answered them yet."""


def decide(
    project: Project, ids: Sequence[str], verdict: Literal["accept", "reject"], *, note: str = "", by: str = ""
) -> Decided:
    """Accept or reject some examples, and keep who did.

    Accepting a draft is a verdict on it, as in the queue; one that nobody has answered is left as it is.
    """
    with Pool.open(project.pool_url) as pool:
        known = pool.of_ids(ids)
        waiting = known.filter(pl.col("status") == "draft")
        if verdict == "reject":
            alike = pool.examples("draft").join(waiting.select("question", "context"), on=["question", "context"])
            gone = [*known["id"], *(id for id in alike["id"] if id not in set(known["id"]))]
            return Decided(pool.set_status(gone, "rejected", because=note, by=by))
        others = known.filter(pl.col("status") != "draft")["id"].to_list()
        changed = pool.set_status(others, "accepted", because=note, by=by)
        rejections = [said for said in pool.annotations_on(others) if said.verdict == "bad_question"]
    for said in rejections:
        undo(project, said.id)
    judged, unanswered = _accepted_drafts(project, waiting, note, by)
    return Decided(changed + judged, unanswered)


def _accepted_drafts(project: Project, waiting: pl.DataFrame, note: str, by: str) -> tuple[int, int]:
    """Say of each draft that has a proposed answer that it is right; how many have one, and how many none.

    What somebody has judged already is left as it is.
    """
    judged = standing_verdicts(project, waiting["id"].to_list())
    looked_at = drafts.to_review(waiting.filter(~pl.col("id").is_in(list(judged))))
    proposed = looked_at.filter("proposed")
    for row in proposed.iter_rows(named=True):
        shown = row["answers"][0] if row["answers"] else project.task.abstain_answer
        asked = {"question": row["question"], "context": row["context"], "shown_answer": shown}
        correct(project, Annotation(**asked, verdict="correct", example=row["id"], note=note, by=by, at=now()))
    return proposed.height, looked_at.height - proposed.height


def status_named(name: str) -> ExampleStatus | None:
    """A status by its name, None for the empty one. Raises BadData."""
    known: tuple[ExampleStatus, ...] = ("draft", "accepted", "rejected", "duplicate", "set_aside")
    if not name:
        return None
    found = next((status for status in known if status == name), None)
    if found is None:
        raise BadData(f'There is no status "{name}". Known here: {", ".join(known)}.')
    return found
