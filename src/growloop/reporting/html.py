"""The report page: one self-contained HTML file that opens anywhere and asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from growloop.errors import MissingExtra
from growloop.records.coverage import Crossed
from growloop.records.report import Iteration, Report
from growloop.records.run import Run
from growloop.records.task import Task
from growloop.records.version import DatasetVersion
from growloop.reporting import diagnosis, figures, recommendations, sections
from growloop.reporting.failures import SLICES_SHOWN as KINDS_SHOWN
from growloop.reporting.failures import kind_labels, kind_rows
from growloop.reporting.grades import grades_by_example, grading_lines
from growloop.reporting.proof import proof_sentences

if TYPE_CHECKING:
    from jinja2 import Environment

WORST_SHOWN, SAMPLE_SHOWN, OTHER_SLICES_SHOWN, COMPARED_SLICES_SHOWN, EVIDENCE_SHOWN = 20, 6, 20, 20, 3
_TEMPLATES = Path(__file__).parent / "templates"


def render(
    report: Report,
    *,
    task: Task,
    version: DatasetVersion,
    examples: pl.DataFrame,
    predictions: pl.DataFrame,
    scores: pl.DataFrame,
    runs: Sequence[Run] = (),
    history: Sequence[Mapping[str, Any]] = (),
    iterations: Sequence[Iteration] = (),
    coverage: Sequence[Crossed] = (),
    failures: pl.DataFrame | None = None,
    grades: pl.DataFrame | None = None,
) -> str:
    """The page of one iteration. `examples`, `predictions` and `scores` are those of its evaluation.

    Further `iterations` become columns of the headline table beside this one and the one it is
    compared to; `coverage` becomes heat maps of the version, `failures` the table of what went wrong;
    `grades` (GRADES) is what rubrics said of the answers.
    Long lists are cut, and the page says so.
    Raises MissingExtra without jinja2 or Altair.
    """
    templates = _environment()
    metric = _main_metric(scores, report)
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    return templates.get_template("report.html").render(
        report=report,
        turn=report.iteration,
        before=report.compared_to,
        turns=_turns(report, iterations),
        task=task,
        version=version,
        proof=proof_sentences(version),
        metric=metric,
        asked=scores.height,
        style=style,
        style_hash=_hash(style),
        runs=runs,
        notes=sections.notes(runs, predictions),
        gradings=[line for run in runs for one in run.gradings for line in grading_lines(one)],
        **_turn_by_turn([*iterations, report.iteration]),
        **_diagnosed(report, examples, predictions),
        **_where_it_fails(report, task, examples, scores, metric),
        **_drawings(report, scores, history, metric),
        **_operating_points(runs),
        **_confidence(runs),
        **_rows(examples, predictions, scores, metric, grades),
        **_coverage(coverage),
        **_kinds(failures),
    )


def _main_metric(scores: pl.DataFrame, report: Report) -> str:
    """The metric that ranks slices and examples: token F1 where it was measured."""
    measured = [name for name in scores.columns if name not in ("id", "answerable", "abstained")]
    known = measured or list(report.iteration.metrics)
    return "token_f1" if "token_f1" in known or not known else known[0]


def _turns(report: Report, iterations: Sequence[Iteration]) -> list[Iteration]:
    found = {turn.number: turn for turn in iterations if turn.number < report.iteration.number}
    if report.compared_to is not None:
        found[report.compared_to.number] = report.compared_to
    numbers = sorted(found)
    return [found[number] for number in [*numbers[:1], *numbers[1:][-2:]]] + [report.iteration]


def _where_it_fails(
    report: Report, task: Task, examples: pl.DataFrame, scores: pl.DataFrame, metric: str
) -> dict[str, Any]:
    from growloop.reporting import charts

    by_coordinate = sections.slices_by_coordinate(report.slices, metric, task.slices)
    axes, cells = sections.heat_cells(examples, scores, metric, task.slices)
    others, other_count = sections.other_slices(report.slices, metric, task.slices, OTHER_SLICES_SHOWN)
    return {
        "slice_charts": [(part, charts.slices(part.drawn, metric, part.name)) for part in by_coordinate],
        "heat_axes": axes,
        "heat_wide": len({cell["column"] for cell in cells}) > 3,
        "heat_map": charts.heat_map(cells, axes[0], axes[1], metric) if cells else None,
        "other_slices": others,
        "other_slice_count": other_count,
    }


def _turn_by_turn(iterations: Sequence[Iteration]) -> dict[str, Any]:
    """Every turn so far with its scores, and what was gathered for each."""
    from growloop.reporting import charts

    turns = list({turn.number: turn for turn in iterations}.values())
    scores = [name for name in recommendations.SCORES if any(name in turn.metrics for turn in turns)]
    drawn = ((name, charts.by_turn([(turn.number, turn.metrics.get(name)) for turn in turns], name)) for name in scores)
    return {
        "all_turns": turns,
        "turn_scores": scores,
        "turn_charts": [(name, drawing) for name, drawing in drawn if drawing],
        "hindsight": recommendations.hindsight_text(turns).plain,
        "taken": [(turn.number, one) for turn in turns for one in turn.taken],
    }


def _diagnosed(report: Report, examples: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, Any]:
    """The failing slices, each with some of the examples that fail in it."""
    found = report.diagnosis
    shown = found.slices[: diagnosis.MOST_SHOWN] if found else ()
    rows = [diagnosis.evidence_rows(part, examples, predictions, EVIDENCE_SHOWN) for part in shown]
    return {
        "diagnosed": found,
        "diagnosed_heading": diagnosis.heading(found) if found else "",
        "diagnosed_notes": (*found.notes, *diagnosis.caveat(found)) if found else (),
        "failing": list(zip(shown, rows, strict=True)),
    }


def _drawings(
    report: Report, scores: pl.DataFrame, history: Sequence[Mapping[str, Any]], metric: str
) -> dict[str, Any]:
    from growloop.reporting import charts

    turn, before = report.iteration, report.compared_to
    measured = [name for name in history_metrics(history) if name != "loss"]
    curves = [(name, charts.learning_curve(history, name)) for name in ["loss", *measured[:3]]]
    changed = [name for name in figures.HEADLINE if before and _both_known(turn, before, name)]
    counts = sections.outcome_counts(scores, metric)
    return {
        "curves": [(name, curve) for name, curve in curves if curve is not None],
        "dumbbell": charts.dumbbell(before.metrics, turn.metrics, changed) if before else None,
        "counts": counts,
        "outcomes": charts.outcomes(outcome_parts(counts)),
    }


def _coverage(crossed: Sequence[Crossed]) -> dict[str, Any]:
    """The heat maps of a version, the coordinate with more values down the side."""
    from growloop.reporting import charts

    turned = [sections.upright(table) for table in crossed]
    drawn = [(table, charts.coverage_map(table)) for table in turned]
    return {"coverage_maps": [(table, drawing, sections.emptiness(table)) for table, drawing in drawn if drawing]}


def _kinds(found: pl.DataFrame | None) -> dict[str, Any]:
    """The table of what went wrong, by slice."""
    if found is None:
        return {"kind_rows": [], "kind_labels": [], "kinds_shown": 0}
    return {"kind_rows": kind_rows(found), "kind_labels": kind_labels(found), "kinds_shown": KINDS_SHOWN}


def _operating_points(runs: Sequence[Run]) -> dict[str, Any]:
    from growloop.reporting import charts

    points = next((run.operating_points for run in runs if run.operating_points), ())
    return {"operating_points": points, "operating_curve": charts.operating_points(points)}


def _confidence(runs: Sequence[Run]) -> dict[str, Any]:
    from growloop.reporting import charts

    found = next((run.calibration for run in runs if run.calibration and run.calibration.ece.n), None)
    return {"calibration": found, "risk_curve": charts.risk_coverage(found) if found else None}


def history_metrics(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """The scores that a training kept on its way, headline metrics first."""
    kept = {name for row in history for name, value in row.items() if isinstance(value, float | int)}
    return figures.metric_order(name for name in figures.HEADLINE if name in kept)


def _both_known(turn: Iteration, before: Iteration, name: str) -> bool:
    pair = (turn.metrics.get(name), before.metrics.get(name))
    return all(estimate is not None and estimate.value is not None for estimate in pair)


def outcome_parts(counts: Mapping[str, int]) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """The bars of the outcome chart: what became of answerable and of unanswerable questions."""
    from growloop.reporting import charts

    able = [("right", charts.RIGHT), ("partly", charts.PARTLY), ("wrong", charts.WRONG), ("refused", charts.ABSTAINED)]
    unable = [("abstained", charts.RIGHT), ("invented", charts.WRONG)]
    return [
        (title, [(_OUTCOMES[name], counts[name], colour) for name, colour in parts])
        for title, parts in (("The context answers it", able), ("The context does not answer it", unable))
    ]


_OUTCOMES = {
    "right": "right",
    "partly": "partly right",
    "wrong": "wrong",
    "refused": "abstained",
    "abstained": "rightly abstained",
    "invented": "answered all the same",
}


def _rows(
    examples: pl.DataFrame, predictions: pl.DataFrame, scores: pl.DataFrame, metric: str, grades: pl.DataFrame | None
) -> dict[str, Any]:
    worst, imperfect = sections.worst(examples, predictions, scores, metric, WORST_SHOWN)
    graded = grades_by_example(grades, [row["id"] for row in worst])
    return {"worst": worst, "imperfect": imperfect, "graded": graded, "sample": sections.sample(examples, SAMPLE_SHOWN)}


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise MissingExtra("Jinja2", "report") from None
    from growloop.reporting.compiled import Compiled
    from growloop.reporting.evidence import marked

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        bytecode_cache=Compiled(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = (figures.metric_label, figures.estimate_text, figures.interval_text, figures.value_text, figures.count_text)
    more = (
        figures.difference_text,
        figures.seconds_text,
        figures.megabytes_text,
        figures.where_text,
        figures.p_value_text,
        figures.met_text,
    )
    environment.filters |= {function.__name__: function for function in (*shown, *more, sections.flattened)}
    of_slices = (
        recommendations.gain_text,
        recommendations.action_text,
        diagnosis.rate_text,
        diagnosis.percent,
        diagnosis.main_kind,
        figures.capitalise,
    )
    environment.filters |= {function.__name__: function for function in of_slices}
    environment.globals |= {"marked": marked, "plural": figures.plural, "summary": sections.summary}
    environment.globals |= {"operating_point_columns": figures.OPERATING_POINT_COLUMNS}
    environment.globals |= {"verdict": figures.verdict_text, "compared_shown": COMPARED_SLICES_SHOWN}
    environment.globals |= {"tiles": sections.tiles, "headline_rows": sections.headline_rows}
    environment.globals |= {"budget_figures": figures.budget_figures, "iteration_label": figures.iteration_label}
    return environment
