"""Attention masks of four dimensions, in the form that a model's kind of attention takes.

A checkpoint that was trained to read in both directions keeps its understanding only if it goes on reading so. As a
decoder it therefore reads the context in both directions, then the question in both directions with the context in
view, and writes the answer from left to right: a prefix language model (Raffel et al. 2020, section 3.2.1).
The context never looks at the question, so the work on it can be shared by all its questions.
"""

from __future__ import annotations

from typing import Any

import torch

from growloop.models.catalog import Checkpoint


def reads_both_ways(checkpoint: Checkpoint) -> bool:
    """True for an encoder that writes: it reads context and question in both directions."""
    return checkpoint.role == "decoder" and checkpoint.card.architecture == "encoder"


def prefix_mask(context: int, question: int, answer: int) -> torch.Tensor:
    """Who sees whom in one row of so many tokens each: [length, length], true where the second axis is seen."""
    length = context + question + answer
    mask = torch.ones(length, length, dtype=torch.bool).tril()
    mask[:context, :context] = True
    mask[context : context + question, : context + question] = True
    return mask


def shaped_mask(model: Any, mask: torch.Tensor, dtype: torch.dtype | None = None) -> torch.Tensor:
    """A boolean mask [rows, 1, length, length] as the model takes it: eager attention adds it to its scores."""
    if attention_kind(model) != "eager":
        return mask
    return additive(mask, dtype or computing_dtype(model))


def additive(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """A mask to be added to attention scores: 0 where allowed, the lowest number elsewhere."""
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, torch.finfo(dtype).min)


def computing_dtype(model: Any) -> torch.dtype:
    """In what the model's products are computed right now."""
    device: str = model.device.type
    found: torch.dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else model.dtype
    return found


def attention_kind(model: Any) -> str:
    """`eager`, `sdpa`, …: how the model computes attention."""
    return str(getattr(model.config, "_attn_implementation", "eager"))
