"""Supervised fine-tuning: show the model the right answers, keep the weights that answered best."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import torch

from growloop.finetune import checkpoint as saved
from growloop.finetune.batches import Batch, dealt_out, parts_of, plan_epoch, total_steps
from growloop.finetune.finished import Finetuned, read_finished, write_finished
from growloop.finetune.learners import Learner
from growloop.finetune.preparation import Trainee, key_of, prepare
from growloop.finetune.settings import Settings
from growloop.finetune.validation import Validated, subset, validate
from growloop.metrics import summarise
from growloop.models.side_by_side import side_by_side
from growloop.records.progress import Progress
from growloop.records.run import Estimate, OperatingPoint
from growloop.records.task import Task

MOST_TOKENS = 16_384
"""Tokens, padding included, in one forward pass: bounds the memory of a step."""
MOST_PAIRS = 1_500_000
"""Pairs of tokens in one forward pass: attention keeps several numbers for each pair, head and layer."""
SAVE_SECONDS = 120.0
"""A checkpoint is written at each validation, and whenever the last one is older than this."""
FREE_SHARE = 0.5
"""Of the steps, in which no validation counts against the model: one that abstains throughout scores well at first."""
NOTED_STEPS = 200
"""About how many points the loss curve has."""


def finetune(
    task: Task, model: str, train: pl.DataFrame, validation: pl.DataFrame, folder: Path, *, seed: int
) -> Generator[Progress, None, Finetuned]:
    """Train a model on examples; the best weights end up in `folder/model`, written last.

    Run again after a kill it goes on from `folder/checkpoint`, to the same weights (fp32); once finished it
    returns at once. Raises NothingToDo without training examples, ModelProblem where the model cannot be trained.
    """
    key = key_of(task, model, train, validation, seed)
    finished = read_finished(folder, key)
    if finished is not None:
        return finished
    trainee = yield from prepare(task, model, train, folder, key, seed=seed)
    yield from _train(trainee, task, validation, folder)
    return _finish(trainee, task, validation, folder)


def _train(trainee: Trainee, task: Task, validation: pl.DataFrame, folder: Path) -> Generator[Progress, None, None]:
    settings, state = trainee.settings, trainee.state
    plan = Plan(trainee.learner, settings, trainee.seed)
    sample = subset(validation, settings.validation_examples, trainee.seed)
    stops = plan.validation_steps(settings.validations)
    clock, saved_at = _Clock(state.seconds), time.monotonic()
    losses: list[float] = []
    yield Progress("train", state.step, plan.total, _told(trainee))
    for step, batch in plan.steps_from(state.step):
        losses.append(take_step(trainee, batch, step, plan))
        state.step, state.seconds = step + 1, clock.seconds()
        yield _progress(state, plan, losses)
        if state.step in stops and not sample.is_empty():
            found = validate(trainee.checkpoint, task, sample, settings.precision)
            _judge(trainee, found, losses, plan)
            losses = []
            yield Progress("train", state.step, plan.total, "validated", {"token_f1": found.token_f1})
        if state.step in stops or time.monotonic() - saved_at > SAVE_SECONDS:
            state.seconds = clock.seconds()
            saved.save(folder, state, trainee.weights(), trainee.optimiser, trainee.best)
            saved_at = time.monotonic()
        if state.strikes >= settings.patience:
            break


def take_step(trainee: Trainee, batch: Batch, step: int, plan: Plan) -> float:
    """One optimiser step; returns the mean loss of its batch."""
    settings, learner, weights = trainee.settings, trainee.learner, trainee.trained
    weight, loss = learner.weight(batch), 0.0

    def computed(numbered: tuple[int, Batch]) -> tuple[float, Sequence[torch.Tensor | None]]:
        number, share = numbered
        share_loss = learner.loss(share, Random(f"{trainee.seed}/step {step}/{number}")) / weight
        return float(share_loss.detach()), torch.autograd.grad(share_loss, weights, allow_unused=True)

    bounds = {"accumulation": settings.accumulation, "most_tokens": MOST_TOKENS, "most_pairs": MOST_PAIRS}
    parts = parts_of(batch, learner.sizes, **bounds)
    shares = enumerate(share for part in parts for share in dealt_out(part, learner.sizes, settings.parts_at_once))
    for share_loss, gradients in side_by_side(computed, shares, settings.parts_at_once):
        loss += share_loss
        _add_gradients(weights, gradients)
    for group in trainee.optimiser.param_groups:
        group["lr"] = settings.learning_rate * plan.learning_rate_share(step)
    torch.nn.utils.clip_grad_norm_(weights, settings.clip_norm)
    trainee.optimiser.step()
    trainee.optimiser.zero_grad()
    return loss


def _add_gradients(weights: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor | None]) -> None:
    """In the order of the shares, whichever was done first: the sum is the same to the last digit every time."""
    for weight, gradient in zip(weights, gradients, strict=True):
        if gradient is not None:
            weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)


def _judge(trainee: Trainee, found: Validated, losses: list[float], plan: Plan) -> None:
    """Note how good the model is, and keep its weights where it was never better."""
    state = trainee.state
    if state.best_token_f1 is None or found.token_f1 >= state.best_token_f1:
        state.best_step, state.best_token_f1, state.strikes = state.step, found.token_f1, 0
        trainee.best = trainee.copied_weights() if state.step < plan.total else None
    elif state.step > plan.total * FREE_SHARE:
        state.strikes += 1
    noted = {"step": state.step, "loss": sum(losses) / max(1, len(losses)), "token_f1": found.token_f1}
    rate = trainee.settings.learning_rate * plan.learning_rate_share(state.step - 1)
    state.history.append({**noted, "learning_rate": rate, "seconds": state.seconds})


def _finish(trainee: Trainee, task: Task, validation: pl.DataFrame, folder: Path) -> Finetuned:
    """Measure the best weights on the whole validation side, and put them in place."""
    if trainee.best is not None and trainee.state.best_step != trainee.state.step:
        saved.put(trainee.best, trainee.weights())
    metrics: dict[str, Estimate] = {}
    null_threshold: float | None = None
    points: tuple[OperatingPoint, ...] = ()
    if not validation.is_empty():
        found = validate(trainee.checkpoint, task, validation, trainee.settings.precision)
        metrics, null_threshold, points = summarise(found.scores), found.null_threshold, found.operating_points
    finished = Finetuned(trainee.filled_settings(), metrics, list(trainee.state.history), points)
    write_finished(folder, finished, trainee, task, null_threshold)
    saved.discard(folder)
    return finished


class Plan:
    """All steps of a training: a pure function of examples, settings and seed."""

    def __init__(self, learner: Learner, settings: Settings, seed: int) -> None:
        self.learner, self.settings, self.seed = learner, settings, seed
        self.per_epoch = [len(self._epoch(number)) for number in range(ceil(settings.epochs))]
        self.total = total_steps(self.per_epoch, settings.epochs)

    def steps_from(self, first: int) -> Iterator[tuple[int, Batch]]:
        """Step numbers and their batches, from a step on."""
        start = 0
        for epoch, length in enumerate(self.per_epoch):
            if start + length > first:
                for place, batch in enumerate(self._epoch(epoch)):
                    if first <= start + place < self.total:
                        yield start + place, batch
            start += length

    def validation_steps(self, times: int) -> frozenset[int]:
        """After how many steps to validate: evenly spread, and at the end."""
        return frozenset(max(1, round(self.total * turn / times)) for turn in range(1, times + 1))

    def learning_rate_share(self, step: int) -> float:
        """The share of the highest learning rate: up in a line, then down in a line to nothing."""
        warmup = max(1, round(self.settings.warmup_share * self.total))
        if step < warmup:
            return (step + 1) / warmup
        return (self.total - step) / max(1, self.total - warmup + 1)

    def _epoch(self, epoch: int) -> list[Batch]:
        learner, settings = self.learner, self.settings
        return plan_epoch(
            learner.sizes,
            learner.repeats,
            batch_size=settings.batch_size,
            together=learner.together,
            seed=self.seed,
            epoch=epoch,
        )


class _Clock:
    """Seconds spent in all, on top of those of earlier processes."""

    def __init__(self, before: float) -> None:
        self._before, self._start = before, time.monotonic()

    def seconds(self) -> float:
        return self._before + time.monotonic() - self._start


def _told(trainee: Trainee) -> str:
    """What a reader of the progress must know of the data, e.g. `12 contexts cut`."""
    lost = {name: count for name, count in trainee.learner.left_out.items() if count}
    told = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in lost.items())
    return told or f"{sum(trainee.learner.repeats):,} rows an epoch"


def _progress(state: saved.State, plan: Plan, losses: list[float]) -> Progress:
    every = max(1, plan.total // NOTED_STEPS)
    recent = losses[-every:]
    loss = sum(recent) / len(recent)
    values: dict[str, Any] = {}
    if state.step % every == 0 or state.step == plan.total:
        rate = plan.settings.learning_rate * plan.learning_rate_share(state.step - 1)
        values = {"loss": loss, "learning_rate": rate}
    return Progress("train", state.step, plan.total, f"loss {loss:.3f}", values)
