"""Answers one question with the current model; the indexer finds the context where none is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from growloop.models import Answerer, load_answerer
from growloop.records.task import Task


@dataclass(frozen=True)
class Answered:
    """An answer with all that a person needs to judge it."""

    answer: str
    context: str
    """What the model read; empty where it was asked without."""
    passages: tuple[dict[str, Any], ...]
    """What the indexer found, best first: id, text, score, rank. Empty where the context was given."""
    seconds: float
    model: str
    iteration: int | None
    """None where nothing is trained yet."""
    abstained: bool
    run: str | None
    """The training run whose model answered."""


@lru_cache(maxsize=2)
def loaded_answerer(checkpoint: str, task: str) -> Answerer:
    """A model kept in memory between questions; `task` is the task as JSON, so that a changed task loads anew."""
    return load_answerer(checkpoint, Task.model_validate_json(task))


def answer_one(checkpoint: str, task: Task, question: str, context: str) -> dict[str, Any]:
    """The prediction for one question: a row of PREDICTIONS."""
    answerer = loaded_answerer(checkpoint, task.model_dump_json())
    asked = pl.DataFrame({"id": ["asked"], "question": [question], "context": [context]})
    return pl.concat(list(answerer.answer(asked))).row(0, named=True)
