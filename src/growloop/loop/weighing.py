"""What a run measured: budgets kept, slices, the worst answers, how the wrong ones are wrong."""

from __future__ import annotations

import polars as pl

from growloop.diagnose.failures import failure_kinds, kinds_by
from growloop.diagnose.slices import slice_scores
from growloop.diagnose.worst import worst_examples
from growloop.errors import BadDeclaration, BudgetMissed, NothingToDo, did_you_mean
from growloop.evaluation import check_budgets
from growloop.loop.asked import answered_examples, read_examples
from growloop.loop.reading import retrieved_by
from growloop.metrics import metric_columns
from growloop.metrics.metric import RIGHT
from growloop.project import Project
from growloop.records.grading import GRADES
from growloop.records.report import BudgetCheck, SliceScore
from growloop.records.run import Run


def budgets(project: Project, run: Run) -> tuple[BudgetCheck, ...]:
    """The task's budgets beside what a run measured."""
    scores, predictions = (project.run_frame(run.id, name) for name in ("scores", "predictions"))
    return tuple(check_budgets(project.task, scores, answered_examples(project, run), predictions, run.timings))


def slices(project: Project, run: Run) -> list[SliceScore]:
    """The scores of a run by the task's slices, then by every other coordinate of few values, with n and interval."""
    examples, scores = answered_examples(project, run), project.run_frame(run.id, "scores")
    always = slice_scores(examples, scores, project.task.slices)
    others = slice_scores(examples, scores, None)
    return always + [found for found in others if found not in always]


def worst(project: Project, run: Run, n: int) -> pl.DataFrame:
    """The examples that a run answered worst."""
    predictions, scores = (project.run_frame(run.id, name) for name in ("predictions", "scores"))
    return worst_examples(read_examples(project, run), predictions, scores, n)


def grades(project: Project, run: Run) -> pl.DataFrame:
    """What rubrics said of the answers of a run: a frame of GRADES, empty where none was asked."""
    return project.run_frame(run.id, "grades") if run.gradings else GRADES.to_frame()


def judged_by(
    project: Project, run: Run, metric: str | None = None, right_from: float | None = None
) -> tuple[str, float]:
    """By which metric of a run an answer is right, and from which score on.

    Exact match where it was measured, else the first one, unless named. Raises NothingToDo where the run measured none
    of single answers, BadDeclaration for one that it did not measure.
    """
    measured = metric_columns(project.run_frame(run.id, "scores"))
    if not measured:
        raise NothingToDo(
            f"Run {run.id} measured no metric of single answers: list some under `metrics:` in task.yaml."
        )
    if metric is not None and metric not in measured:
        raise BadDeclaration(f'Run {run.id} did not measure "{metric}". {did_you_mean(metric, measured)}')
    by = metric or ("exact_match" if "exact_match" in measured else measured[0])
    return by, RIGHT if right_from is None else right_from


def wrong_answers(project: Project, run: Run, metric: str, right_from: float) -> pl.DataFrame:
    """The wrong answers of a run, `id` and `kind` of failure."""
    return failure_kinds(
        answered_examples(project, run),
        project.run_frame(run.id, "predictions"),
        project.run_frame(run.id, "scores"),
        metric=metric,
        right_from=right_from,
        abstain_answer=project.task.abstain_answer,
        retrieved=retrieved_by(project, run),
    )


def failures(project: Project, run: Run) -> pl.DataFrame:
    """How the wrong answers of a run are wrong, over all and by the task's slices (`diagnose.failures.kinds_by`)."""
    kinds = pl.DataFrame(schema={"id": pl.String, "kind": pl.String})
    if metric_columns(project.run_frame(run.id, "scores")):
        kinds = wrong_answers(project, run, *judged_by(project, run))
    return kinds_by(answered_examples(project, run), kinds, project.task.slices)


def gate(project: Project, run: Run) -> None:
    """Raise BudgetMissed, naming each budget that a run misses."""
    missed = [budget for budget in budgets(project, run) if not budget.met]
    if missed:
        lines = [f"  {budget.name}: {_measured(budget)}, the budget is {budget.budget:g}" for budget in missed]
        raise BudgetMissed("\n".join([f"{len(missed)} of the budgets in task.yaml are missed:", *lines]))


def _measured(budget: BudgetCheck) -> str:
    return "nothing was measured" if budget.measured is None else f"measured {budget.measured:.4g}"
