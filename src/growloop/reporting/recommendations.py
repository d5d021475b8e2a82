"""Recommendations and what came of them, in tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from growloop.records.estimate import Estimate
from growloop.records.recommendation import Recommendation, Taken
from growloop.records.report import CurvePoint, Ended, Iteration, Reproduced
from growloop.reporting.figures import NOTHING, estimate_text, metric_label, plural
from growloop.reporting.text import table_of

SCORES = ("token_f1", "exact_match", "abstention_f1")


def gain_text(gain: Estimate | None) -> str:
    """A gain in points of a hundred with its interval: `+3.1 [1.0, 5.2]`."""
    if gain is None or gain.value is None or gain.low is None or gain.high is None:
        return NOTHING
    return f"{100 * gain.value:+.1f} [{100 * gain.low:.1f}, {100 * gain.high:.1f}]"


def action_text(item: Recommendation) -> str:
    """What to do, in two words or three: `draw 150`, `add slot values 300`."""
    action = item.action.replace("_", " ")
    return f"{action} {item.how_many:,}" if item.how_many else action


def recommendations_table(items: Sequence[Recommendation]) -> RenderableType:
    """What to do next, the most useful first, with why, what it should gain and what it costs."""
    table = table_of("", "What to do", "Expected gain, points", "Labels")
    for column in (1,):
        table.columns[column].justify = "left"
    for item in items:
        told = Text.assemble((action_text(item), "bold"), f" · {item.words}\n", (item.because, "dim"))
        labels = f"{item.labels:,}" if item.labels else NOTHING
        table.add_row(str(item.number), told, gain_text(item.expected_gain), labels)
    note = Text("Points of a hundred of all questions; gains of slices that overlap do not add up.", style="dim")
    return Group(table, note)


def taken_table(taken: Sequence[Taken]) -> Table:
    """Recommendations that were followed: what each brought into the pool or the queue, and what it gained."""
    table = table_of("Followed", "Brought", "Expected gain, points", "Seen")
    for one in taken:
        name = Text.assemble((one.recommendation.action.replace("_", " "), "bold"), f" · {one.recommendation.words}")
        gains = (gain_text(one.recommendation.expected_gain), gain_text(one.seen_gain))
        table.add_row(name, f"{one.added:,}", *gains)
    return table


def iterations_table(turns: Sequence[Iteration]) -> RenderableType:
    """Every turn of the loop: what it was trained on, how good it was, whether its model is in use."""
    measured = [name for name in SCORES if any(name in turn.metrics for turn in turns)]
    table = table_of("Iteration", "Trained on", *(metric_label(name) for name in measured), "In use")
    for turn in turns:
        name = "0 · zero-shot" if turn.number == 0 else f"{turn.number} · {turn.version[:8]}"
        scores = (estimate_text(turn.metrics.get(metric)) for metric in measured)
        table.add_row(name, f"{turn.trained_on:,}" if turn.trained_on else NOTHING, *scores, _use_text(turn))
    return Group(table, *(part for turn in turns for part in _turn_notes(turn)))


def _use_text(turn: Iteration) -> Text:
    if turn.promotion is None:
        return Text(NOTHING)
    return Text("yes", "green") if turn.in_use else Text("held back", "bold red")


def _turn_notes(turn: Iteration) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if turn.taken:
        parts += [Text(f"For iteration {turn.number}", style="bold"), taken_table(turn.taken)]
    if turn.promotion and not turn.in_use:
        parts += [Text(f"Iteration {turn.number} was held back: {reason}") for reason in turn.promotion.reasons]
    return parts


def curve_table(points: Sequence[CurvePoint]) -> Table:
    """What a model was worth by how many examples it learned from."""
    measured = [name for name in SCORES if any(name in point.metrics for point in points)]
    table = table_of("Trained on", "Share", *(metric_label(name) for name in measured))
    for point in points:
        scores = (estimate_text(point.metrics.get(name)) for name in measured)
        table.add_row(f"{point.trained_on:,}", f"{100 * point.share:.0f} %", *scores)
    return table


def hindsight_text(turns: Sequence[Iteration]) -> Text:
    """How far gains were foreseen: expected beside seen over all that was followed; empty where nothing was."""
    pairs = [
        (one.recommendation.expected_gain, one.seen_gain)
        for turn in turns
        for one in turn.taken
        if one.recommendation.expected_gain and one.seen_gain
    ]
    known = [(expected, seen) for expected, seen in pairs if expected.value is not None and seen.value is not None]
    if not known:
        return Text()
    inside = sum(_overlap(expected, seen) for expected, seen in known)
    expected_sum = 100 * sum(expected.value or 0.0 for expected, _ in known)
    seen_sum = 100 * sum(seen.value or 0.0 for _, seen in known)
    return Text(
        f"Foreseen: {plural(len(known), 'recommendation')} expected {expected_sum:+.1f} points together, and "
        f"{seen_sum:+.1f} were seen; in {inside} of {len(known)} the intervals meet."
    )


def _overlap(one: Estimate, other: Estimate) -> bool:
    ends = (one.low, one.high, other.low, other.high)
    if any(end is None for end in ends):
        return False
    return bool(one.low <= other.high and other.low <= one.high)  # type: ignore[operator]


def ended_text(ended: Ended) -> Text:
    """Why the loop stopped."""
    return Text(ended.words, style="bold green" if ended.reason == "met" else "bold")


def reproduced_table(found: Reproduced) -> RenderableType:
    """An iteration beside itself made again."""
    table = table_of("", "Then", "Again")
    for name in found.metrics_before:
        then, again = (estimate_text(metrics.get(name)) for metrics in (found.metrics_before, found.metrics))
        table.add_row(escape(metric_label(name)), then, again)
    return Group(table, Text(reproduced_text(found)))


def reproduced_text(found: Reproduced) -> str:
    """How far an iteration made again is what it was."""
    weights = "the same to the last bit" if found.same_weights else "not the same"
    return f"Weights: {weights}. Answers: {found.same_answers:,} of {found.answers:,} the same ({found.precision})."
