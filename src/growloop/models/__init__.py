"""Candidate models: what they are, how examples are put to them, and how they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from growloop.records.task import Task

if TYPE_CHECKING:
    import polars as pl

    from growloop.models.answers import Spoken
    from growloop.models.catalog import Checkpoint

__all__ = ["Answerer", "Speaker", "answerer_of", "load_answerer"]


class Answerer(Protocol):
    """Whatever answers questions: a model, or a stand-in for one in tests."""

    name: str

    def answer(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """PREDICTIONS for a frame with `id`, `question`, `context`: in parts, in any order, every id once."""


class Speaker(Answerer, Protocol):
    """A model that can be listened to while it answers."""

    def speak(self, asked: pl.DataFrame, hear: Callable[[str], None]) -> Spoken:
        """The answer to one question; `hear` is told the text so far, again and again where it grows by tokens.

        Whatever `hear` raises ends the answer.
        """


def load_answerer(
    model: str,
    task: Task,
    *,
    folder: Path | None = None,
    precision: Literal["auto", "fp32", "bf16"] = "fp32",
    batch_tokens: int | None = None,
) -> Speaker:
    """The model ready to answer the task's questions, on a GPU where there is one.

    `model` is `bundled`, a hub id or a local folder (also one inside `folder`). Greedy in fp32, unless told
    otherwise: the same answers every time.
    """
    from growloop.models.catalog import load_checkpoint

    checkpoint = load_checkpoint(model, task.answer_kind, folder=folder, seed=task.seed)
    return answerer_of(checkpoint, task, precision=precision, batch_tokens=batch_tokens)


def answerer_of(
    checkpoint: Checkpoint,
    task: Task,
    *,
    precision: Literal["auto", "fp32", "bf16"] = "fp32",
    batch_tokens: int | None = None,
    null_threshold: float | None = None,
) -> Speaker:
    """The answerer for a checkpoint at hand, e.g. one in training; the model is moved to the GPU if there is one.

    `null_threshold` overrides what the checkpoint's own `growloop.json` says.
    """
    from growloop.models.catalog import narrowed
    from growloop.models.extractive import BATCH_TOKENS as SPAN_TOKENS
    from growloop.models.extractive import ExtractiveAnswerer
    from growloop.models.generative import BATCH_TOKENS, GenerativeAnswerer
    from growloop.models.precision import chosen_precision, moved_to_device

    checkpoint = narrowed(checkpoint, task.training.window)
    device = moved_to_device(checkpoint.model)
    chosen = chosen_precision(precision, device)
    longest = task.training.max_answer_tokens
    name = checkpoint.card.name
    if null_threshold is None and checkpoint.trained:
        null_threshold = checkpoint.trained.null_threshold
    if checkpoint.role == "extractive":
        return ExtractiveAnswerer(name, checkpoint, longest, null_threshold or 0.0, chosen, batch_tokens or SPAN_TOKENS)
    return GenerativeAnswerer(
        name, checkpoint, longest, task.abstain_answer, null_threshold, chosen, batch_tokens or BATCH_TOKENS
    )
