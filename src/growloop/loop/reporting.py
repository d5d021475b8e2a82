"""The report page of a turn, read from its runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from growloop.errors import GrowloopError
from growloop.loop.asked import read_examples
from growloop.loop.comparing import compared_slices, comparisons, turn_numbered
from growloop.loop.declaring import space_of
from growloop.loop.diagnosing import diagnosis
from growloop.loop.proving import trick_of
from growloop.loop.recommending import kept_recommendations
from growloop.loop.weighing import budgets, failures, grades, slices
from growloop.project import Project, write_atomically
from growloop.records.coverage import Crossed
from growloop.records.report import Iteration, Report
from growloop.records.universe import Coverage
from growloop.runs import kept_progress


def build_report(project: Project, number: int | None = None) -> Report:
    """Everything the report page shows about one turn (the last, unless named), read from its runs."""
    turn = turn_numbered(project, number)
    earlier = (t for t in project.iterations() if t.number < turn.number)
    before = max(earlier, key=lambda t: t.number, default=None)
    run = project.run(turn.run)
    return Report(
        iteration=turn,
        compared_to=before,
        slices=tuple(slices(project, run)),
        comparisons=comparisons(project, before, turn) if before else (),
        compared_slices=compared_slices(project, before, turn) if before else (),
        budgets=budgets(project, run),
        diagnosis=diagnosis(project, run.id),
        recommendations=kept_recommendations(project, turn.diagnosed),
        trick=trick_of(project, run),
        settings=project.run(turn.trained_by).settings if turn.trained_by else run.settings,
    )


def report(project: Project, number: int | None = None, *, cross: Sequence[tuple[str, str]] | None = None) -> Path:
    """The report page of one turn: a self-contained HTML file. Returns its path.

    `cross` names the pairs of coordinates whose coverage is drawn; by default each that the universe covers with the
    template.
    """
    from growloop.reporting.html import render

    facts = build_report(project, number)
    turn = facts.iteration
    version = project.version(turn.version)
    runs = [project.run(name) for name in (turn.run, turn.trained_by) if name]
    page = render(
        facts,
        task=project.task,
        version=version,
        examples=read_examples(project, runs[0]),
        predictions=project.run_frame(turn.run, "predictions"),
        scores=project.run_frame(turn.run, "scores"),
        runs=runs,
        history=history(project, turn),
        iterations=[t for t in project.iterations() if t.number <= turn.number],
        coverage=crossings(project, turn.version, cross),
        failures=failures(project, runs[0]),
        grades=grades(project, runs[0]),
    )
    path = project.folder / "reports" / f"{turn.number}.html"
    write_atomically(path, page.encode())
    return path


MOST_CROSSED = 24
"""A coordinate with more values than this is drawn only when it is asked for."""


def crossings(project: Project, version: str, pairs: Sequence[tuple[str, str]] | None = None) -> list[Crossed]:
    """How many examples of a version there are of each combination of two coordinates, for some pairs of them.

    Without `pairs` what cannot be counted, or is too much to look at, is left out.
    """
    if project.universe is None:
        return []
    examples = project.examples(version)
    if pairs is not None:
        return space_of(project).crossed(examples, *pairs)
    over = (project.universe.coverage or Coverage()).over
    try:
        tables = space_of(project).crossed(examples, *(("template", name) for name in over if name != "template"))
    except GrowloopError:  # the universe was changed and is not whole: the report of what was done before stands
        return []
    return [table for table in tables if len({column for _, column, _ in table.counts}) <= MOST_CROSSED]


def history(project: Project, turn: Iteration) -> list[dict[str, float]]:
    """The learning curve of a turn's training: a row per sign of life that carried numbers."""
    return kept_progress(project.run_folder(turn.trained_by)) if turn.trained_by else []
