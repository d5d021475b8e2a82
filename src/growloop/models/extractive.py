"""Answers marked in the context: the best span over all windows, against the score of there being none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
import torch

from growloop.models.answers import CHOICES, Spoken, judged
from growloop.models.catalog import Checkpoint, quiet
from growloop.models.decoding import padded
from growloop.models.precision import autocast
from growloop.models.side_by_side import pays_at_once, side_by_side
from growloop.models.windows import NULL, Windows, encode_windows

BATCH_TOKENS = 8_192
"""Tokens in one forward pass, padding included."""


@dataclass
class ExtractiveAnswerer:
    """Answers by marking a span; abstains where no answer scores better by more than the null threshold."""

    name: str
    checkpoint: Checkpoint
    max_answer_tokens: int
    null_threshold: float = 0.0
    precision: Literal["fp32", "bf16"] = "fp32"
    batch_tokens: int = BATCH_TOKENS

    def answer(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """PREDICTIONS in parts, shortest first; an abstention is the empty answer."""
        for choices in self.choices(examples):
            yield judged(choices, self.null_threshold)

    def speak(self, asked: pl.DataFrame, hear: Callable[[str], None]) -> Spoken:
        """The answer to one question, all at once, and where it stands in the context."""
        [marked] = self._marked(asked)
        said = judged(marked, self.null_threshold).row(0, named=True)
        hear(said["prediction"])
        start, end = marked.row(0, named=True)["span"]
        return Spoken(said, None if said["abstained"] else (start, end))

    def choices(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """CHOICES in parts: the best span beside no answer."""
        for marked in self._marked(examples):
            yield marked.select(CHOICES.names())

    def _marked(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """CHOICES in parts, with the `span` of characters that each is."""
        if examples.is_empty():
            return
        self.checkpoint.model.eval()
        windows = encode_windows(examples, self.checkpoint, with_answers=False)
        most = pays_at_once(self.checkpoint.model.device.type, self.checkpoint.card.parameters)
        split = list(_batches(windows, self.batch_tokens // most))
        at_once = min(most, len(split))

        def marked(rows: list[int]) -> pl.DataFrame:
            began = time.perf_counter()
            best = _best_windows(self._scored(windows, rows), rows)
            taken = examples[best["example"]]
            return _choices_frame(best, taken, windows, (time.perf_counter() - began) / at_once)

        with quiet():
            yield from side_by_side(marked, split, at_once)

    def _scored(self, windows: Windows, rows: list[int]) -> dict[str, Any]:
        """For each window: its best span (as context tokens), that span's score, and the null score."""
        model = self.checkpoint.model
        inputs, mask = padded([windows.input_ids[row] for row in rows], model.device)
        kinds, _ = padded([windows.token_type_ids[row] for row in rows], model.device)
        options = {"token_type_ids": kinds} if "token_type_ids" in self.checkpoint.tokenizer.model_input_names else {}
        with torch.inference_mode(), autocast(self.precision, str(model.device)):
            out = model(input_ids=inputs, attention_mask=mask.long(), **options)
        start, end = out.start_logits.float().cpu(), out.end_logits.float().cpu()
        shift = torch.tensor([windows.context_from[row] for row in rows])
        lengths = torch.tensor([len(windows.offsets[row]) for row in rows])
        first, last, score = best_spans(start, end, shift, lengths, self.max_answer_tokens)
        return {
            "window": rows,
            "example": [windows.example[row] for row in rows],
            "first": (first - shift).tolist(),
            "last": (last - shift).tolist(),
            "answer_score": score.tolist(),
            "null_score": (start[:, NULL] + end[:, NULL]).tolist(),
        }


def best_spans(
    start: torch.Tensor, end: torch.Tensor, shift: torch.Tensor, lengths: torch.Tensor, longest: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """First and last position and score of the best span of at most `longest` tokens, in each row.

    Only positions from `shift` on, `lengths` of them, may hold it; the score is -inf where there are none.
    """
    places = torch.arange(start.shape[1])
    outside = (places < shift[:, None]) | (places >= (shift + lengths)[:, None])
    start, end = start.masked_fill(outside, -torch.inf), end.masked_fill(outside, -torch.inf)
    score = torch.full((len(start),), -torch.inf)
    first, last = shift.clone(), shift.clone()
    for width in range(min(longest, start.shape[1])):
        best, place = (start[:, : start.shape[1] - width] + end[:, width:]).max(dim=1)
        better = best > score
        score = torch.where(better, best, score)
        first, last = torch.where(better, place, first), torch.where(better, place + width, last)
    return first, last, score


def _batches(windows: Windows, batch_tokens: int) -> Iterator[list[int]]:
    """Windows of like length, all windows of an example in one batch."""
    owned: dict[int, list[int]] = {}
    for window, example in enumerate(windows.example):
        owned.setdefault(example, []).append(window)
    longest = {example: max(len(windows.input_ids[row]) for row in rows) for example, rows in owned.items()}
    batch: list[int] = []
    for example in sorted(owned, key=lambda example: (longest[example], example)):
        if batch and (len(batch) + len(owned[example])) * longest[example] > batch_tokens:
            yield batch
            batch = []
        batch.extend(owned[example])
    if batch:
        yield batch


def _best_windows(found: dict[str, Any], rows: list[int]) -> pl.DataFrame:
    """Per example: the window with the best span. The lowest null score counts: one window with an answer decides."""
    frame = pl.DataFrame(found).with_columns(pl.col("null_score").min().over("example"))
    return frame.sort("answer_score", descending=True, maintain_order=True).unique(
        "example", keep="first", maintain_order=True
    )


def _choices_frame(best: pl.DataFrame, examples: pl.DataFrame, windows: Windows, seconds: float) -> pl.DataFrame:
    places = zip(best["window"], best["first"], best["last"], strict=True)
    spans = [_span(windows.offsets[window], first, last) for window, first, last in places]
    contexts = examples["context"].fill_null("").to_list()
    columns = {
        "id": examples["id"].to_list(),
        "text": [context[start:end].strip() for context, (start, end) in zip(contexts, spans, strict=True)],
        "answer_score": best["answer_score"].to_list(),
        "null_score": best["null_score"].to_list(),
        "cut_tokens": [windows.cut_tokens[row] for row in best["example"]],
        "seconds": [seconds / best.height] * best.height,
        "span": spans,
    }
    return pl.DataFrame(columns, schema={**CHOICES, "span": pl.List(pl.Int64)})


def _span(offsets: np.ndarray[Any, np.dtype[np.int64]], first: int, last: int) -> tuple[int, int]:
    """First and one-past-last character of the context's tokens from one to another."""
    return (int(offsets[first, 0]), int(offsets[last, 1])) if len(offsets) else (0, 0)
