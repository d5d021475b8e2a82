"""A softmax over a sample of the vocabulary: over all of 30,000 words it takes a fifth of a small model's step.

The words at hand are always in the sample. Of the rest a few are drawn, and each counts for as many as it stands for,
so the sum that the softmax divides by is right on average (Bengio and Senécal 2008, "Adaptive Importance Sampling to
Accelerate Training of a Neural Probabilistic Language Model", with a uniform proposal).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from math import log
from typing import Any

import torch
from torch.nn.functional import linear


@dataclass(frozen=True)
class Words:
    """Some of the vocabulary: `tokens` in rising order, `counts` the logarithm of how many words each stands for."""

    tokens: torch.Tensor
    counts: torch.Tensor

    def places(self, targets: torch.Tensor) -> torch.Tensor:
        """Where among the sample these tokens are; they must be in it."""
        return torch.searchsorted(self.tokens, targets)


def sample(at_hand: torch.Tensor, vocabulary: int, size: int, generator: torch.Generator) -> Words | None:
    """The words at hand and `size` of the others; None where that is not much less than all of them."""
    needed = torch.unique(at_hand)
    others = vocabulary - len(needed)
    if 2 * size >= others:
        return None
    is_needed = torch.zeros(vocabulary, dtype=torch.bool)
    is_needed[needed] = True
    drawn = torch.randint(0, vocabulary, (size,), generator=generator).unique()
    drawn = drawn[~is_needed[drawn]]
    counts = torch.zeros(vocabulary)
    counts[drawn] = log(others / max(1, len(drawn)))
    is_needed[drawn] = True
    tokens = is_needed.nonzero()[:, 0]
    return Words(tokens, counts[tokens])


def can_sample(model: Any) -> bool:
    """Whether the logits are a plain product with weights that training leaves as they are."""
    head = model.get_output_embeddings()
    return type(head) is torch.nn.Linear and not any(weight.requires_grad for weight in head.parameters())


@contextmanager
def naming_only(model: Any, words: Words) -> Iterator[None]:
    """Within it, in this thread, the model gives logits for these words alone, in their order."""
    head = model.get_output_embeddings()
    tokens = words.tokens.to(head.weight.device)
    weight, bias = head.weight[tokens], None if head.bias is None else head.bias[tokens]
    counts = words.counts.to(head.weight.device)
    if "forward" not in vars(head):
        head.forward = partial(_logits, head)
    before = _sampled.set((weight, counts if bias is None else bias + counts))
    try:
        yield
    finally:
        _sampled.reset(before)


_sampled: ContextVar[tuple[torch.Tensor, torch.Tensor] | None] = ContextVar("sampled", default=None)
"""Weights and offsets of the words that a head names now. Each thread has its own."""


def _logits(head: torch.nn.Linear, states: torch.Tensor) -> torch.Tensor:
    sampled = _sampled.get()
    weight, offsets = (head.weight, head.bias) if sampled is None else sampled
    return linear(states, weight, None if offsets is None else offsets.to(states.dtype))
