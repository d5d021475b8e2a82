"""People's verdicts on a few answers, nearness without a model, and a judge that has learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from growloop.dataset.verdicts import read_verdicts
from growloop.metrics.judge.construction import constructed
from growloop.metrics.judge.judge import Judge
from growloop.metrics.judge.training import trained
from growloop.metrics.metric import Floats

PEOPLE = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Kurt Gödel", "Emmy Noether", "Carl Gauss")
AROUND = ("{}", "It was {}.", "As far as I know, {} did it.", "{} wrote the first one in 1912.")


def shared_words(left: Sequence[str], right: Sequence[str]) -> Floats:
    """The share of words two texts have in common, in the place of a cosine."""
    pairs = [(set(one.lower().split()), set(other.lower().split())) for one, other in zip(left, right, strict=True)]
    return np.array([len(one & other) / max(1, len(one | other)) for one, other in pairs])


def verdict_rows(questions: int) -> list[dict[str, Any]]:
    """Two answers to each question, the right person and another, said in different ways."""
    return [
        {
            "question": f"who wrote theorem number {number}",
            "answers": [PEOPLE[number % 6]],
            "prediction": AROUND[number % 4].format(PEOPLE[(number + off) % 6]),
            "verdict": float(not off),
        }
        for number in range(questions)
        for off in (0, 1 + number % 5)
    ]


@pytest.fixture(scope="session")
def verdicts() -> pl.DataFrame:
    return read_verdicts(verdict_rows(80))


@pytest.fixture(scope="session")
def judge(verdicts: pl.DataFrame) -> Judge:
    """Learned from 160 verdicts and from what is made of their accepted answers."""
    examples = verdicts.unique("question", maintain_order=True).head(40)
    stage = trained(verdicts, constructed(examples), shared_words)
    while True:
        try:
            next(stage)
        except StopIteration as done:
            found: Judge = done.value
            return found


@pytest.fixture(scope="session")
def cosines() -> Any:
    return shared_words
