"""Greedy decoding of many prompts at once: the tokens of `generate(do_sample=False)`, for less work.

The source of the savings: a context is read once for all its questions, and answers that have ended leave the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from transformers import DynamicCache, EncoderDecoderCache

from growloop.models.kv_rows import keep_rows, rows_cache
from growloop.models.masks import shaped_mask

DROP_SHARE = 1 / 8
"""Finished rows leave the batch once they are this share of it."""


@dataclass(frozen=True)
class Reluctance:
    """By how much the abstain answer must beat every other answer, told by the token where it begins to differ."""

    token: int
    """The first of the abstain answer's own."""
    threshold: float
    """By how many logits that token must lead to be taken; infinite: it never is."""
    position: int = 0
    """Which token of an answer that is, from 0; before it stand marks that every answer begins with."""

    def lead(self, logits: torch.Tensor) -> torch.Tensor:
        """By how many logits the abstain answer's token leads all others, in each row."""
        others = logits.clone()
        others[:, self.token] = -torch.inf
        return logits[:, self.token] - others.max(dim=-1).values

    def applied(self, logits: torch.Tensor) -> torch.Tensor:
        """The logits that decide."""
        decisive = logits.clone()
        decisive[:, self.token] -= self.threshold
        return decisive


@dataclass(frozen=True)
class Written:
    """The tokens of answers, end token included, and how sure the model was."""

    tokens: list[list[int]]
    confidence: list[float]
    """exp of the mean log-probability of an answer's tokens: 0-1."""
    lead: list[float]
    """By how many logits the abstain answer led where it could first be told; nan where nobody asked."""


Heard = Callable[[list[int]], None]
"""Told the tokens of the first row so far, whenever there is another."""


class Stream(Protocol):
    """Rows of a model's output that grow by a token at a time."""

    def start(self) -> torch.Tensor:
        """Logits for the first token of each row."""

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """Append one token to each row; logits for the next."""

    def keep(self, order: torch.Tensor) -> None:
        """Let row i be what row `order[i]` was; the others are gone."""


def write(
    stream: Stream,
    ends: Sequence[int],
    longest: int,
    reluctance: Reluctance | None = None,
    heard: Heard | None = None,
) -> Written:
    """Follow the likeliest token in every row until one of `ends` or `longest` tokens."""
    with torch.inference_mode():
        return _write(stream, ends, longest, reluctance, heard)


def _write(
    stream: Stream, ends: Sequence[int], longest: int, reluctance: Reluctance | None, heard: Heard | None
) -> Written:
    logits = stream.start()
    count, device = logits.shape[0], logits.device
    stops = torch.tensor(sorted(ends), device=device)
    slots = torch.arange(count, device=device)
    tokens = torch.full((count, longest), -1, dtype=torch.long, device=device)
    surprise = torch.zeros(count, dtype=torch.float32, device=device)
    lead = torch.full((count,), torch.nan, device=device)
    done = torch.zeros(count, dtype=torch.bool, device=device)
    for position in range(longest):
        here = reluctance if reluctance and position == reluctance.position else None
        likeliest, log_probability = _likeliest(logits, here)
        if here:
            lead[slots] = here.lead(logits.float())
        open_rows = ~done
        tokens[slots[open_rows], position] = likeliest[open_rows]
        surprise[slots[open_rows]] += log_probability[open_rows]
        if heard:
            heard(tokens[0, : position + 1].tolist())
        done |= torch.isin(likeliest, stops)
        if position + 1 == longest or bool(done.all()):
            break
        if int(done.sum()) >= max(1, int(len(slots) * DROP_SHARE)):
            order = _without(done)
            stream.keep(order)
            slots, likeliest, done = slots[order], likeliest[order], done[order]
        logits = stream.step(likeliest)
    return _written(tokens, surprise, lead)


def _likeliest(logits: torch.Tensor, reluctance: Reluctance | None) -> tuple[torch.Tensor, torch.Tensor]:
    """The token to take in each row, and the log-probability that the model gives it."""
    logits = logits.float()
    token = (reluctance.applied(logits) if reluctance else logits).argmax(dim=-1)
    return token, logits.gather(1, token[:, None])[:, 0] - logits.logsumexp(dim=-1)


def _without(done: torch.Tensor) -> torch.Tensor:
    """An order that drops the finished rows and moves as few of the others as can be: the last fill the gaps."""
    left = int((~done).sum())
    order = torch.arange(left, device=done.device)
    order[done[:left]] = torch.nonzero(~done[left:]).flatten() + left
    return order


def _written(tokens: torch.Tensor, surprise: torch.Tensor, lead: torch.Tensor) -> Written:
    lengths = (tokens >= 0).sum(dim=1)
    confidence = (surprise / lengths).exp().tolist()
    rows = [row[:length] for row, length in zip(tokens.tolist(), lengths.tolist(), strict=True)]
    return Written(rows, confidence, lead.tolist())


class SharedContexts:
    """Prompts of a decoder; prompts with the same context share the reading of it.

    Contexts are padded on the right, so none needs a mask while it is read; questions on the left, so all end in
    one column. Positions are counted per row, so padding moves nothing.
    """

    def __init__(
        self,
        model: Any,
        contexts: Sequence[Sequence[int]],
        questions: Sequence[Sequence[int]],
        context_of: Sequence[int],
        longest: int,
        *,
        both_ways: bool = False,
    ) -> None:
        """`both_ways`: context and question are read in both directions, see `masks`."""
        self._model, self._longest, self._both_ways = model, longest, both_ways
        self._contexts, self._context_mask = padded(contexts, model.device)
        self._questions, asked = padded(questions, model.device, left=True)
        self._rows = torch.tensor(context_of, device=model.device)
        lengths = torch.tensor([len(context) for context in contexts], device=model.device)[self._rows]
        read = torch.arange(self._contexts.shape[1], device=model.device) < lengths[:, None]
        self._mask = torch.cat([read, asked], dim=1)
        self._next = lengths + asked.sum(dim=1)
        self._positions = (lengths[:, None] + asked.cumsum(dim=1) - 1).clamp(min=0)

    def start(self) -> torch.Tensor:
        begun = DynamicCache(config=self._model.config)
        seen = {"attention_mask": self._seen_by_all(self._context_mask, self._contexts)} if self._both_ways else {}
        self._model(self._contexts, past_key_values=begun, use_cache=True, logits_to_keep=1, **seen)
        self._cache = rows_cache(begun, self._rows, self._questions.shape[1] + self._longest)
        return self._forward(self._questions, self._positions)

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(tokens), 1)], dim=1)
        logits = self._forward(tokens[:, None], self._next[:, None])
        self._next = self._next + 1
        return logits

    def keep(self, order: torch.Tensor) -> None:
        keep_rows(self._cache, order)
        self._mask, self._next = self._mask[order], self._next[order]

    def _forward(self, tokens: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        options = {"attention_mask": self._mask.long(), "position_ids": positions, "logits_to_keep": 1}
        if self._both_ways and tokens.shape[1] > 1:
            options["attention_mask"] = self._seen_by_all(self._mask, tokens)
        out = self._model(tokens, past_key_values=self._cache, use_cache=True, **options)
        last: torch.Tensor = out.logits[:, -1]
        return last

    def _seen_by_all(self, seen: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Every one of the tokens sees the same others, wherever they stand."""
        return shaped_mask(self._model, seen[:, None, None, :].expand(-1, 1, tokens.shape[1], -1))


class EncodedInputs:
    """Inputs of an encoder-decoder: each is encoded once, the decoder writes beside it.

    Nothing is shared between questions here: the encoder reads a context in the light of its question.
    """

    def __init__(self, model: Any, inputs: Sequence[Sequence[int]]) -> None:
        self._model = model
        self._inputs, self._mask = padded(inputs, model.device)

    def start(self) -> torch.Tensor:
        model = self._model
        self._encoded = model.get_encoder()(input_ids=self._inputs, attention_mask=self._mask.long())
        caches = [DynamicCache(config=model.config), DynamicCache(config=model.config)]
        self._cache = EncoderDecoderCache(*caches)
        first = decoder_start(model)
        return self.step(torch.full((len(self._inputs),), first, dtype=torch.long, device=model.device))

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        out = self._model(
            encoder_outputs=self._encoded,
            attention_mask=self._mask.long(),
            decoder_input_ids=tokens[:, None],
            past_key_values=self._cache,
            use_cache=True,
        )
        last: torch.Tensor = out.logits[:, -1]
        return last

    def keep(self, order: torch.Tensor) -> None:
        self._cache.batch_select_indices(order)
        self._encoded.last_hidden_state = self._encoded.last_hidden_state[order]
        self._mask = self._mask[order]


def decoder_start(model: Any) -> int:
    """The token before an encoder-decoder's first."""
    start = model.generation_config.decoder_start_token_id
    return int(start if start is not None else model.config.decoder_start_token_id)


def padded(
    rows: Sequence[Sequence[int]], device: Any, *, left: bool = False, filler: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of tokens as one tensor, and the mask that is true on real tokens."""
    lengths = torch.tensor([len(row) for row in rows])
    longest = int(lengths.max())
    columns = torch.arange(longest)
    mask = columns >= (longest - lengths)[:, None] if left else columns < lengths[:, None]
    tokens = torch.full(mask.shape, filler, dtype=torch.long)
    tokens[mask] = torch.tensor([token for row in rows for token in row], dtype=torch.long)
    return tokens.to(device), mask.to(device)
