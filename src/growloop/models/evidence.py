"""What of a context an answer rests on, as far as the texts tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from growloop.models.sentences import relevance, split_sentences, words
from growloop.models.spans import locate_answer

_BARE = {"yes", "no"}
"""An answer of these words alone stands nowhere: where a text says "no", it seldom says it to the question."""


@dataclass(frozen=True)
class Mark:
    """A part of a context."""

    start: int
    """Its first character."""
    end: int
    """One past its last."""
    kind: Literal["sentence", "answer"]
    """The sentence that an answer rests on, or the answer itself inside it."""


def evidence(question: str, answer: str, context: str, span: tuple[int, int] | None = None) -> tuple[Mark, ...]:
    """The sentence that an answer rests on, and the answer where it stands in it as it was said; nothing without words.

    The sentence is the one that holds `span`, what the model marked, or else the answer; where none does, the one that
    shares most with question and answer. Empty where nothing is shared.

    >>> evidence("Dogs?", "on the terrace", "Nice pasta. Dogs may sit on the terrace.")
    (Mark(start=12, end=40, kind='sentence'), Mark(start=25, end=39, kind='answer'))
    """
    if not answer.strip():
        return ()
    told = "" if set(words(answer)) <= _BARE else answer
    place = span or locate_answer(context, [told], question)
    sentences = split_sentences(context)
    number = _holding(sentences, place[0]) if place else _nearest(f"{question} {told}", sentences)
    if number is None:
        return ()
    start = sum(map(len, sentences[:number]))
    end = max(start + len(sentences[number].rstrip()), place[1] if place else 0)
    sentence = Mark(start, end, "sentence")
    return (sentence, Mark(*place, "answer")) if place else (sentence,)


def _holding(sentences: Sequence[str], character: int) -> int | None:
    ends = accumulate(map(len, sentences))
    return next((number for number, end in enumerate(ends) if end > character), None)


def _nearest(text: str, sentences: Sequence[str]) -> int | None:
    scores = relevance(text, sentences)
    best = max(range(len(scores)), key=scores.__getitem__, default=None)
    return best if best is not None and scores[best] > 0 else None
