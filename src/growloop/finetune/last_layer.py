"""A last layer that computes what answers are told from and no more: nobody reads what it makes of the rest.

Context and question, seven tokens of ten, are still looked at by the answer's tokens: they need keys and values, but
no queries, no output and no feed-forward part. A tenth of a step of a model of six layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import torch
from torch.nn.functional import dropout, scaled_dot_product_attention
from transformers.models.bert.modeling_bert import BertLayer


def can_shorten(model: Any) -> bool:
    """Whether the last layer is of the kind that is known here: BERT's."""
    layer = _last_layer(model)
    return type(layer) is BertLayer and not layer.add_cross_attention


@contextmanager
def answering_only(model: Any, wanted: torch.Tensor) -> Iterator[None]:
    """Within it, in this thread, the last layer's states are right where `wanted` is true and nothing elsewhere.

    `wanted`: [rows, length]; the attention mask must be given, [rows, 1, length, length].
    """
    layer = _last_layer(model)
    if "forward" not in vars(layer):
        layer.forward = partial(_forward, layer)
    before = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(before)


_wanted: ContextVar[torch.Tensor | None] = ContextVar("wanted", default=None)


def _last_layer(model: Any) -> Any:
    layers = getattr(getattr(model.base_model, "encoder", None), "layer", None)
    return layers[-1] if layers is not None and len(layers) else None


def _forward(
    layer: BertLayer, states: torch.Tensor, attention_mask: Any = None, *others: Any, **options: Any
) -> torch.Tensor:
    wanted = _wanted.get()
    if wanted is None:
        whole: torch.Tensor = BertLayer.forward(layer, states, attention_mask, *others, **options)
        return whole
    places, is_there = _places(wanted)
    asking = states.gather(1, places[..., None].expand(-1, -1, states.shape[-1]))
    seen = attention_mask.gather(2, places[:, None, :, None].expand(-1, 1, -1, states.shape[1]))
    attended = layer.attention.output(_attended(layer.attention.self, asking, states, seen), asking)
    made = layer.feed_forward_chunk(attended)
    filled = made.new_zeros(*states.shape[:2], made.shape[-1])
    filled[wanted] = made[is_there]
    return filled


def _places(wanted: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where each row wants something, in order, filled up with places it does not want; and which are wanted."""
    counts = wanted.sum(dim=1, keepdim=True)
    most = int(counts.max())
    places = wanted.int().argsort(dim=1, descending=True, stable=True)[:, :most]
    return places, torch.arange(most, device=wanted.device) < counts


def _attended(attention: Any, asking: torch.Tensor, states: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """What some tokens gather from all; `seen` says who sees whom, in the form the model's own attention takes."""
    query, key, value = (
        projected.unflatten(-1, (-1, attention.attention_head_size)).transpose(1, 2)
        for projected in (attention.query(asking), attention.key(states), attention.value(states))
    )
    dropped = attention.dropout.p if attention.training else 0.0
    if attention.config._attn_implementation == "eager":
        scores = query @ key.transpose(2, 3) * attention.scaling + seen
        gathered = dropout(scores.softmax(dim=-1), dropped) @ value
    else:
        gathered = scaled_dot_product_attention(query, key, value, seen, dropped, scale=attention.scaling)
    return gathered.transpose(1, 2).flatten(2)
