"""Which way of decoding is right for a model: tried on the model itself, not looked up by its name."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from math import nan
from typing import Any

import torch
from transformers import DynamicCache, GenerationConfig, LogitsProcessorList
from transformers.cache_utils import DynamicLayer
from transformers.generation.streamers import BaseStreamer

from growloop.models.catalog import Checkpoint
from growloop.models.decoding import Heard, Reluctance, SharedContexts, Written, padded
from growloop.models.forms import end_token
from growloop.models.masks import prefix_mask, shaped_mask

TOLERANCE = 1e-3
"""Of the spread of the logits in fp32; a wrong mask or position is off by far more."""


def end_tokens(checkpoint: Checkpoint) -> list[int]:
    """The tokens that end an answer: what training puts there, and what the model's own settings name."""
    named = checkpoint.model.generation_config.eos_token_id
    others = named if isinstance(named, list) else [] if named is None else [named]
    return sorted({end_token(checkpoint.tokenizer), *others})


def needs_generate(model: Any) -> bool:
    """True where the model's own settings force a first token, which only the library's `generate` knows how to do."""
    settings = model.generation_config
    return any(getattr(settings, name, None) is not None for name in ("forced_bos_token_id", "forced_decoder_ids"))


def can_share(model: Any, *, both_ways: bool = False) -> bool:
    """True where sharing a context, padding in the middle and dropping rows leave a decoder's logits as they are.

    `both_ways`: as they are under a prefix mask, see `masks`.

    Models with sliding windows, recurrent states or positions of their own making differ, and take the plain way.
    """
    wanted = {"past_key_values", "position_ids", "attention_mask", "logits_to_keep"}
    if not wanted <= set(inspect.signature(model.forward).parameters) or not _keeps_everything(model):
        return False
    with torch.inference_mode():
        return _agrees(model, both_ways)


def _agrees(model: Any, both_ways: bool) -> bool:
    contexts, questions, context_of = _trial(model)
    try:
        shared = _shared_logits(model, contexts, questions, context_of, both_ways)
        alone = [
            _alone_logits(model, contexts[number], question, both_ways)
            for number, question in _asked(questions, context_of)
        ]
    except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):
        return False
    expected = torch.stack(alone)
    return bool((shared - expected).abs().max() <= TOLERANCE * expected.std())


def _keeps_everything(model: Any) -> bool:
    layers = DynamicCache(config=model.config).layers
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)


def _trial(model: Any) -> tuple[list[list[int]], list[list[int]], list[int]]:
    """Two contexts and three questions of differing length, of tokens from all over the vocabulary."""
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(0, model.get_input_embeddings().num_embeddings, (30,), generator=generator).tolist()
    return [tokens[:9], tokens[9:14]], [tokens[14:18], tokens[18:20], tokens[20:25]], [0, 1, 0]


def _asked(questions: list[list[int]], context_of: list[int]) -> list[tuple[int, list[int]]]:
    """What `_shared_logits` has asked at its end: the middle row dropped."""
    return [(context_of[row], questions[row]) for row in (0, 2)]


def _shared_logits(
    model: Any, contexts: list[list[int]], questions: list[list[int]], context_of: list[int], both_ways: bool
) -> torch.Tensor:
    stream = SharedContexts(model, contexts, questions, context_of, longest=2, both_ways=both_ways)
    stream.start()
    stream.keep(torch.tensor([0, 2], device=model.device))
    return stream.step(torch.tensor([1, 1], device=model.device)).float()


def _alone_logits(model: Any, context: list[int], question: list[int], both_ways: bool) -> torch.Tensor:
    """Logits after one token of an answer, in a row of its own."""
    tokens = torch.tensor([[*context, *question, 1]], device=model.device)
    mask = prefix_mask(len(context), len(question), 1)[None, None].to(model.device)
    seen = {"attention_mask": shaped_mask(model, mask)} if both_ways else {}
    logits: torch.Tensor = model(tokens, use_cache=False, **seen).logits[0, -1]
    return logits.float()


def write_plainly(
    model: Any,
    inputs: Sequence[Sequence[int]],
    ends: Sequence[int],
    longest: int,
    reluctance: Reluctance | None = None,
    heard: Heard | None = None,
) -> Written:
    """Greedy answers through the library's `generate`: right for every architecture, with nothing saved."""
    is_decoder = not model.config.is_encoder_decoder
    filler = ends[0]
    tokens, mask = padded(inputs, model.device, left=is_decoder, filler=filler)
    settings = _greedy(model, ends, longest, filler)
    before = tokens.shape[1] if is_decoder else 1
    hesitant = _Hesitant(reluctance, before) if reluctance else None
    with torch.inference_mode():
        out = model.generate(
            input_ids=tokens,
            attention_mask=mask.long(),
            generation_config=settings,
            logits_processor=LogitsProcessorList([hesitant] if hesitant else []),
            streamer=_Told(heard) if heard else None,
        )
    written = out.sequences[:, before:]
    steps = torch.stack([_log_probability(step, written[:, place]) for place, step in enumerate(out.logits)], dim=1)
    rows = written.tolist()
    lengths = [next((place + 1 for place, token in enumerate(row) if token in ends), len(row)) for row in rows]
    sure = [steps[number, :length].mean().exp().item() for number, length in enumerate(lengths)]
    lead = hesitant.lead if hesitant else [nan] * len(rows)
    return Written([row[:length] for row, length in zip(rows, lengths, strict=True)], sure, lead)


class _Told(BaseStreamer):  # type: ignore[misc]
    """Passes on what `generate` writes in its first row."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard
        self.written: list[int] | None = None

    def put(self, value: torch.Tensor) -> None:
        if self.written is None:  # first comes what was asked
            self.written = []
            return
        self.written.append(int(value.flatten()[0]))
        self.heard(list(self.written))

    def end(self) -> None:
        """Nothing is held back."""


def _log_probability(logits: torch.Tensor, token: torch.Tensor) -> torch.Tensor:
    logits = logits.float()
    return logits.gather(1, token[:, None])[:, 0] - logits.logsumexp(dim=-1)


class _Hesitant:
    """A `Reluctance` at work inside `generate`, whose input is `before` tokens long."""

    def __init__(self, reluctance: Reluctance, before: int) -> None:
        self.reluctance, self.before = reluctance, before
        self.lead: list[float] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if input_ids.shape[1] != self.before + self.reluctance.position:
            return scores
        self.lead = self.reluctance.lead(scores.float()).tolist()
        return self.reluctance.applied(scores)


def _greedy(model: Any, ends: Sequence[int], longest: int, filler: int) -> GenerationConfig:
    own = model.generation_config
    return GenerationConfig(
        do_sample=False,
        num_beams=1,
        max_new_tokens=longest,
        eos_token_id=list(ends),
        pad_token_id=filler,
        bos_token_id=own.bos_token_id,
        decoder_start_token_id=own.decoder_start_token_id,
        forced_bos_token_id=own.forced_bos_token_id,
        return_dict_in_generate=True,
        output_logits=True,
    )
