"""Bars of a report, a row for each thing: scores of slices, scores before and after, what became of the questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from markupsafe import Markup

from growloop.records.report import SliceScore
from growloop.records.run import Estimate
from growloop.reporting import figures, svg
from growloop.reporting.palette import ABSTAINED, INK, MUTED, RIGHT, TRACK

WIDTH = 352
"""Pixels; the page shows charts side by side, or below each other on a phone."""
_ROW, _LEVEL = 40, 28
"""The height of a row, and how far down in it the bar's middle is."""
_INSET = 6
"""Pixels that dots at 0 and 1 stick out on either side."""
_NAME_ROOM = WIDTH - 150


def slices(parts: Sequence[SliceScore], metric: str, title: str) -> Markup | None:
    """The slices of one coordinate as bars with interval whiskers, the lowest score first."""
    known = [(where_label(part.where), found) for part in parts if (found := part.metrics.get(metric)) and found.n]
    ranked = sorted(known, key=lambda row: (row[1].value or 0.0, row[0]))
    if not ranked:
        return None
    marks = [mark for number, row in enumerate(ranked) for mark in _bar(number * _ROW, *row)]
    listed = ", ".join(f"{name} {figures.estimate_text(estimate)}" for name, estimate in ranked)
    label = f"{figures.metric_label(metric)} by {title}, lowest first: {listed}"
    return svg.image(marks, WIDTH, _ROW * len(ranked), label)


def where_label(where: Mapping[str, str]) -> str:
    """What a slice is called in a chart whose heading names the coordinate."""
    return " × ".join(where.values()) or "all"


def _bar(top: float, name: str, estimate: Estimate) -> list[str]:
    """A score from the left, its interval as a whisker with a stop at either end."""
    low, value, high = (WIDTH * end for end in _ends(estimate))
    level = top + _LEVEL
    stops = [svg.rectangle(end - 0.75, level - 3.5, 1.5, 7, INK, opacity=0.7) for end in (low, high)]
    return [
        *_captions(top, name, figures.estimate_text(estimate)),
        svg.rectangle(0, level - 4.5, WIDTH, 9, TRACK),
        svg.rectangle(0, level - 4.5, value, 9, RIGHT),
        svg.line((low, level), (high, level), INK, width=1.5),
        *stops,
    ]


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    """The low end, the value and the high end; where there is no interval all three are the value."""
    value = estimate.value or 0.0
    return (value if estimate.low is None else estimate.low, value, value if estimate.high is None else estimate.high)


def dumbbell(before: Mapping[str, Estimate], after: Mapping[str, Estimate], names: Sequence[str]) -> Markup | None:
    """Each metric's way from before (grey) to after (blue), with both intervals."""
    if not names:
        return None
    told = [(_metric_name(name), _change_text(before[name], after[name])) for name in names]
    rows = zip(names, told, strict=True)
    marks = [
        mark
        for number, (name, words) in enumerate(rows)
        for mark in _way(number * _ROW, before[name], after[name], words)
    ]
    listed = ", ".join(f"{name} {change}" for name, change in told)
    return svg.image(marks, WIDTH, _ROW * len(names), f"Before and after: {listed}")


def _metric_name(name: str) -> str:
    return figures.metric_label(name) + (" (lower is better)" if name in figures.LOWER_IS_BETTER else "")


def _change_text(before: Estimate, after: Estimate) -> str:
    return f"{figures.value_text(before.value)} → {figures.value_text(after.value)}"


def _way(top: float, before: Estimate, after: Estimate, words: tuple[str, str]) -> list[str]:
    level = top + _LEVEL
    ends = [[_INSET + (WIDTH - 2 * _INSET) * end for end in _ends(estimate)] for estimate in (before, after)]
    looks = ((ABSTAINED, 0.45), (RIGHT, 0.35))
    return [
        *_captions(top, *words),
        svg.rectangle(0, level - 1.5, WIDTH, 3, TRACK),
        *(
            svg.line((low, level), (high, level), colour, width=7, opacity=faint)
            for (low, _, high), (colour, faint) in zip(ends, looks, strict=True)
        ),
        svg.line((ends[0][1], level), (ends[1][1], level), MUTED, width=1.5),
        *(svg.dot(value, level, 4.75, colour) for (_, value, _), (colour, _) in zip(ends, looks, strict=True)),
    ]


def _captions(top: float, name: str, figure: str) -> list[str]:
    """Above a bar: what it is about on the left, its figure on the right."""
    return [
        svg.text(0, top + 16, svg.shortened(name, _NAME_ROOM, 12), INK, size=12),
        svg.text(WIDTH, top + 16, figure, MUTED, anchor="end"),
    ]


def outcomes(rows: Sequence[tuple[str, Sequence[tuple[str, int, str]]]]) -> Markup | None:
    """What became of the questions: a bar per kind of question, cut into (name, count, colour) parts."""
    filled = [(name, [part for part in parts if part[1]]) for name, parts in rows if sum(part[1] for part in parts)]
    if not filled:
        return None
    marks = [mark for number, (name, parts) in enumerate(filled) for mark in _cut(76 * number, name, parts)]
    listed = "; ".join(f"{name}: {_told(parts)}" for name, parts in filled)
    return svg.image(marks, WIDTH, 76 * len(filled), f"What became of the questions. {listed}")


def _cut(top: float, name: str, parts: Sequence[tuple[str, int, str]]) -> list[str]:
    total = sum(count for _, count, _ in parts)
    ends = [WIDTH * so_far / total for so_far in accumulate((count for _, count, _ in parts), initial=0)]
    spans = zip(pairwise(ends), parts, strict=True)
    return [
        svg.text(0, top + 23, f"{name} · n={total:,}", INK, size=12, bold=True),
        *(svg.rectangle(start, top + 30, end - start, 16, colour) for (start, end), (*_, colour) in spans),
        svg.text(0, top + 62, _told(parts), MUTED),
    ]


def _told(parts: Sequence[tuple[str, int, str]]) -> str:
    return " · ".join(f"{name} {count:,}" for name, count, _ in parts)
