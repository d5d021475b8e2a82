"""A batch as the tensors a model reads: several questions about one context in one row, apart from each other.

    row        context · question 1 · answer 1 · question 2 · answer 2 …
    positions  each question goes on where the context ended
    mask       each token sees the context and what came before it in its own question and answer; a checkpoint that
               reads both ways sees all of the context from anywhere in it, and all of its question

So every question is computed as if it stood alone after the context, and the context is computed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from growloop.finetune.batches import Batch

CONTEXT = 0
"""The block number of a row's context; its questions are 1, 2, …"""
NOTHING = -1
"""The block number of padding."""


@dataclass(frozen=True)
class Texts:
    """Examples as tokens, by example number."""

    context: Sequence[list[int]]
    question: Sequence[list[int]]
    answer: Sequence[list[int]]
    """With its end token."""


@dataclass(frozen=True)
class PackedBatch:
    """Rows of shared contexts. `wanted` is true where the next token belongs to an answer; `targets` are those.

    `opens` is true on the targets with which an answer begins.
    """

    tokens: torch.Tensor
    positions: torch.Tensor
    blocks: torch.Tensor
    asked: torch.Tensor
    """True on the tokens of questions."""
    wanted: torch.Tensor
    targets: torch.Tensor
    opens: torch.Tensor


def pack(batch: Batch, texts: Texts) -> PackedBatch:
    """The tensors of a batch, padded on the right to its longest row.

    An answer's last token is a target but never an input: nothing follows it.
    """
    rows = [_row(row, texts) for row in batch]
    longest = max(len(row.tokens) for row in rows)
    columns = [(row.tokens, row.positions, row.blocks, row.asked, row.wanted) for row in rows]
    tokens, positions, blocks, asked, wanted = (
        torch.tensor([values[part] + [filler] * (longest - len(values[part])) for values in columns])
        for part, filler in enumerate((0, 0, NOTHING, 0, 0))
    )
    targets = torch.tensor([token for row in rows for token in row.targets], dtype=torch.long)
    opens = torch.tensor([number == 0 for row in rows for length in row.lengths for number in range(length)])
    return PackedBatch(tokens, positions, blocks, asked.bool(), wanted.bool(), targets, opens)


def attention_mask(blocks: torch.Tensor, asked: torch.Tensor | None = None) -> torch.Tensor:
    """True where a token (third axis) may look at another (fourth): [rows, 1, length, length].

    With `asked`, context and question are read in both directions (see `models.masks`). Padding sees itself, lest
    its softmax be over nothing.
    """
    length = blocks.shape[1]
    earlier = torch.ones(length, length, dtype=torch.bool, device=blocks.device).tril()
    allowed = (blocks[:, :, None] == blocks[:, None, :]) | (blocks[:, None, :] == CONTEXT)
    own = torch.eye(length, dtype=torch.bool, device=blocks.device)
    if asked is None:
        return ((allowed & earlier) | own)[:, None]
    context = blocks == CONTEXT
    both_ways = (context[:, :, None] & context[:, None, :]) | (asked[:, :, None] & asked[:, None, :])
    return ((allowed & (earlier | both_ways)) | own)[:, None]


@dataclass(frozen=True)
class _Row:
    tokens: list[int]
    positions: list[int]
    blocks: list[int]
    asked: list[int]
    wanted: list[int]
    targets: list[int]
    lengths: list[int]
    """Of the answers."""


def _row(row: list[int], texts: Texts) -> _Row:
    context = texts.context[row[0]]
    start = len(context)
    made = _Row(list(context), list(range(start)), [CONTEXT] * start, [0] * start, [0] * start, [], [])
    for block, number in enumerate(row, start=1):
        question, answer = texts.question[number], texts.answer[number]
        length = len(question) + len(answer) - 1
        made.tokens.extend([*question, *answer[:-1]])
        made.positions.extend(range(start, start + length))
        made.blocks.extend([block] * length)
        made.asked.extend([1] * len(question) + [0] * (len(answer) - 1))
        made.wanted.extend([0] * (len(question) - 1) + [1] * len(answer))
        made.targets.extend(answer)
        made.lengths.append(len(answer))
    return made
