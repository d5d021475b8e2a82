"""Turns examples into windows of question and context for models that mark the answer's first and last token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from growloop.models.catalog import Checkpoint, quiet
from growloop.models.spans import locate_answer

OVERLAP = 128
"""Tokens that neighbouring windows share, so that an answer cut by one edge stands whole in the next window."""
QUESTION_SHARE = 0.5
"""The most of the window that a question may take."""
NULL = 0
"""The position that is marked where a window holds no answer: the first token."""

Offsets = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Windows:
    """Windows of many examples, in example order; each example has at least one."""

    example: list[int] = field(default_factory=list)
    """The row of the example that a window belongs to."""
    input_ids: list[list[int]] = field(default_factory=list)
    token_type_ids: list[list[int]] = field(default_factory=list)
    context_from: list[int] = field(default_factory=list)
    """Where the context's tokens begin in a window."""
    offsets: list[Offsets] = field(default_factory=list)
    """First and one-past-last character, in the context, of each of the window's context tokens."""
    start: list[int] = field(default_factory=list)
    """Position of the answer's first token, NULL without one; empty when encoded without answers."""
    end: list[int] = field(default_factory=list)
    cut_tokens: list[int] = field(default_factory=list)
    """Per example: tokens of an overlong question that were left out. Contexts are never cut."""

    def __len__(self) -> int:
        return len(self.input_ids)


@dataclass(frozen=True)
class _Frame:
    """The special tokens around question and context."""

    before: list[int]
    between: list[int]
    after: list[int]

    @property
    def size(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)


def encode_windows(
    examples: pl.DataFrame, checkpoint: Checkpoint, *, with_answers: bool, overlap: int = OVERLAP
) -> Windows:
    """Windows over `question` and `context`; with answers, where the first answer found in the context stands.

    The question comes first, as all published question-answering checkpoints expect.
    """
    tokenizer, window = checkpoint.tokenizer, checkpoint.card.window
    frame = _frame(tokenizer)
    with quiet():
        questions = _tokens(tokenizer, [text.strip() for text in examples["question"].to_list()])
        contexts = _contexts(tokenizer, examples["context"].fill_null(""))
    spans = _spans(examples) if with_answers else [None] * examples.height
    longest = int(window * QUESTION_SHARE) - frame.size
    windows = Windows()
    for row, (question, text) in enumerate(zip(questions, examples["context"].fill_null("").to_list(), strict=True)):
        windows.cut_tokens.append(max(0, len(question) - longest))
        _add(windows, row, question[:longest], contexts[text], frame, window, overlap, spans[row], with_answers)
    return windows


def _add(
    windows: Windows,
    row: int,
    question: list[int],
    context: tuple[list[int], Offsets],
    frame: _Frame,
    window: int,
    overlap: int,
    span: tuple[int, int] | None,
    with_answers: bool,
) -> None:
    tokens, offsets = context
    room = window - len(question) - frame.size
    first = frame.before + question + frame.between
    for start, stop in _slices(len(tokens), room, min(overlap, room // 2)):
        second = tokens[start:stop] + frame.after
        windows.example.append(row)
        windows.input_ids.append(first + second)
        windows.token_type_ids.append([0] * len(first) + [1] * len(second))
        windows.context_from.append(len(first))
        windows.offsets.append(offsets[start:stop])
        if with_answers:
            marked = _marked(offsets[start:stop], span, len(first))
            windows.start.append(marked[0])
            windows.end.append(marked[1])


def _slices(length: int, room: int, overlap: int) -> list[tuple[int, int]]:
    """Cuts of `room` tokens that overlap and cover everything; one empty cut for an empty context."""
    cuts = [(0, min(length, room))]
    while cuts[-1][1] < length:
        start = cuts[-1][1] - overlap
        cuts.append((start, min(length, start + room)))
    return cuts


def _marked(offsets: Offsets, span: tuple[int, int] | None, shift: int) -> tuple[int, int]:
    """Positions of the tokens that hold a span of characters; NULL where the window does not hold all of it."""
    if span is None or not len(offsets) or span[0] < offsets[0, 0] or span[1] > offsets[-1, 1]:
        return NULL, NULL
    first = int(np.searchsorted(offsets[:, 1], span[0], side="right"))
    last = int(np.searchsorted(offsets[:, 0], span[1], side="left")) - 1
    return (first + shift, last + shift) if first <= last else (NULL, NULL)


def _spans(examples: pl.DataFrame) -> list[tuple[int, int] | None]:
    columns = (examples[name].to_list() for name in ("context", "question", "answers"))
    return [
        locate_answer(context or "", answers, question) for context, question, answers in zip(*columns, strict=True)
    ]


def _contexts(tokenizer: Any, texts: pl.Series) -> dict[str, tuple[list[int], Offsets]]:
    """Tokens and character offsets of each distinct context."""
    distinct = texts.unique(maintain_order=True).to_list()
    if not distinct:
        return {}
    encoded = tokenizer(distinct, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    offsets = [np.asarray(pairs, dtype=np.int64).reshape(-1, 2) for pairs in encoded["offset_mapping"]]
    return dict(zip(distinct, zip(encoded["input_ids"], offsets, strict=True), strict=True))


def _tokens(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    if not texts:
        return []
    return [list(tokens) for tokens in tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]]


def _frame(tokenizer: Any) -> _Frame:
    """What this tokenizer puts around a pair of texts; a line break between them where it puts nothing."""
    encoded = tokenizer("a", "a")
    parts = encoded.sequence_ids()
    first, second = parts.index(0), parts.index(1)
    last = len(parts) - parts[::-1].index(1)
    tokens = list(encoded["input_ids"])
    between = [token for token, part in zip(tokens[first:second], parts[first:second], strict=True) if part is None]
    return _Frame(tokens[:first], between or _tokens(tokenizer, ["\n"])[0], tokens[last:])
