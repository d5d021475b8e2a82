"""A model made ready to be trained: loaded, on its device, with its examples in tokens and its optimiser."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Literal

import polars as pl
import torch

from growloop.errors import MissingExtra
from growloop.finetune import checkpoint as saved
from growloop.finetune.batches import plan_epoch
from growloop.finetune.inputs import PackedBatch
from growloop.finetune.learners import ContinuingLearner, Learner, attend_eagerly, learner_of
from growloop.finetune.new_head import has_new_head, teach_head
from growloop.finetune.settings import Settings, fill
from growloop.models.catalog import Checkpoint, load_checkpoint, narrowed, quiet
from growloop.models.masks import reads_both_ways
from growloop.models.precision import chosen_precision, moved_to_device
from growloop.models.side_by_side import pays_at_once
from growloop.models.weights import check_memory
from growloop.records.progress import Progress
from growloop.records.task import Task, Training

HEAD_TOKENS = 2_048
"""Tokens, at most, in a batch that a new head learns from: of long texts a part is enough."""


@dataclass
class Trainee:
    """A model in training, and where it stands."""

    checkpoint: Checkpoint
    adapted: Any
    """The model inside its adapter (peft), where one is trained; None where the model itself is."""
    learner: Learner
    settings: Settings
    optimiser: torch.optim.Optimizer
    state: saved.State
    seed: int
    best: saved.Tensors | None = None
    """The best weights so far; None where the present ones are."""

    @property
    def trained(self) -> list[torch.Tensor]:
        """What the optimiser changes."""
        return list(self.weights().values())

    def weights(self) -> dict[str, torch.Tensor]:
        """The weights that training changes, by name."""
        return trained_weights(self.checkpoint.model)

    def copied_weights(self) -> dict[str, torch.Tensor]:
        """The same as they are now, whatever training does next."""
        return {name: weight.detach().clone() for name, weight in self.weights().items()}

    def filled_settings(self) -> dict[str, Any]:
        """All settings, with what the model turned out to be able to do."""
        able = self.learner.able if isinstance(self.learner, ContinuingLearner) else None
        found = {"shares_contexts": bool(able and able.packs), "answer_logits_only": bool(able and able.narrows)}
        learned = {"stopped_at_step": self.state.step, "best_step": self.state.best_step}
        return {
            **self.settings.as_dict(),
            "window": self.checkpoint.card.window,
            **found,
            **self.learner.left_out,
            **learned,
            "train_seconds": round(self.state.seconds, 1),
        }


def prepare(
    task: Task, model: str, train: pl.DataFrame, folder: Path, key: str, *, seed: int
) -> Generator[Progress, None, Trainee]:
    """Load a model and whatever an earlier, killed process has learned already; a new head is taught first."""
    yield Progress("train", 0, 0, f"loading {model}")
    state = saved.read_state(folder, key)
    trainee = load_trainee(task, model, train, key, seed=seed, state=state)
    if state is not None:
        trainee.best = saved.restore(folder, trainee.weights(), trainee.optimiser)
    else:
        yield from teach_new_head(trainee)
    return trainee


def load_trainee(
    task: Task, model: str, train: pl.DataFrame, key: str, *, seed: int, state: saved.State | None = None
) -> Trainee:
    """A model loaded, on its device, with its examples in tokens; with a state, under the settings of that."""
    checkpoint = narrowed(load_checkpoint(model, task.answer_kind, seed=seed), task.training.window)
    check_memory(checkpoint.card.name, checkpoint.card.parameters, training=True)
    device = moved_to_device(checkpoint.model)
    settings = Settings(**state.settings) if state else settings_of(task.training, checkpoint, device)
    trainee = trainee_of(checkpoint, train, settings, task.abstain_answer, key=key, seed=seed)
    return trainee if state is None else replace(trainee, state=state)


def teach_new_head(trainee: Trainee) -> Generator[Progress, None, None]:
    """Let a head that the checkpoint lacked learn to name tokens; nothing where it has one."""
    learner, settings = trainee.learner, trainee.settings
    if not isinstance(learner, ContinuingLearner) or not settings.head_steps:
        return
    batches = _some_batches(learner, settings, trainee.seed)
    for step in teach_head(learner, batches, settings.head_steps, trainee.seed):
        yield Progress("new head", step, settings.head_steps, "learns to name tokens")


def trainee_of(
    checkpoint: Checkpoint, train: pl.DataFrame, settings: Settings, abstain_answer: str, *, key: str, seed: int
) -> Trainee:
    """A loaded model about to take its first step with these settings."""
    torch.manual_seed(seed)
    adapted = _adapted(checkpoint, settings)
    if adapted is not None:
        checkpoint = replace(checkpoint, model=adapted.get_base_model())
    _set_up(checkpoint.model, settings)
    learner = learner_of(checkpoint, train, settings, abstain_answer)
    optimiser = optimiser_of(checkpoint.model, settings)
    return Trainee(checkpoint, adapted, learner, settings, optimiser, saved.State(key, settings.as_dict()), seed)


def key_of(task: Task, model: str, train: pl.DataFrame, validation: pl.DataFrame, seed: int) -> str:
    """Equal keys: the same model is to learn the same from the same."""
    content = hashlib.blake2b(digest_size=16)
    told = task.model_dump(mode="json", include={"answer_kind", "abstain_answer", "training"})
    content.update(repr((sorted(told.items()), model, seed)).encode())
    for side in (train, validation):
        content.update("\n".join([*side["id"].to_list(), *side["origin"].to_list(), ""]).encode())
    return content.hexdigest()


def trained_weights(model: Any) -> dict[str, torch.Tensor]:
    """The weights that training changes, by name; tied ones once."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def optimiser_of(model: Any, settings: Settings) -> torch.optim.Optimizer:
    """AdamW; biases and norms do not decay."""
    weights = list(trained_weights(model).values())
    groups = [
        {"params": [weight for weight in weights if weight.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [weight for weight in weights if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)


def settings_of(training: Training, checkpoint: Checkpoint, device: str) -> Settings:
    """The settings filled in for this checkpoint on this device."""
    precision: Literal["fp32", "bf16"] = chosen_precision(training.precision, device)
    writes = reads_both_ways(checkpoint)
    new_head = writes and has_new_head(checkpoint.model, checkpoint.card.path)
    width = int(getattr(checkpoint.model.config, "hidden_size", 768))
    return fill(
        training,
        checkpoint.role,
        encoder_writes=writes,
        new_head=new_head,
        width=width,
        precision=precision,
        parts_at_once=pays_at_once(device, checkpoint.card.parameters),
    )


def _set_up(model: Any, settings: Settings) -> None:
    """Dropout, frozen vocabulary and the kind of attention; the model is left in training mode."""
    set_dropout(model, settings.dropout)
    if settings.freeze_vocabulary:
        freeze_vocabulary(model)
    if attend_eagerly(model, settings.precision):
        with quiet():
            model.set_attn_implementation("eager")
    model.train()


def set_dropout(model: Any, share: float) -> None:
    """One dropout for all places that have one: its random numbers take half of a CPU step of encoder checkpoints."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share
            continue
        for name in ("dropout", "attention_dropout", "activation_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, share)


def freeze_vocabulary(model: Any) -> None:
    """Leave embeddings, and the output weights and bias over the vocabulary, as they are.

    Adam moves even the weights of words that never occur, by tiny gradients of constant sign, and unlearns them.
    """
    for module in (model.get_input_embeddings(), model.get_output_embeddings()):
        for parameter in module.parameters() if module is not None else ():
            parameter.requires_grad_(False)


def _adapted(checkpoint: Checkpoint, settings: Settings) -> Any:
    if not settings.lora:
        return None
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise MissingExtra("peft", "train") from error
    task_type = {"extractive": "QUESTION_ANS", "decoder": "CAUSAL_LM", "encoder-decoder": "SEQ_2_SEQ_LM"}
    config = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        target_modules="all-linear",
        task_type=task_type[checkpoint.role],
    )
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by a name that is going away
        return get_peft_model(checkpoint.model, config)


def _some_batches(learner: ContinuingLearner, settings: Settings, seed: int) -> Iterator[PackedBatch]:
    """Batches without end, for the head to learn on."""
    epoch = -1
    while True:
        plan = plan_epoch(
            learner.sizes,
            learner.repeats,
            batch_size=settings.batch_size,
            together=learner.together,
            seed=seed,
            epoch=epoch,
        )
        for number, batch in enumerate(plan):
            few = batch[: max(1, HEAD_TOKENS // max(map(learner.sizes.row_tokens, batch)))]
            yield learner.packed(few, Random(f"{seed}/{epoch}/{number}"))
        epoch -= 1
