"""How good a model is: candidates before training, and any model on any split."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from growloop.diagnose.retrieved import as_read
from growloop.errors import GrowloopError
from growloop.evaluation import Evaluated
from growloop.evaluation import evaluate as evaluate_answers
from growloop.loop.asked import evaluated_examples, of_side, read_examples
from growloop.loop.declaring import metrics_of
from growloop.loop.freezing import version_named
from growloop.loop.reading import RETRIEVED_FILE, found_for, how_it_reads, index_for
from growloop.loop.training import checkpoint_of, is_trained, latest_model
from growloop.loop.weighing import budgets
from growloop.metrics.declared import code_hashes, graders
from growloop.models.cards import trained_for
from growloop.models.trained import read_trained
from growloop.project import Project, now, parquet_bytes, write_atomically
from growloop.records.fingerprint import contents_id
from growloop.records.progress import Progress
from growloop.records.run import PREDICTIONS, RETRIEVED, Run, RunKind
from growloop.records.status import Candidate
from growloop.records.version import DatasetVersion
from growloop.runs import environment, keep_progress, run_id

BASELINE_QUESTIONS = 200
"""How many questions of a side are put to an untrained model, which rambles and is slow; enough for ± 7 points."""


def baseline(project: Project, *, version: str | None = None) -> Generator[Progress, None, list[Candidate]]:
    """Every candidate zero-shot on the validation questions, best token F1 (or first metric) first, then fastest.

    A candidate that cannot be loaded is listed with its problem; the others are measured all the same.
    """
    frozen = version_named(project, version)
    found: list[Candidate] = []
    for model in project.task.candidates:
        try:
            run = yield from evaluated_by(
                project, frozen, model, "validation", kind="baseline", at_most=BASELINE_QUESTIONS
            )
        except GrowloopError as error:
            found.append(Candidate(model=model, run=None, problem=str(error)))
            continue
        found.append(_candidate(project, model, run))
    if not any(candidate.run for candidate in found):
        raise GrowloopError("No candidate could be measured.\n" + "\n".join(f"{c.model}: {c.problem}" for c in found))
    return sorted(found, key=_rank)


def _rank(candidate: Candidate) -> tuple[float, float]:
    by = candidate.metrics.get("token_f1") or next(iter(candidate.metrics.values()), None)
    score = by.value if by else None
    seconds = candidate.timings.seconds_per_answer_p50 if candidate.timings else 0.0
    return (-(score if score is not None else -1.0), seconds)


def _candidate(project: Project, model: str, run: Run) -> Candidate:
    return Candidate(
        model=model,
        run=run.id,
        trained_for=str(run.settings.get("trained_for", "")),
        parameters=run.parameters,
        model_bytes=run.model_bytes,
        metrics=run.metrics,
        timings=run.timings,
        budgets=budgets(project, run),
    )


def evaluate(
    project: Project, *, model: str | None = None, version: str | None = None, split: str = "test"
) -> Generator[Progress, None, Run]:
    """Answer a split of a version with a model (the one trained last, unless named) and score the answers."""
    frozen = version_named(project, version)
    return (yield from evaluated_by(project, frozen, model or latest_model(project), split))


def evaluated_by(
    project: Project,
    version: DatasetVersion,
    model: str,
    split: str,
    *,
    kind: RunKind = "evaluate",
    at_most: int | None = None,
) -> Generator[Progress, None, Run]:
    """Answer and score a side of a version; what was done for another version with the same rows is not done again."""
    task = project.task
    examples = evaluated_examples(project, version, split, at_most)
    index = yield from index_for(project, examples)
    settings = _settings(project, at_most) | ({"retrieved": how_it_reads(project, index)} if index else {})
    name = run_id(kind, _contents(project, version, split), model, settings, task.seed, split)
    if project.is_done(name):
        return project.run(name)
    found = found_for(project, examples, index) if index else RETRIEVED.to_frame()
    if index:
        write_atomically(project.run_folder(name) / f"{RETRIEVED_FILE}.parquet", parquet_bytes(found))
    card = _card(project, model)
    known = _known_answers(project, model, card["model_hash"], settings, as_read(examples, found))
    result = yield from _answered(project, model, project.run_folder(name), as_read(examples, found), known)
    run = Run(
        id=name,
        kind=kind,
        version=version.id,
        split=split,
        model=model,
        settings={**settings, "trained_for": card.pop("trained_for")},
        seed=task.seed,
        environment=environment(),
        metrics=result.metrics,
        timings=result.timings,
        calibration=result.calibration,
        gradings=result.gradings,
        notes=(*result.notes, *_reading(found, task.passages)),
        created=now(),
        **card,
    )
    project.save_run(run)
    return run


def _answered(
    project: Project, model: str, folder: Path, examples: pl.DataFrame, known: pl.DataFrame
) -> Generator[Progress, None, Evaluated]:
    from growloop.models import load_answerer

    load = partial(load_answerer, checkpoint_of(project, model), project.task)
    stage = evaluate_answers(load, examples, project.task, folder, metrics_of(project), known)
    return (yield from keep_progress(stage, folder))


def _reading(found: pl.DataFrame, passages: int) -> tuple[str, ...]:
    """A word on the questions whose text had to be found."""
    if found.is_empty():
        return ()
    known = found["rank"].drop_nulls()
    inside = int(known.is_between(1, passages).sum())
    told = f"; of {len(known):,} with an answer it stands there for {inside:,}" if len(known) else ""
    return (
        f"{found.height:,} questions have no text of their own: they were read with what the retriever found{told}.",
    )


def _card(project: Project, model: str) -> dict[str, Any]:
    """What a run keeps of a model, and what it is `trained_for`; a trained one need not be read for it again."""
    checkpoint = checkpoint_of(project, model)
    if not is_trained(project, model):
        from growloop.models.catalog import describe

        card = describe(checkpoint)
        known = {"parameters": card.parameters, "model_bytes": card.size_bytes, "model_hash": card.sha256}
        return {**known, "trained_for": card.trained_for}
    trained, folder = project.run(model), Path(checkpoint)
    purpose = trained_for(folder, read_trained(folder))
    return {name: getattr(trained, name) for name in ("parameters", "model_bytes", "model_hash")} | {
        "trained_for": purpose
    }


ANSWERING = ("abstain_answer", "window")
"""The settings of an evaluation that change what a model answers, not how that is judged."""


def _known_answers(
    project: Project, model: str, model_hash: str | None, settings: dict[str, Any], examples: pl.DataFrame
) -> pl.DataFrame:
    """What earlier runs of the same model answered to the same questions about the same texts: PREDICTIONS.

    Of models that are named, only those count whose weights are known to be the same.
    """
    found = [PREDICTIONS.to_frame()]
    for run in project.runs():
        alike = run.model == model and all(run.settings.get(name) == settings.get(name) for name in ANSWERING)
        same_weights = model.startswith("train-") or (model_hash is not None and run.model_hash == model_hash)
        if run.kind in ("evaluate", "baseline") and alike and same_weights:
            asked = read_examples(project, run).select("id", "question", "context")
            found.append(_for_examples(project.run_frame(run.id, "predictions"), asked, examples))
    return pl.concat(found).unique("id", keep="first", maintain_order=True)


def _for_examples(predictions: pl.DataFrame, asked: pl.DataFrame, examples: pl.DataFrame) -> pl.DataFrame:
    """Answers under the ids of other examples with the same question and context; a label may have changed."""
    said = predictions.join(asked, on="id").drop("id").unique(["question", "context"], keep="first")
    wanted = examples.select("id", "question", "context").unique("id", keep="first", maintain_order=True)
    return wanted.join(said, on=["question", "context"], maintain_order="left").select(PREDICTIONS.names())


def _settings(project: Project, at_most: int | None) -> dict[str, Any]:
    task = project.task
    declared = [metric if isinstance(metric, str) else metric.model_dump() for metric in task.metrics]
    settings: dict[str, Any] = {"abstain_answer": task.abstain_answer, "metrics": declared, "at_most": at_most}
    settings["target_precision"] = task.target_precision
    if own := code_hashes(task, project.folder):
        settings["metric_code"] = own
    if asked := graders(metrics_of(project)):
        models = {name: endpoint.model for name, endpoint in asked.items()}
        settings["grader"] = {"models": models, "request": task.grader.request}
    if task.training.window:
        settings["window"] = task.training.window
    return settings


def _contents(project: Project, version: DatasetVersion, split: str) -> str:
    """What the rows of a side are, so that what is evaluated is known by them and not by what stands beside them."""
    prints = project.fingerprints(version.id)
    assert prints is not None  # of a version that is there
    inside = project.examples(version.id).select(inside=of_side(split))["inside"]
    return contents_id(prints.filter(inside))
