"""Tables for the terminal. Every function returns a Rich renderable; nothing is printed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from growloop.records.calibration import Calibration
from growloop.records.report import BudgetCheck, Iteration, SliceScore
from growloop.records.run import Estimate, OperatingPoint, Run, Timings
from growloop.records.status import Candidate, Status
from growloop.records.version import DatasetVersion
from growloop.reporting import figures
from growloop.reporting.figures import HEADLINE, NOTHING, estimate_text, metric_label, seconds_text
from growloop.reporting.findings import findings_shortly
from growloop.reporting.grades import grades_by_example, grading_lines
from growloop.reporting.proof import proof_sentences

if TYPE_CHECKING:
    import polars as pl

_SHOWN_SLICES = 30
_SHOWN_ITERATIONS = 3


def table_of(*columns: str, title: str = "") -> Table:
    """The house's table: first column left, figures right, no frame around it."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(escape(column), justify="right" if number else "left", overflow="fold")
    return table


# models and scores


def headline_table(iterations: Sequence[Iteration]) -> Table:
    """Iterations side by side: scores with interval and n, cost of an answer, size of the model."""
    shown = [*iterations[:1], *iterations[max(1, len(iterations) - _SHOWN_ITERATIONS + 1) :]]
    table = table_of("", *(figures.iteration_label(turn) for turn in shown))
    names = figures.metric_order([*HEADLINE, *(name for turn in shown for name in turn.metrics if _is_overall(name))])
    for name in names:
        table.add_row(metric_label(name), *(estimate_text(turn.metrics.get(name)) for turn in shown))
    table.add_section()
    for label, cells in _cost_rows(shown):
        table.add_row(label, *cells)
    return table


def _is_overall(name: str) -> bool:
    return not name.endswith(("_answerable", "_unanswerable"))


def _cost_rows(turns: Sequence[Iteration]) -> list[tuple[str, list[str]]]:
    return [
        ("Seconds per answer", [_median(t.timings) for t in turns]),
        ("  95th percentile", [_slowest(t.timings) for t in turns]),
        ("Peak memory", [_memory(t.timings) for t in turns]),
        ("Model size", [figures.megabytes_text(t.model_bytes) for t in turns]),
        ("Parameters", [figures.count_text(t.parameters) for t in turns]),
    ]


def _median(timings: Timings | None) -> str:
    return NOTHING if timings is None else seconds_text(timings.seconds_per_answer_p50)


def _slowest(timings: Timings | None) -> str:
    return NOTHING if timings is None else seconds_text(timings.seconds_per_answer_p95)


def _memory(timings: Timings | None) -> str:
    return NOTHING if timings is None else f"{timings.peak_memory_mb:,.0f} MB"


def metrics_table(metrics: Mapping[str, Estimate], title: str = "") -> Table:
    """Each metric with its value, 95 % interval and n."""
    table = table_of("", "Value", "95 % interval", "n", title=title)
    for name in figures.metric_order(metrics):
        estimate = metrics[name]
        cells = (figures.value_text(estimate.value), figures.interval_text(estimate) or NOTHING, f"{estimate.n:,}")
        table.add_row(escape(metric_label(name)), *cells)
    return table


def evaluation_table(run: Run) -> RenderableType:
    """An evaluation: its metrics, what answering cost, and what a reader must know."""
    table = metrics_table(run.metrics, title=f"{run.model} on {run.split or 'the questions'}")
    if run.timings:
        table.add_section()
        table.add_row("Seconds per answer", _median(run.timings), "", "")
        table.add_row("  95th percentile", _slowest(run.timings), "", "")
        table.add_row("Peak memory", _memory(run.timings), "", "")
    calibration = [calibration_text(run.calibration)] if run.calibration and run.calibration.ece.n else []
    graded = [Text(line) for grading in run.gradings for line in grading_lines(grading)]
    return Group(table, *calibration, *graded, *(Text(f"Note: {note}", style="dim") for note in run.notes))


def calibration_text(found: Calibration) -> Text:
    """How far confidence can be trusted, and from which confidence on answers reach the wanted precision."""
    wanted = f"{found.target_precision:.0%}".replace("%", " %")
    trust = f"Confidence: calibration error {estimate_text(found.ece)}, risk–coverage area "
    area = f"{estimate_text(found.risk_coverage_area)}, by {metric_label(found.metric).lower()}. "
    at = found.threshold
    if at is None:
        return Text(f"{trust}{area}No confidence makes {wanted} of the answers right.")
    share = f"{at.coverage:.0%}".replace("%", " %")
    kept = f"keeps {share} of the answers, precision {estimate_text(at.precision)}, on these very questions."
    return Text(f"{trust}{area}For {wanted} right, answer from confidence {at.confidence:.3f} on: {kept}")


def operating_points_table(points: Sequence[OperatingPoint]) -> Table:
    """What a model would do at other null thresholds, from cautious to eager; the one in use is marked."""
    table = table_of(
        "Null threshold", *figures.OPERATING_POINT_COLUMNS, title="What abstaining costs: token F1 on validation"
    )
    for point in points:
        shown = (point.answered, point.token_f1_answerable, point.token_f1_unanswerable, point.token_f1)
        name = f"{point.null_threshold:.2f}" + (" (in use)" if point.in_use else "")
        table.add_row(name, *(figures.value_text(value) for value in shown), style="bold" if point.in_use else "")
    return table


def slices_table(slices: Sequence[SliceScore], metrics: Sequence[str] = ("token_f1", "exact_match")) -> RenderableType:
    """The scores at each coordinate, worst first."""
    table = table_of("Where", *(metric_label(name) for name in metrics))
    ranked = sorted(slices, key=lambda part: _value(part.metrics.get(metrics[0])))
    for part in ranked[:_SHOWN_SLICES]:
        table.add_row(
            escape(figures.where_text(part.where)), *(estimate_text(part.metrics.get(name)) for name in metrics)
        )
    hidden = len(slices) - _SHOWN_SLICES
    return Group(table, Text(f"{hidden:,} better slices are not shown.", style="dim")) if hidden > 0 else table


def _value(estimate: Estimate | None) -> float:
    return 2.0 if estimate is None or estimate.value is None else estimate.value


def budgets_table(budgets: Sequence[BudgetCheck]) -> RenderableType:
    """Each budget of the task beside what was measured."""
    if not budgets:
        return Text("No budgets are set in task.yaml.", style="dim")
    table = table_of("Budget", "Wanted", "Measured", "")
    for check in budgets:
        wanted, measured = figures.budget_figures(check)
        table.add_row(
            escape(check.name), wanted, measured, Text(figures.met_text(check), "green" if check.met else "bold red")
        )
    return table


def candidates_table(candidates: Sequence[Candidate]) -> RenderableType:
    """The candidates measured zero-shot, best first, and below them what each was trained for."""
    table = table_of("Candidate, zero-shot", "Token F1", "Per answer", "Memory", "Size", "Budgets")
    for found in candidates:
        table.add_row(
            escape(found.model),
            Text("not measured", "red") if found.problem else estimate_text(found.metrics.get("token_f1")),
            _median(found.timings),
            _memory(found.timings),
            figures.megabytes_text(found.model_bytes),
            _budgets_met(found.budgets),
        )
    return Group(table, *(_remark(found) for found in candidates))


def _remark(found: Candidate) -> Text:
    if found.problem:
        return Text.assemble((found.model, "bold"), ": ", (found.problem, "red"))
    parameters = f"{figures.count_text(found.parameters)} parameters" if found.parameters else ""
    missed = [check.name for check in found.budgets if not check.met]
    misses = f"misses {', '.join(missed)}" if missed else ""
    told = ", ".join(filter(None, (parameters, found.trained_for and f"trained for {found.trained_for}", misses)))
    return Text.assemble((found.model, "bold"), f": {told or 'nothing is known about it'}")


def _budgets_met(budgets: Sequence[BudgetCheck]) -> Text:
    missed = sum(not check.met for check in budgets)
    if not budgets:
        return Text(NOTHING)
    return Text(f"misses {missed} of {len(budgets)}", "red") if missed else Text("fits", "green")


def official_table(report: Mapping[str, float]) -> Table:
    """The official SQuAD v2 report: its own keys, 0-100."""
    table = table_of("SQuAD v2", "")
    for key, value in report.items():
        table.add_row(key, f"{value:,.0f}" if key.endswith("total") else f"{value:.3f}")
    return table


# examples and data


def worst_table(worst: pl.DataFrame, grades: pl.DataFrame | None = None) -> RenderableType:
    """The questions answered worst, what was said, what would have been right, and what rubrics said of it."""
    if worst.is_empty():
        return Text("Every answer was right.", style="dim")
    graded = grades_by_example(grades, worst["id"] if grades is not None else ())
    table = table_of("Answered worst", "Token F1")
    for row in worst.iter_rows(named=True):
        right = " / ".join(row["answers"] or []) or "(the context does not say)"
        said = "(abstained)" if row.get("abstained") else row.get("prediction") or "(nothing)"
        lines = Text.assemble((row["question"], "bold"), "\nsaid   ", (said, "red"), "\nright  ", (right, "green"))
        lines.append("".join(f"\ngraded {one.text}" for one in graded.get(row.get("id", ""), ())))
        table.add_row(lines, figures.value_text(row.get("token_f1")))
        table.add_section()
    return table


def version_table(version: DatasetVersion) -> RenderableType:
    """A frozen version: examples per split, the proof that no side knows another, and what the checks found."""
    table = table_of(f"Version {version.id}", "Examples", "Answerable", "Unanswerable", "Groups")
    for split, count in version.counts.items():
        answerable = version.answerable.get(split, 0)
        table.add_row(split, *(f"{n:,}" for n in (count, answerable, count - answerable, version.groups.get(split, 0))))
    proof = (Text(sentence) for sentence in proof_sentences(version))
    return Group(table, *proof, findings_shortly(version.findings))


def status_table(status: Status) -> RenderableType:
    """Where the project stands: what is in it, and every iteration's scores."""
    facts = Table.grid(padding=(0, 2))
    for label, value in _status_facts(status):
        facts.add_row(Text(label, "dim"), Text(value))
    heading = Text.assemble((status.name, "bold"), "  ", (status.folder, "dim"), "\n", status.purpose.strip())
    parts: list[RenderableType] = [heading, Padding(facts, (1, 0, 0, 0))]
    if status.iterations:
        parts.append(headline_table(status.iterations))
    return Group(*parts)


def _status_facts(status: Status) -> list[tuple[str, str]]:
    pool = ", ".join(f"{count:,} {name}" for name, count in status.pool.items()) or "empty"
    versions = f"{len(status.versions)}, the latest {status.versions[-1]}" if status.versions else "none frozen yet"
    turns = str(len(status.iterations)) if status.iterations else "none yet"
    return [
        ("Pool", pool),
        ("Versions", versions),
        ("Iterations", turns),
        ("Corrections waiting", f"{status.waiting:,}"),
        ("To be judged", f"{status.queued:,}"),
        ("Index", "built" if status.indexed else "not built"),
    ]


def source_lines(passages: Sequence[Mapping[str, Any]]) -> list[Text]:
    """Where each passage that was read comes from, as exactly as is known."""
    told = []
    for passage in passages:
        place = [str(passage["source"])] if passage.get("source") else []
        place += [f"page {passage['page']}"] if passage.get("page") else []
        place += [f"characters {passage['offset']:,}-{passage['end']:,}"] if passage.get("end") else []
        place += [f"under {passage['heading']}"] if passage.get("heading") else []
        told += [Text(f"From {', '.join(place)}", style="dim")] if place else []
    return told


def answer_panel(answer: str, context: str, model: str, seconds: float, abstained: bool) -> RenderableType:
    """One answer with the text it was read from."""
    said = Text(answer or "(no answer in this text)", style="dim italic" if abstained else "bold")
    cost = Text(f"{model} · {seconds_text(seconds)}{' · abstained' if abstained else ''}", style="dim")
    if not context:
        return Group(said, cost)
    return Group(said, cost, Panel(Text(context), title="Context", title_align="left", border_style="dim"))
