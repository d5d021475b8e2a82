"""Answers one question with the current model; the indexer finds the context where none is given."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.models import Speaker, load_answerer
from growloop.models.answers import Spoken
from growloop.models.bundled import bundled_folder
from growloop.models.evidence import Mark
from growloop.records.progress import Progress
from growloop.records.run import PREDICTIONS, Estimate
from growloop.records.task import Task
from growloop.retrieval import Index, build_index, measure, open_index

if TYPE_CHECKING:
    from growloop.retrieval.dense import Encoder

_TOLD = ("entity", "source", "page", "heading", "offset", "end")
"""What is told of a passage that was found, as far as it is known."""


@dataclass(frozen=True)
class Answered:
    """An answer with all that a person needs to judge it."""

    answer: str
    context: str
    """What the model read; empty where it was asked without."""
    passages: tuple[dict[str, Any], ...]
    """What the indexer found, best first: id, text, score, rank, and where it `start`s in the context; empty where that
    was given."""
    seconds: float
    model: str
    iteration: int | None
    """None where nothing is trained yet."""
    abstained: bool
    run: str | None
    """The training run whose model answered."""
    confidence: float
    """How sure the model was, 0-1: the mean probability of its tokens, or how far the decision was from abstaining."""
    evidence: tuple[Mark, ...] = ()
    """What of the context the answer rests on."""


@lru_cache(maxsize=3)
def loaded_answerer(checkpoint: str, task: str) -> Speaker:
    """A model kept in memory between questions; `task` is the task as JSON, so that a changed task loads anew."""
    return load_answerer(checkpoint, Task.model_validate_json(task))


def answer_one(checkpoint: str, task: Task, question: str, context: str, hear: Callable[[str], None]) -> Spoken:
    """The answer to one question; `hear` is told what is written of it so far. Whatever it raises ends the answer."""
    asked = pl.DataFrame({"id": ["asked"], "question": [question], "context": [context]})
    with _turn_of(checkpoint):
        return loaded_answerer(checkpoint, task.model_dump_json()).speak(asked, hear)


def answer_many(checkpoint: str, task: Task, asked: pl.DataFrame) -> pl.DataFrame:
    """The predictions for some questions (`id`, `question`, `context`): a PREDICTIONS frame."""
    if asked.is_empty():
        return PREDICTIONS.to_frame()
    with _turn_of(checkpoint):
        return pl.concat(list(loaded_answerer(checkpoint, task.model_dump_json()).answer(asked)))


@lru_cache(maxsize=64)
def _turn_of(checkpoint: str) -> Lock:
    """Held while a model answers: several may at once, one of them never twice."""
    return Lock()


def make_index(folder: Path, task: Task, passages: pl.DataFrame) -> Generator[Progress, None, Index]:
    """Index a project's contexts with the task's retriever; the embedded model does the embedding."""
    encoder = None if task.retriever == "bm25" else bundled_folder()
    return (yield from build_index(passages, folder / "index", task.retriever, encoder))


@lru_cache(maxsize=2)
def _opened_index(folder: Path, changed: int) -> Index:
    return open_index(folder / "index")


def project_index(folder: Path) -> Index:
    """The project's index, kept open between questions. Raises NotFound where nothing is indexed."""
    current = folder / "index" / "current.json"
    return _opened_index(folder, current.stat().st_mtime_ns if current.exists() else 0)


def search(folder: Path, question: str, k: int) -> tuple[dict[str, Any], ...]:
    """The k passages that fit a question best: rank, id, score, text, and where the text is from."""
    index = project_index(folder)
    found = index.search([question], k).drop("question")
    known = index.passages.select("id", *(name for name in _TOLD if name in index.passages.columns))
    return tuple(found.join(known, on="id", how="left", maintain_order="left").to_dicts())


def finder(folder: Path) -> Callable[[Sequence[str], int], list[list[str]]]:
    """What the project's index finds for many questions: for each the ids of passages, best first."""
    index = project_index(folder)

    def find(questions: Sequence[str], k: int) -> list[list[str]]:
        found = index.search(questions, k).group_by("question", maintain_order=True).agg("id")
        ids = dict(found.select("question", "id").iter_rows())
        return [ids.get(number, []) for number in range(len(questions))]

    return find


def similarity() -> Callable[[pl.Series, pl.Series], pl.Series]:
    """Cosines of two columns of texts, row by row, by the embedded model."""
    from growloop.retrieval.dense import cosines

    encoder = _encoder()
    return lambda left, right: pl.Series("cosine", cosines(encoder, left.to_list(), right.to_list()))


def encoded(texts: Sequence[str]) -> NDArray[np.float32]:
    """Texts as unit vectors, by the embedded model, which is loaded at the first use. Raises MissingExtra."""
    return _encoder().encode(texts)


@cache
def _encoder() -> Encoder:
    from growloop.retrieval.dense import Encoder

    return Encoder(bundled_folder())


def retrieval_quality(folder: Path, examples: pl.DataFrame) -> dict[str, Estimate]:
    """Recall at 1, 3 and 5, the mean reciprocal rank and nDCG over the positives of a version."""
    return measure(project_index(folder), examples).estimates()
