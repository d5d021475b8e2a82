"""Small checkpoints and questions to train on."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import pytest

pytest.importorskip("torch", reason="needs the extra `train`")

from growloop.records.example import examples_frame
from growloop.records.progress import Progress
from growloop.records.task import Task, Training

T = TypeVar("T")
DISHES = ["ramen", "pad thai", "gnocchi", "tiramisu"]


def _tiny_checkpoints() -> Any:
    """The makers of tests/models, which serve here too."""
    place = Path(__file__).resolve().parent.parent / "models" / "conftest.py"
    spec = importlib.util.spec_from_file_location("tiny_checkpoints", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = _tiny_checkpoints().tiny


@pytest.fixture
def task() -> Callable[..., Task]:
    """A task with settings that train a tiny model in a second."""

    def make(answer_kind: str = "open_generative", **training: Any) -> Task:
        quick = {
            "effort": "quick",
            "precision": "fp32",
            "learning_rate": 1e-3,
            "batch_size": 4,
            "max_answer_tokens": 12,
        }
        return Task(
            name="food",
            purpose="Answer questions about a menu.",
            answer_kind=answer_kind,
            abstain_answer="" if answer_kind == "extractive" else "I don't know.",
            training=Training(**{**quick, "max_answer_tokens": 12, **training}),
        )

    return make


@pytest.fixture
def menu() -> Callable[[int], pl.DataFrame]:
    """Questions about some contexts, five a context, one of the five unanswerable."""

    def make(contexts: int) -> pl.DataFrame:
        rows = [_row(number, place) for number in range(max(1, contexts)) for place in range(len(DISHES) + 1)]
        return examples_frame({name: [row[name] for row in rows] for name in rows[0]})[: contexts * (len(DISHES) + 1)]

    return make


def _row(number: int, place: int) -> dict[str, Any]:
    dish = [*DISHES, "beer"][place]
    context = f"Luigi's number {number} serves {', '.join(DISHES)}."
    return {"question": f"Does it serve {dish}?", "context": context, "answers": [] if place == 4 else [dish]}


def outcome(stage: Generator[Progress, None, T]) -> tuple[list[Progress], T]:
    """All signs of life of a stage, and what it came to."""
    told = []
    while True:
        try:
            told.append(next(stage))
        except StopIteration as end:
            return told, end.value


@pytest.fixture
def run_stage() -> Callable[[Generator[Progress, None, T]], tuple[list[Progress], T]]:
    return outcome
