"""Answers that say where they stand in the context: is it true?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from growloop.dataset.importers.batch import Unreadable


def placed(given: Any, context: str) -> bool:
    """True where some answer stands elsewhere than it says, and it is clear where.

    Raises Unreadable where it is not: the text does not occur in the context, or more than once.
    """
    stated = [(text, start) for text, start in _stated(given) if text] if context else []
    right = {text for text, start in stated if _stands(text, start, context)}
    moved = False
    for text, start in stated:
        if text in right and _stands(text, start, context):
            continue
        times = 1 if text in right else context.count(text)
        if times != 1:
            found = "does not occur in the context" if not times else f"occurs {times} times in the context"
            raise Unreadable(f'the answer "{text[:60]}" is said to start at {start}: it stands elsewhere, and {found}')
        moved = True
    return moved


def _stated(given: Any) -> Iterator[tuple[str, int]]:
    """Text and offset of each answer that says where it starts: SQuAD's list of objects, or an object of lists."""
    if isinstance(given, Mapping):
        texts, starts = given.get("text"), given.get("answer_start")
        if isinstance(texts, list) and isinstance(starts, list):
            given = [{"text": text, "answer_start": start} for text, start in zip(texts, starts, strict=False)]
        else:
            given = [given]
    for answer in given if isinstance(given, list) else []:
        start = answer.get("answer_start") if isinstance(answer, Mapping) else None
        text = answer.get("text") if isinstance(answer, Mapping) else None
        if isinstance(text, str) and isinstance(start, int) and not isinstance(start, bool) and start >= 0:
            yield text.strip(), start


def _stands(text: str, start: int, context: str) -> bool:
    """True where a text stands at an offset, or a space or two after it."""
    return context[start : start + len(text) + 2].lstrip().startswith(text)
