"""Wrong labels: found by models that did not learn them, queued, judged by a person."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from growloop import annotate, drafts
from growloop.diagnose.label_errors import suspects
from growloop.errors import BadData, NotFound
from growloop.finetune.worker import Job, train_in_worker
from growloop.loop.correcting import correct
from growloop.loop.freezing import version_named
from growloop.loop.training import checkpoint_of
from growloop.pool import Pool
from growloop.project import Project, now, parquet_bytes, write_atomically
from growloop.records.annotation import Annotation, Verdict
from growloop.records.audit import EXAMINED_FILE, SUSPECTS_FILE
from growloop.records.example import EXAMPLES
from growloop.records.progress import Progress
from growloop.records.run import Run
from growloop.records.version import DatasetVersion
from growloop.runs import environment, keep_progress, run_id


@dataclass(frozen=True)
class Audited:
    """An audit's run, and the examples by how likely their label is wrong."""

    run: Run
    suspects: pl.DataFrame
    """A SUSPECTS frame with a column for each signal: every example that no person has judged."""


def audit(
    project: Project, *, version: str | None = None, model: str | None = None, folds: int = 3, epochs: int = 3
) -> Generator[Progress, None, Audited]:
    """Rank a version's examples by how likely their label is wrong, with the reason.

    A candidate is trained once for each fold, on the others, and thrown away. The same version, model and settings
    are the same audit: done already, it is not done again; killed, it goes on with the next fold.
    """
    frozen, task = version_named(project, version), project.task
    chosen = _unbiased(model or task.candidates[0])
    task = task.model_copy(update={"training": task.training.model_copy(update={"epochs": epochs})})
    settings: dict[str, Any] = {"training": task.training.model_dump(), "answer_kind": task.answer_kind}
    settings |= {"abstain_answer": task.abstain_answer, "folds": folds}
    name = run_id("audit", frozen.id, chosen, settings, task.seed)
    if not project.is_done(name):
        folder = project.run_folder(name)
        rows = str(project.version_folder(frozen.id))
        job = Job(task=task, model=checkpoint_of(project, chosen), examples=rows, seed=task.seed, folds=folds)
        examined = yield from keep_progress(train_in_worker(job, folder), folder)
        ranked = suspects(project.examples(frozen.id), pl.read_parquet(folder / EXAMINED_FILE))
        write_atomically(folder / f"{SUSPECTS_FILE}.parquet", parquet_bytes(ranked))
        project.save_run(_audit_run(name, frozen, chosen, examined.settings, task.seed))
    return Audited(project.run(name), project.run_frame(name, SUSPECTS_FILE))


def _unbiased(model: str) -> str:
    if model.startswith("train-"):
        raise BadData(
            f"{model} has learned these examples, wrong labels among them, so it cannot tell which are wrong.\n"
            "  Audit with a candidate that is not trained yet, e.g.  growloop audit --model bundled"
        )
    return model


def _audit_run(name: str, version: DatasetVersion, model: str, settings: dict[str, Any], seed: int) -> Run:
    return Run(
        id=name,
        kind="audit",
        version=version.id,
        model=model,
        settings=settings,
        seed=seed,
        environment=environment(),
        created=now(),
    )


def enqueue(project: Project, examples: pl.DataFrame) -> int:
    """Put examples (`id`, `reason`, `score`) in the queue for a person to judge; returns how many wait there now."""
    with Pool.open(project.pool_url) as pool:
        pool.enqueue(examples.select("id", "reason", priority="score"))
    return queue(project).height


def queue(project: Project, *, drafts_alone: bool = False) -> pl.DataFrame:
    """The examples that wait for a person's verdict, the most urgent first, drafts last: a QUEUED frame.

    A verdict on an example takes it off, here or on the page; one that is taken back puts it in again.
    """
    with Pool.open(project.pool_url) as pool:
        waiting = waiting_in(pool)
    return waiting.filter(pl.col("status") == "draft") if drafts_alone else waiting


def waiting_in(pool: Pool) -> pl.DataFrame:
    """What waits in a pool that is open."""
    return annotate.still_queued(queued_in(pool), pool.annotations())


def queued_in(pool: Pool, drafted: pl.DataFrame | None = None) -> pl.DataFrame:
    """The queue of a pool that is open and its drafts, read already or not, judged or not: a QUEUED frame."""
    read = pool.examples("draft", coordinates=drafts.REVIEWED_BY) if drafted is None else drafted
    return pl.concat([pool.queue(), drafts.to_review(read)])


def judge(project: Project, example: str, verdict: Verdict, *, answers: Sequence[str] = (), by: str = "") -> Annotation:
    """Save a person's verdict on the label of a queued example, named by its id or the beginning of it.

    Raises BadData where a draft is called correct that nobody has answered.
    """
    found = _queued(project, example)
    if verdict == "correct" and not found["proposed"]:
        raise BadData(
            f'Nobody has answered "{found["question"]}" yet, so there is nothing to accept.\n'
            "  Say what is right:  --verdict wrong --answer TEXT   or:  --verdict unanswerable"
        )
    silent = project.task.abstain_answer if found["proposed"] else ""
    shown = found["answers"][0] if found["answers"] else silent
    asked = {"question": found["question"], "context": found["context"], "shown_answer": shown}
    given = Annotation(**asked, verdict=verdict, answers=tuple(answers), example=found["id"], by=by, at=now())
    return correct(project, given)


def take_off(project: Project, example: str) -> None:
    """Take an example, named by its id or the beginning of it, off the queue without a verdict.

    A draft is rejected by it: nothing else would keep it off.
    """
    found = _queued(project, example)
    with Pool.open(project.pool_url) as pool:
        if found["status"] == "draft":
            gone = drafts.about_the_same(pool.examples("draft"), found["id"])
            pool.replace(EXAMPLES.to_frame(), dict.fromkeys(gone, "rejected"))
        pool.dequeue([found["id"]])


def _queued(project: Project, example: str) -> dict[str, Any]:
    found = queue(project).filter(pl.col("id").str.starts_with(example))
    if found.height != 1:
        many = "No example in the queue has" if found.is_empty() else f"{found.height} examples in the queue have"
        raise NotFound(f'{many} an id that begins with "{example}".\n  What waits, with ids:  growloop queue')
    return found.row(0, named=True)
