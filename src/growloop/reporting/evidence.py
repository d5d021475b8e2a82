"""Marks in a context the words that an answer or a question is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

from markupsafe import Markup, escape

Mark = Literal["answer", "question", ""]
Span = tuple[int, int, Mark]

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_COMMON_WORDS = """
a about all also an and any are as at be been but by can could did do does don't for from had has have how i i'm if
in into is it it's its know many me more most much my no not of on or our out so some that the their them there they
this to up us was we were what when where which who why will with would yes you your
"""
_COMMON = frozenset(_COMMON_WORDS.split())
"""English words that occur nearly everywhere; marking them would hide the ones that matter."""


def marked(context: str, *, answers: Sequence[str], question: str, at_most: int = 900) -> Markup:
    """The context as HTML with `<mark class="answer">` and `<mark class="question">`, all text escaped.

    An accepted answer that stands in the context is marked whole, else its telling words are. Of a
    context longer than `at_most` characters the stretch with the most marks is shown.
    """
    spans = _spans(context, answers, question)
    start, end = _window(context, spans, at_most)
    shown = [
        _element(context, span)
        for span in _joined(context, [s for s in spans if start <= s[0] and s[1] <= end], start, end)
    ]
    before, after = "… " if start else "", " …" if end < len(context) else ""
    return escape(before) + Markup("").join(shown) + escape(after)


def _spans(context: str, answers: Sequence[str], question: str) -> list[Span]:
    """Every word of the context with its mark."""
    whole = [match.span() for answer in answers if answer.strip() for match in _occurrences(answer, context)]
    wanted: dict[str, Mark] = dict.fromkeys(_telling([question]), "question")
    wanted |= dict.fromkeys(_telling(answers), "answer")
    spans: list[Span] = []
    for match in _WORD.finditer(context):
        inside = any(start <= match.start() and match.end() <= end for start, end in whole)
        spans.append((*match.span(), "answer" if inside else wanted.get(_folded(match.group()), "")))
    return spans


def _occurrences(answer: str, context: str) -> Iterable[re.Match[str]]:
    return re.finditer(rf"(?<!\w){re.escape(answer.strip())}(?!\w)", context, re.IGNORECASE)


def _telling(texts: Iterable[str]) -> list[str]:
    found = [match.group() for text in texts for match in _WORD.finditer(text)]
    return [_folded(word) for word in found if word.casefold().replace("’", "'") not in _COMMON]


def _folded(word: str) -> str:
    folded = word.casefold().replace("’", "'").removesuffix("'s")
    return folded[:-1] if len(folded) > 3 and folded.endswith("s") else folded


def _window(context: str, spans: list[Span], at_most: int) -> tuple[int, int]:
    """The stretch of at most so many characters, cut between words, that holds the most marks."""
    if len(context) <= at_most:
        return 0, len(context)
    marks = [span for span in spans if span[2]]
    starts = [max(0, mark[0] - at_most // 4) for mark in marks] or [0]
    best = max(starts, key=lambda start: sum(start <= mark[0] and mark[1] <= start + at_most for mark in marks))
    start = next((span[0] for span in spans if span[0] >= best), 0) if best else 0
    end = max((span[1] for span in spans if span[1] <= start + at_most), default=start + at_most)
    return start, (len(context) if start + at_most >= len(context) else end)


def _joined(context: str, spans: list[Span], start: int, end: int) -> list[Span]:
    """Marked stretches and what lies between them, covering start to end without a gap."""
    pieces: list[Span] = []
    for mark, run in groupby(spans, key=lambda span: span[2]):
        words = list(run)
        if mark:
            pieces += _close_together(context, words, mark)
    edges = [start, *(edge for piece in pieces for edge in piece[:2]), end]
    gaps: list[Span] = [(edges[n], edges[n + 1], "") for n in range(0, len(edges), 2)]
    return sorted(piece for piece in [*pieces, *gaps] if piece[0] < piece[1])


def _close_together(context: str, words: list[Span], mark: Mark) -> list[Span]:
    """Neighbouring words as one stretch where only blanks or commas lie between."""
    stretches = [words[0]]
    for begin, stop, _ in words[1:]:
        first, last, _ = stretches[-1]
        if context[last:begin].strip(" ,\u00a0-") == "":
            stretches[-1] = (first, stop, mark)
        else:
            stretches.append((begin, stop, mark))
    return stretches


def _element(context: str, span: Span) -> Markup:
    text = escape(context[span[0] : span[1]])
    return Markup('<mark class="{}">{}</mark>').format(span[2], text) if span[2] else text
