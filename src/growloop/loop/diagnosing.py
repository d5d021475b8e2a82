"""What fails in an evaluation, where, and in which way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from pydantic import ValidationError

from growloop.asking import encoded
from growloop.diagnose.clusters import middle_questions, question_clusters
from growloop.diagnose.diagnosis import diagnose
from growloop.diagnose.features import CLUSTER, in_slices
from growloop.errors import NothingToDo
from growloop.loop.asked import CORRECTIONS, answered_examples
from growloop.loop.reading import said_by
from growloop.loop.weighing import judged_by, wrong_answers
from growloop.project import Project, write_atomically
from growloop.records.diagnosis import Diagnosis
from growloop.records.run import Run

DIAGNOSIS_FILE = "diagnosis.json"


def diagnosis(
    project: Project,
    run: str | None = None,
    *,
    split: str | None = None,
    metric: str | None = None,
    right_from: float | None = None,
    clusters: bool | None = None,
) -> Diagnosis:
    """The failing slices of a run: the last evaluation (of a split), unless named; kept in its folder.

    An answer is wrong where `metric` (exact match where it was measured, else the first one) is below `right_from`.
    With `clusters`, questions that mean alike are a slice too, by the embedded model; None: as it was asked for last.
    Raises NothingToDo where nothing is evaluated yet, and BadDeclaration for a metric that the run did not measure.
    """
    chosen = project.run(run) if run else _last_evaluation(project, split)
    by, least = judged_by(project, chosen, metric, right_from)
    kept = _kept(project, chosen)
    clustered = clusters if clusters is not None else kept is not None and kept.clustered
    if kept is not None and (kept.metric, kept.right_from, kept.clustered) == (by, least, clustered):
        return kept
    found = _diagnosed(project, chosen, by, least, clustered)
    write_atomically(project.run_folder(chosen.id) / DIAGNOSIS_FILE, found.model_dump_json(indent=1).encode())
    return found


def _last_evaluation(project: Project, split: str | None) -> Run:
    runs = [run for run in project.runs() if run.kind == "evaluate" and run.split != CORRECTIONS]
    found = [run for run in runs if split in (None, run.split)]
    if not found:
        side = f" on the {split} side" if split else ""
        option = f" --split {split}" if split else ""
        raise NothingToDo(f"No model has been evaluated{side} yet:  growloop evaluate{option}")
    return found[-1]


def _kept(project: Project, run: Run) -> Diagnosis | None:
    """What an earlier diagnosis found; None where there is none, or one that another version of growloop wrote."""
    path = project.run_folder(run.id) / DIAGNOSIS_FILE
    try:
        return Diagnosis.model_validate_json(path.read_bytes()) if path.exists() else None
    except ValidationError:
        return None


def _diagnosed(project: Project, run: Run, metric: str, right_from: float, clusters: bool) -> Diagnosis:
    examples = answered_examples(project, run)
    middles = _middles(examples["question"], project.task.seed) if clusters else []
    scores, predictions = project.run_frame(run.id, "scores"), said_by(project, run)
    found = diagnose(
        examples,
        scores,
        predictions,
        metric=metric,
        right_from=right_from,
        run=run.id,
        version=run.version,
        split=run.split or "",
        declared=project.task.slices,
        kinds=wrong_answers(project, run, metric, right_from),
        entity=_entity(project),
        clusters=_clusters(examples["question"], middles) if clusters else None,
    )
    return found.model_copy(update={"clustered": clusters, "middles": tuple(middles)})


def _middles(questions: pl.Series, seed: int) -> list[str]:
    return middle_questions(questions, encoded(questions.to_list()), seed=seed)


def _clusters(questions: pl.Series, middles: Sequence[str]) -> pl.Series:
    return question_clusters(encoded(questions.to_list()), middles, encoded(middles))


def inside(found: Diagnosis, examples: pl.DataFrame, wheres: Sequence[Mapping[str, str]]) -> list[pl.Series]:
    """For each of some slices of a diagnosis which examples lie in it, in row order; any examples do."""
    by_meaning = found.middles and not examples.is_empty() and any(CLUSTER in where for where in wheres)
    return in_slices(examples, wheres, clusters=_clusters(examples["question"], found.middles) if by_meaning else None)


def _entity(project: Project) -> str:
    """What the contexts are about, as the universe calls it."""
    contexts = project.universe.contexts if project.universe else None
    return (contexts.entity_slot if contexts else None) or "entity"
