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
_COLUMNS = ("Before", "After", "Difference", "Won", "Lost", "Tied")
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
    table = _narrow("Metric", title)
    for one in comparisons:
        table.add_row(escape(metric_label(one.metric)), *_cells(one))
    return table


def compared_slices_table(slices: Sequence[Comparison]) -> Table:
    """The same at each coordinate, what could be told first."""
    hidden = len(slices) - SLICES_SHOWN
    more = f"; {hidden:,} more in --json" if hidden > 0 else ""
    title = f"{metric_label(slices[0].metric)} by slice, p after Holm's correction{more}"
    table = _narrow("Where", title)
    for one in slices[:SLICES_SHOWN]:
        table.add_row(escape(figures.where_text(one.where)), *_cells(one))
    return table


def promotion_lines(promotion: Promotion) -> list[RenderableType]:
    """Whether the new model takes over, and why."""
    verdict = Text("Promoted.", "bold green") if promotion.promoted else Text("Not promoted.", "bold red")
    return [verdict, *(Text(f"  {reason}") for reason in promotion.reasons)]


def _narrow(first: str, title: str) -> Table:
    """A table that fits eighty columns, what can be said standing below each difference."""
    table = table_of(first, *_COLUMNS, title=title)
    table.padding = (0, 1, 0, 0)
    table.columns[3].no_wrap = True
    return table


def _cells(one: Comparison) -> tuple[RenderableType, ...]:
    rows = (f"{count:,}" for count in (one.wins, one.losses, one.ties))
    return (value_text(one.before.value), value_text(one.after.value), _told(one), *rows)


def _told(one: Comparison) -> Text:
    """The difference, then verdict and p, then how many more examples would tell."""
    p_value = figures.p_value_text(one.p_value if one.adjusted_p_value is None else one.adjusted_p_value)
    verdict, _, more = figures.verdict_text(one).partition(", ")
    lines = [figures.difference_text(one.difference), f"{verdict}, p {p_value}", *([more] if more else [])]
    return Text("\n".join(lines), _STYLES[one.verdict], justify="right")
