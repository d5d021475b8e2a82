"""Two runs on identical questions, as tables: the differences, and what can be said about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from growloop.records.comparison import Comparison, Promotion, RunComparison
from growloop.reporting import figures
from growloop.reporting.figures import metric_label, value_text
from growloop.reporting.text import table_of

SLICES_SHOWN = 30
_COLUMNS = ("Before", "After", "Difference", "Won", "Lost", "Tied", "p", "Verdict")
_STYLES = {"better": "green", "worse": "red", "cannot tell": "dim"}


def comparison_tables(found: RunComparison) -> list[RenderableType]:
    """Two runs over all shared questions, then by slice, then what a reader must know."""
    asked = f"{figures.plural(found.shared, 'question')} that both answered"
    tables: list[RenderableType] = [comparison_table(found.overall, title=f"{found.before} → {found.after}: {asked}")]
    if found.slices:
        tables.append(compared_slices_table(found.slices))
    return [*tables, *(Text(f"Note: {note}", style="dim") for note in found.notes)]


def comparison_table(comparisons: Iterable[Comparison], title: str = "") -> Table:
    """Two runs on identical rows, a line for each metric."""
    table = table_of("On identical questions", *_COLUMNS, title=title)
    for one in comparisons:
        table.add_row(escape(metric_label(one.metric)), *_cells(one))
    return table


def compared_slices_table(slices: Sequence[Comparison]) -> Table:
    """The same at each coordinate, what could be told first."""
    hidden = len(slices) - SLICES_SHOWN
    more = f"; {hidden:,} more in --json" if hidden > 0 else ""
    title = f"{metric_label(slices[0].metric)} by slice, p after Holm's correction{more}"
    table = table_of("Where", *_COLUMNS, title=title)
    for one in slices[:SLICES_SHOWN]:
        table.add_row(escape(figures.where_text(one.where)), *_cells(one))
    return table


def promotion_lines(promotion: Promotion) -> list[RenderableType]:
    """Whether the new model takes over, and why."""
    verdict = Text("Promoted.", "bold green") if promotion.promoted else Text("Not promoted.", "bold red")
    return [verdict, *(Text(f"  {reason}") for reason in promotion.reasons)]


def _cells(one: Comparison) -> tuple[RenderableType, ...]:
    style = _STYLES[one.verdict]
    p_value = one.p_value if one.adjusted_p_value is None else one.adjusted_p_value
    rows = (f"{count:,}" for count in (one.wins, one.losses, one.ties))
    difference, verdict = Text(figures.difference_text(one.difference), style), Text(figures.verdict_text(one), style)
    scores = (value_text(one.before.value), value_text(one.after.value))
    return (*scores, difference, *rows, figures.p_value_text(p_value), verdict)
