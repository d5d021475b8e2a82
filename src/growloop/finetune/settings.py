"""The settings of a training, filled in: what `effort` and the data leave open becomes a number here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from growloop.models.catalog import Role
from growloop.records.task import Training

Effort = Literal["quick", "standard", "thorough"]


@dataclass(frozen=True)
class Settings:
    """Everything that decides what a training does, besides data, model and seed."""

    effort: Effort
    epochs: float
    learning_rate: float
    """The highest of the schedule, which rises linearly and then falls linearly to nothing."""
    batch_size: int
    """Examples in one optimiser step; for extractive answers, windows."""
    accumulation: int
    warmup_share: float
    weight_decay: float
    clip_norm: float
    dropout: float
    precision: Literal["fp32", "bf16"]
    lora: bool
    lora_rank: int
    validations: int
    """How often token F1 is measured on the way."""
    validation_examples: int
    """How many validation examples, at most, are answered each time; in the end all are."""
    patience: int
    correction_weight: int
    max_answer_tokens: int
    questions_together: int
    """How many questions of one context share the work on it in one row; 1 where the model cannot."""
    head_steps: int
    """Steps in which a head that the checkpoint lacked learns to name tokens, before the training proper."""
    freeze_vocabulary: bool
    """Leave the token embeddings, and the head tied to them, as the checkpoint has them."""
    vocabulary_sample: int
    """How many words stand for all that are not in a batch, in the softmax of its loss; 0: every word stands there."""
    opening_weight: float
    """What the first token of an answer counts for once of the others: it decides between yes, no and abstaining."""
    vary_names_share: float
    """The share of rows in which rare words of the answers are replaced by others throughout."""
    parts_at_once: int = 1
    """Parts of a step computed at the same time, each with its share of the cores (`models.side_by_side`)."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Dial:
    """What one position of the effort dial stands for."""

    epochs: float
    validations: int
    validation_examples: int


_DIALS: dict[Effort, _Dial] = {
    "quick": _Dial(epochs=3, validations=2, validation_examples=100),
    "standard": _Dial(epochs=5, validations=8, validation_examples=200),
    "thorough": _Dial(epochs=10, validations=12, validation_examples=400),
}
_HEAD_STEPS = 150
_VOCABULARY_SAMPLE = 4_096
_LORA_FACTOR = 5
"""Adapters want higher learning rates than whole models."""


def fill(
    training: Training,
    role: Role,
    *,
    encoder_writes: bool = False,
    new_head: bool = False,
    width: int = 768,
    precision: Literal["fp32", "bf16"],
    parts_at_once: int = 1,
) -> Settings:
    """The settings of a training: what the task sets, and for the rest what suits model and effort.

    `encoder_writes`: a checkpoint made to read, which copies no names unless taught to; with a `new_head` it has
    yet to learn to name tokens at all. `width`: of its hidden states; the narrower, the higher the rate it takes.
    `parts_at_once`: as many as pay here; with dropout one, for its random numbers come in the order of the asking.
    """
    dial = _DIALS[training.effort]
    settings = Settings(
        effort=training.effort,
        epochs=training.epochs or dial.epochs,
        learning_rate=training.learning_rate or _learning_rate(role, encoder_writes, training.lora, width),
        batch_size=training.batch_size or 16,
        accumulation=training.accumulation,
        warmup_share=training.warmup_share,
        weight_decay=training.weight_decay,
        clip_norm=1.0,
        dropout=training.dropout or 0.0,
        precision=precision,
        lora=training.lora,
        lora_rank=training.lora_rank,
        validations=dial.validations,
        validation_examples=dial.validation_examples,
        patience=training.patience,
        correction_weight=training.correction_weight,
        max_answer_tokens=training.max_answer_tokens,
        questions_together=12 if role == "decoder" else 1,
        head_steps=0,
        freeze_vocabulary=False,
        vocabulary_sample=0,
        opening_weight=1.0,
        vary_names_share=0.0,
        parts_at_once=1 if training.dropout else parts_at_once,
    )
    if not encoder_writes:
        return settings
    head_steps = _HEAD_STEPS if new_head and not training.lora else 0
    settings = replace(settings, head_steps=head_steps, freeze_vocabulary=True, vocabulary_sample=_VOCABULARY_SAMPLE)
    return replace(settings, opening_weight=5.0, vary_names_share=0.25)


def _learning_rate(role: Role, encoder_writes: bool, lora: bool, width: int) -> float:
    if lora:
        return _LORA_FACTOR * _learning_rate(role, encoder_writes, False, width)
    if role == "extractive":
        return 1.5e-4 * min(1.0, (384 / width) ** 2)
    if role == "encoder-decoder":
        return 3e-4
    return 3e-4 if encoder_writes else 5e-5
