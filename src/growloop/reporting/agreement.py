"""Metrics beside people: the tables, and the sentence that says which metric to trust."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from growloop.records.agreement import Agreement, MetricAgreement, PartAgreement
from growloop.records.run import Estimate
from growloop.reporting.figures import NOTHING, interval_text, metric_label, plural, value_text, where_text
from growloop.reporting.text import table_of

_COLUMNS = 5
_NAMED = 4
"""How many parts the sentence names before it only counts them."""
_TRUST = {"trusted": "yes", "none": "no", "cannot_tell": "cannot tell"}


def agreement_tables(found: Agreement) -> list[RenderableType]:
    """The sentence, all answers, then the styles and each coordinate."""
    order = [one.metric for one in found.overall.metrics]
    parts = [*_part_tables(found.styles, order), *_part_tables(found.slices, order)]
    return [Text(advice(found)), overall_table(found), *parts, *(Text(note, style="dim") for note in _notes(found))]


def overall_table(found: Agreement) -> Table:
    """Every metric over all answers, and the people among themselves."""
    part = found.overall
    title = (
        f"{plural(part.answers, 'answer')} to {plural(part.questions, 'question')}, "
        f"{value_text(part.correct)} of them correct"
    )
    table = table_of("", "n", "From", "Accuracy", "Kappa", "from 0.5", "Spearman", "Kendall", title=title)
    for one in part.metrics:
        judged = (_cell(one.accuracy), _cell(one.kappa), value_text(one.kappa_at_half.value))
        ranked = (_cell(one.spearman), _cell(one.kendall))
        name, n = escape(metric_label(one.metric)), f"{one.accuracy.n:,}"
        table.add_row(name, n, value_text(one.threshold), *judged, *ranked)
    if part.people.annotators:
        table.add_section()
        table.add_row(
            "People", f"{part.people.agreement.n:,}", NOTHING, _cell(part.people.agreement), _cell(part.people.kappa)
        )
    return table


def _part_tables(parts: Sequence[PartAgreement], order: Sequence[str]) -> Iterator[Table]:
    """The kappa and accuracy of each metric on each part, a few parts side by side."""
    for coordinate, some in groupby(parts, key=lambda part: next(iter(part.where))):
        group = list(some)
        for start in range(0, len(group), _COLUMNS):
            yield _part_table(coordinate, group[start : start + _COLUMNS], order)


def _part_table(coordinate: str, parts: Sequence[PartAgreement], order: Sequence[str]) -> Table:
    values = [f"{part.where[coordinate]}\nn={part.answers:,}" for part in parts]
    table = table_of("", *values, title=escape(f"Kappa by {coordinate}, accuracy below"))
    by_name = [{one.metric: one for one in part.metrics} for part in parts]
    for name in order:
        cells = [f"{_cell(found[name].kappa)}\n{value_text(found[name].accuracy.value)}" for found in by_name]
        table.add_row(escape(metric_label(name)), *cells)
    table.add_section()
    if any(part.people.annotators for part in parts):
        table.add_row("People", *(f"{_cell(p.people.kappa)}\n{value_text(p.people.agreement.value)}" for p in parts))
    table.add_row("Any to be trusted", *(_TRUST[part.trust] for part in parts))
    return table


def _cell(estimate: Estimate) -> str:
    return f"{value_text(estimate.value)} {interval_text(estimate)}".strip()


def _notes(found: Agreement) -> Iterator[str]:
    if found.chosen_on:
        yield f"Thresholds were chosen at {where_text(found.chosen_on)} and measured on all other answers."
    else:
        yield f"Each answer is measured with thresholds chosen on other questions ({found.halves} × two halves)."
    people = found.overall.people
    if people.annotators:
        alpha = f"Krippendorff's alpha of all annotators {_cell(people.alpha)} on {plural(people.alpha.n, 'answer')}"
        yield f"People: {' and '.join(people.annotators)} on {plural(people.agreement.n, 'answer')}. {alpha}."
    if found.undecided:
        yield f"{plural(found.undecided, 'answer')} half right or evenly disputed: in the correlations only."
    if found.too_small:
        yield f"Not shown, having too few answers: {found.too_small:,} of the styles and slices."


# the sentence


def advice(found: Agreement) -> str:
    """Which metric to trust for this task, and where none, in one sentence."""
    part = found.overall
    if part.correct in (None, 0.0, 1.0):
        return _one_sided(part)
    best = part.metrics[0]
    reached = f"kappa {_cell(best.kappa)} with people on {plural(best.kappa.n, 'answer')}{_ceiling(part)}"
    if part.trust == "trusted":
        return f"Trust {_from(best)}: {reached}{_exceptions(found)}."
    if part.trust == "none":
        return f"Trust no metric over all answers: the best, {_from(best)}, reaches {reached}{_exceptions(found)}."
    return f"Cannot tell whether to trust {_from(best)}: {reached}, and trust begins at 0.6{_exceptions(found)}."


def _one_sided(part: PartAgreement) -> str:
    if part.correct is None:
        return "No metric can be chosen: people left every answer undecided."
    said = "correct" if part.correct else "wrong"
    other = "wrong" if part.correct else "correct"
    return (
        f"No metric can be chosen: people call all {plural(part.answers, 'answer')} {said}, so that one which always "
        f"says so is never wrong; have answers judged that are {other}."
    )


def _from(best: MetricAgreement) -> str:
    return f"{best.metric} from {value_text(best.threshold)} on"


def _ceiling(part: PartAgreement) -> str:
    return f" (two people: {value_text(part.people.kappa.value)})" if part.people.kappa.value is not None else ""


def _exceptions(found: Agreement) -> str:
    """The parts that are unlike the whole: where none is to be trusted, or one is although none is over all."""
    parts = [part for part in (*found.styles, *found.slices) if part.trust != found.overall.trust]
    none = [_at(part) for part in parts if part.trust == "none"]
    some = [f"{_at(part)} ({_from(part.metrics[0])})" for part in parts if part.trust == "trusted"]
    unsure = [_at(part) for part in parts if part.trust == "cannot_tell" and found.overall.trust == "trusted"]
    told = [("trust none at", none), ("trust one at", some), ("too few verdicts to tell at", unsure)]
    return "".join(f"; {what} {_listed(where)}" for what, where in told if where)


def _at(part: PartAgreement) -> str:
    return where_text(part.where)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
