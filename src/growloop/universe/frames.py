"""What questions have in common and where they differ: `how do i cook {}`, from questions about cooking this and that.

Two questions aligned word by word make a frame: the words they share stay, each span in which they differ is a gap.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rapidfuzz.distance import Indel

from growloop.universe.canonical import idle_words
from growloop.universe.slots import Values
from growloop.universe.wording import words_of_name

GAP = ""
"""The key of a gap in a frame."""
MOST_GAPS, LONGEST_GAP = 2, 4
FEWEST_VALUES = 3
"""Different spans that a gap has, before it is taken for a slot."""
MOST_ALIGNED = 60
"""Questions of one cluster that are aligned with each other."""
MOST_WEIGHED = 200
"""Frames whose support is counted."""
_TOKEN = re.compile(r"\w+(?:['’\-]\w+)*")
Frame = tuple[str, ...]


@dataclass(frozen=True)
class Token:
    """A word of a question, or a known value of several; `{slot}` is the key of a value."""

    key: str
    start: int
    end: int


def tokens_of(question: str, known: Mapping[tuple[str, ...], str], longest: int) -> list[Token]:
    """The words of a question, values that a slot knows in one piece."""
    found = [Token(match[0].casefold(), *match.span()) for match in _TOKEN.finditer(question)]
    tokens: list[Token] = []
    at = 0
    while at < len(found):
        for length in range(min(longest, len(found) - at), 0, -1):
            piece = found[at : at + length]
            bare = tuple(words_of_name(" ".join(token.key for token in piece)).split())
            if bare in known:
                tokens.append(Token(f"{{{known[bare]}}}", piece[0].start, piece[-1].end))
                break
        else:
            length = 1
            tokens.append(found[at])
        at += length
    return tokens


def known_words(slots: Mapping[str, Values]) -> dict[tuple[str, ...], str]:
    """The bare words of every value, and the slot that has it."""
    return {tuple(words.split()): slot for slot, values in slots.items() for words in values.numbers if words.strip()}


@dataclass(frozen=True)
class Fitting:
    """A frame, the questions that fit it, and what stands in its gaps there."""

    frame: Frame
    rows: tuple[int, ...]
    gaps: tuple[tuple[tuple[int, int], ...], ...]
    """For each gap the token span (start, end) in each of the rows."""


def frames_of(questions: Sequence[Sequence[Token]], most: int) -> list[Fitting]:
    """The frames that cover most of some questions, each by what it adds; at most `most`."""
    keys = [[token.key for token in question] for question in questions]
    aligned = Counter(
        frame for one, other in combinations(keys[:MOST_ALIGNED], 2) if (frame := _aligned(one, other)) is not None
    )
    opened = Counter(frame for question in keys for frame in _opened(question))
    whole = Counter(tuple(question) for question in keys if any(key.startswith("{") for key in question))
    likely = [frame for counted in (aligned, opened, whole) for frame, _ in counted.most_common(MOST_WEIGHED)]
    weighed = (_fitting(frame, keys) for frame in dict.fromkeys(likely))
    left = [fit for fit in weighed if fit is not None]
    covered: set[int] = set()
    chosen: list[Fitting] = []
    while left and len(chosen) < most:
        best = max(
            left, key=lambda fit: (len(set(fit.rows) - covered) * sum(key != GAP for key in fit.frame), fit.frame)
        )
        if len(set(best.rows) - covered) < FEWEST_VALUES:
            break
        chosen.append(best)
        covered |= set(best.rows)
        left.remove(best)
    return chosen


def _opened(question: Sequence[str]) -> dict[Frame, tuple[int, int]]:
    """Every frame with one gap that a question fits, and the gap's place; gaps begin and end with a word that tells."""
    idle = [key in idle_words() or _plain(key) in idle_words() for key in question]
    found = {}
    for start in range(len(question)):
        for end in range(start + 1, min(start + LONGEST_GAP, len(question)) + 1):
            frame = (*question[:start], GAP, *question[end:])
            if not idle[start] and not idle[end - 1] and _tells(frame):
                found[frame] = (start, end)
    return found


def _aligned(one: Sequence[str], other: Sequence[str]) -> Frame | None:
    """The frame of two questions; None where they differ too much, or in nothing that could be a value."""
    frame: list[str] = []
    gap = [0, 0]
    for step in Indel.opcodes(one, other):
        if step.tag != "equal":
            gap = [gap[0] + step.src_end - step.src_start, gap[1] + step.dest_end - step.dest_start]
            continue
        if any(gap):
            if not _is_gap(gap):
                return None
            frame.append(GAP)
        gap = [0, 0]
        frame += one[step.src_start : step.src_end]
    if any(gap):
        if not _is_gap(gap):
            return None
        frame.append(GAP)
    return tuple(frame) if 0 < frame.count(GAP) <= MOST_GAPS and _tells(frame) else None


def _is_gap(lengths: Sequence[int]) -> bool:
    return min(lengths) > 0 and max(lengths) <= LONGEST_GAP


def _tells(frame: Iterable[str]) -> bool:
    """True where enough is constant to tell one kind of question from another."""
    constant = [key for key in frame if key != GAP]
    return len(constant) >= 2 and any(key.startswith("{") or _plain(key) not in idle_words() for key in constant)


@lru_cache(maxsize=100_000)
def _plain(key: str) -> str:
    return words_of_name(key.replace("'", "").replace("’", "")).strip()


def _fitting(frame: Frame, keys: Sequence[Sequence[str]]) -> Fitting | None:
    """The questions that fit a frame; None where a gap has too few different values, or none that says anything."""
    places = [(row, spans) for row, question in enumerate(keys) if (spans := _spans(frame, question)) is not None]
    if not places:
        return None
    gaps = tuple(tuple(spans[gap] for _, spans in places) for gap in range(frame.count(GAP)))
    for gap in gaps:
        values = {tuple(keys[row][start:end]) for (row, _), (start, end) in zip(places, gap, strict=True)}
        saying = {value for value in values if any(_plain(key) not in idle_words() for key in value)}
        if any(len(value) == 1 and value[0].startswith("{") for value in values):
            continue  # where a declared slot has a value, there is a slot
        if len(saying) < FEWEST_VALUES or len(saying) < 0.7 * len(values):
            return None
    return Fitting(frame, tuple(row for row, _ in places), gaps)


def _spans(frame: Frame, question: Sequence[str]) -> list[tuple[int, int]] | None:
    """Where the gaps of a frame lie in a question, the first ones as short as can be; None where it does not fit."""
    if not frame:
        return [] if not question else None
    if frame[0] != GAP:
        rest = _spans(frame[1:], question[1:]) if question and question[0] == frame[0] else None
        return None if rest is None else [(start + 1, end + 1) for start, end in rest]
    for length in range(1, min(LONGEST_GAP, len(question)) + 1):
        rest = _spans(frame[1:], question[length:])
        if rest is not None:
            return [(0, length), *((start + length, end + length) for start, end in rest)]
    return None
