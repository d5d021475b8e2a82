"""The loss of written answers, with vocabulary logits for answer tokens alone.

A vocabulary of 30,000 costs as much as the whole body of a small model, and nine tokens of ten are context and
question. What a model can do is tried on the model itself, against its ordinary forward pass.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from growloop.finetune.inputs import PackedBatch, Texts, attention_mask, pack
from growloop.finetune.last_layer import answering_only, can_shorten
from growloop.models.masks import prefix_mask, shaped_mask

TOLERANCE = 1e-3
"""Of the spread of the logits; a wrong mask or position is off by far more."""


@dataclass(frozen=True)
class Abilities:
    """What a decoder can be spared, found out by trial."""

    packs: bool
    """Several questions of one context in a row leave the logits as they are."""
    narrows: bool
    """It computes logits for chosen positions alone."""
    shortens: bool = False
    """So does its last layer; for packed rows (`last_layer`)."""


def answer_logits(
    model: Any, options: Mapping[str, torch.Tensor], wanted: torch.Tensor, able: Abilities
) -> torch.Tensor:
    """Logits at the wanted positions, row by row: [positions, vocabulary]."""
    with answering_only(model, wanted) if able.shortens else nullcontext():
        if able.narrows:
            logits: torch.Tensor = model(**options, use_cache=False, logits_to_keep=wanted).logits
            return logits
        chosen: torch.Tensor = model(**options, use_cache=False).logits[wanted]
        return chosen


def summed_loss(logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
    """Cross-entropy in fp32, summed over tokens: the caller divides by the tokens, or weights, of the whole step."""
    if weights is None:
        return cross_entropy(logits.float(), targets, reduction="sum")
    return (each_loss(logits, targets) * weights).sum()


def each_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The cross-entropy of each token, in fp32."""
    return cross_entropy(logits.float(), targets, reduction="none")


def abilities(model: Any, *, both_ways: bool = False) -> Abilities:
    """Try both savings on a few tokens; what does not give the same logits is not used.

    Models with sliding windows, recurrent states or positions of their own making cannot pack.
    """
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            able = Abilities(packs=_packs(model, both_ways), narrows=_narrows(model))
            return replace(able, shortens=able.packs and _shortens(model))
    finally:
        model.train(was_training)


def _packs(model: Any, both_ways: bool) -> bool:
    if not _sees_everything(model):
        return False
    texts = _trial(model)
    together = pack([[0, 1, 2]], texts)
    try:
        expected = torch.cat([_alone(model, texts, number, both_ways) for number in range(3)])
    except (TypeError, ValueError, RuntimeError):
        return False
    options, wanted = _packed_options(model, together, both_ways), together.wanted.to(model.device)
    return _gives(model, options, wanted, expected, Abilities(packs=True, narrows=False))


def _packed_options(model: Any, packed: PackedBatch, both_ways: bool) -> dict[str, torch.Tensor]:
    mask = attention_mask(packed.blocks, packed.asked if both_ways else None).to(model.device)
    return {
        "input_ids": packed.tokens.to(model.device),
        "position_ids": packed.positions.to(model.device),
        "attention_mask": shaped_mask(model, mask, torch.float32),
    }


def _shortens(model: Any) -> bool:
    if not can_shorten(model):
        return False
    rows = pack([[0, 1, 2], [1]], _trial(model))
    options, wanted = _packed_options(model, rows, True), rows.wanted.to(model.device)
    plainly = Abilities(packs=True, narrows=False)
    expected = answer_logits(model, options, wanted, plainly)
    return _gives(model, options, wanted, expected, replace(plainly, shortens=True))


def _sees_everything(model: Any) -> bool:
    """False for windows that slide, which a trial shorter than the window would not notice, and recurrent states."""
    layers = DynamicCache(config=model.config).layers
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)


def _narrows(model: Any) -> bool:
    if "logits_to_keep" not in inspect.signature(model.forward).parameters:
        return False
    rows = pack([[0], [1]], _trial(model))
    options = {"input_ids": rows.tokens.to(model.device), "attention_mask": (rows.blocks >= 0).long().to(model.device)}
    wanted = rows.wanted.to(model.device)
    expected = answer_logits(model, options, wanted, Abilities(packs=False, narrows=False))
    return _gives(model, options, wanted, expected, Abilities(packs=False, narrows=True))


def _gives(
    model: Any, options: Mapping[str, torch.Tensor], wanted: torch.Tensor, expected: torch.Tensor, able: Abilities
) -> bool:
    try:
        found = answer_logits(model, options, wanted, able)
    except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):
        return False
    if found.shape != expected.shape:
        return False
    return bool((found - expected).float().abs().max() <= TOLERANCE * expected.float().std())


def _alone(model: Any, texts: Texts, number: int, both_ways: bool) -> torch.Tensor:
    row = pack([[number]], texts)
    lengths = (len(texts.context[number]), len(texts.question[number]), len(texts.answer[number]) - 1)
    mask = prefix_mask(*lengths)[None, None].to(model.device)
    seen = {"attention_mask": shaped_mask(model, mask, torch.float32)} if both_ways else {}
    logits: torch.Tensor = model(row.tokens.to(model.device), use_cache=False, **seen).logits
    return logits[row.wanted.to(model.device)]


def _trial(model: Any) -> Texts:
    """Three questions about one context, of tokens from all over the vocabulary."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(0, model.get_input_embeddings().num_embeddings, (40,), generator=generator).tolist()
    return Texts(
        context=[drawn[:12]] * 3,
        question=[drawn[12:15], drawn[15:20], drawn[20:24]],
        answer=[drawn[24:28], drawn[28:30], drawn[30:35]],
    )
