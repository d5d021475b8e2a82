"""The models of the rounds: the start that all go on from, and one kept in memory that is taught and asked in turns."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from label_strategies import Floats

from growloop.records.progress import Progress
from growloop.records.run import PREDICTIONS
from growloop.records.task import Task, Training

Precision = Literal["fp32", "bf16"]
InTime = Callable[[], None]
"""Called now and then; raises where the time that was given is over."""


def training_task(
    task: Task, epochs: float, precision: Precision, *, learning_rate: float | None = None, batch_size: int = 16
) -> Task:
    """The task with the settings of one training."""
    training = Training(
        effort="quick",
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        max_answer_tokens=task.training.max_answer_tokens,
        precision=precision,
    )
    return task.model_copy(update={"training": training})


def train_start(
    task: Task, model: str, train: pl.DataFrame, validation: pl.DataFrame, folder: Path, in_time: InTime
) -> None:
    """The model that all go on from, in `folder/model`; at once where it is there."""
    from growloop.finetune.supervised import finetune

    finished(finetune(task, model, train, validation, folder, seed=0), in_time)


def finished(stage: Generator[Progress, None, Any], in_time: InTime) -> Any:
    """What a stage returns."""
    while True:
        in_time()
        try:
            next(stage)
        except StopIteration as end:
            return end.value


@dataclass
class Pupil:
    """A model that stays in memory from round to round."""

    task: Task
    checkpoint: Any
    precision: Precision
    in_time: InTime
    null_threshold: float | None = None

    @classmethod
    def loaded(cls, folder: Path, task: Task, precision: Precision, in_time: InTime) -> Pupil:
        from growloop.models.catalog import load_checkpoint, narrowed
        from growloop.models.precision import moved_to_device

        checkpoint = narrowed(load_checkpoint(str(folder), task.answer_kind, seed=task.seed), task.training.window)
        moved_to_device(checkpoint.model)
        threshold = checkpoint.trained.null_threshold if checkpoint.trained else None
        return cls(task, replace(checkpoint, trained=None), precision, in_time, threshold)

    def teach(self, labels: pl.DataFrame, validation: pl.DataFrame, folder: Path, seed: int) -> int:
        """Train on the labels from the weights at hand, and keep the model in `folder/model`; how many steps it took.

        The last weights count: their rate falls to nothing. The validation questions say when to abstain.
        """
        from growloop.finetune.finished import Finetuned, write_finished
        from growloop.finetune.preparation import settings_of, trainee_of
        from growloop.finetune.supervised import Plan, take_step
        from growloop.finetune.validation import validate

        settings = settings_of(self.task.training, self.checkpoint, str(self.checkpoint.model.device))
        settings = replace(settings, head_steps=0)
        trainee = trainee_of(self.checkpoint, labels, settings, self.task.abstain_answer, key="", seed=seed)
        plan = Plan(trainee.learner, settings, seed)
        for step, batch in plan.steps_from(0):
            self.in_time()
            take_step(trainee, batch, step, plan)
        self.null_threshold = validate(self.checkpoint, self.task, validation, self.precision).null_threshold
        write_finished(folder, Finetuned(trainee.filled_settings(), {}, []), trainee, self.task, self.null_threshold)
        return plan.total

    def answer(self, examples: pl.DataFrame) -> pl.DataFrame:
        """PREDICTIONS for these questions."""
        from growloop.models import answerer_of

        threshold = self.null_threshold
        answerer = answerer_of(self.checkpoint, self.task, precision=self.precision, null_threshold=threshold)
        said = []
        for part in answerer.answer(examples):
            self.in_time()
            said.append(part)
        return pl.concat(said or [PREDICTIONS.to_frame()])


def mean_states(model: str, examples: pl.DataFrame, at_once: int = 128) -> Floats:
    """Question and context of each example as the untrained model reads them: its last states, their mean."""
    import torch

    tokenizer, reader = _reader(model)
    longest = min(256, reader.config.max_position_embeddings)
    parts = []
    for part in examples.iter_slices(at_once):
        texts = part.select(pl.concat_str("question", pl.col("context").fill_null(""), separator="\n"))["question"]
        read = tokenizer(texts.to_list(), padding=True, truncation=True, max_length=longest, return_tensors="pt")
        read = read.to(reader.device)
        with torch.inference_mode():
            states = reader(**read).last_hidden_state
        mask = read["attention_mask"][..., None]
        mean = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
        parts.append(mean.float().cpu().numpy())
    return np.concatenate(parts)


@lru_cache(maxsize=1)
def _reader(model: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModel, AutoTokenizer

    from growloop.models.bundled import bundled_folder

    place = bundled_folder() if model == "bundled" else model
    tokenizer, reader = AutoTokenizer.from_pretrained(place), AutoModel.from_pretrained(place).eval()
    reader.to("cuda" if torch.cuda.is_available() else "cpu")
    return tokenizer, reader
