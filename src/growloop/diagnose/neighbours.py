"""What the nearest other examples say: those whose question and context share most of their words with one's own.

Words weigh by TF-IDF (Salton & Buckley 1988) and are hashed with signs into a fixed number of places (Weinberger et
al. 2009), so that memory does not grow with the vocabulary and no model is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.metrics.answers import normalise_all

Floats = NDArray[np.float32]

NEIGHBOURS = 10
LEAST_ALIKE = 0.3
"""Cosine of the questions times cosine of the contexts, below which nothing follows from another example."""
PLACES = 1024
_ROWS_AT_ONCE = 256


def votes(examples: pl.DataFrame) -> pl.DataFrame:
    """How the nearest examples of other groups answer: one row each, in order.

    `for_label` and `against` are the shares of their votes, weighted by nearness, for the label and for the most
    frequent other answer, which is `rival` ("" is: unanswerable); `voters` is how many were near enough. Examples of
    the same group count only where question and context are the same, word for word: they have their labels from one
    source, and would vouch for each other.
    """
    answers = examples["answers"].list.first().fill_null("")
    said = pl.Series("said", normalise_all(answers))
    code = said.rank("dense").to_numpy().astype(np.int64)
    group = examples["group"].rank("dense").to_numpy().astype(np.int64)
    found = [_counted(rows, chosen, weight, code) for rows, chosen, weight in _nearest(examples, group)]
    counted = {name: np.concatenate([part[name] for part in found]) for name in found[0]} if found else _nobody()
    rival = answers.gather(counted.pop("rival")).alias("rival")
    return pl.DataFrame(counted).with_columns(rival)


def _nobody() -> dict[str, NDArray[Any]]:
    shares = {name: np.empty(0) for name in ("for_label", "against")}
    return {**shares, "voters": np.empty(0, np.int64), "rival": np.empty(0, np.int64)}


def _nearest(
    examples: pl.DataFrame, group: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats]]:
    """Rows, their nearest others and how near those are, part by part."""
    question, context = (_vectors(examples[name]) for name in ("question", "context"))
    for start in range(0, examples.height, _ROWS_AT_ONCE):
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, examples.height))
        near = (question[rows] @ question.T) * (context[rows] @ context.T)
        near[(group[rows, None] == group[None, :]) & (near < 1 - 1e-3)] = 0
        near[np.arange(len(rows)), rows] = 0
        many = min(NEIGHBOURS, examples.height - 1)
        chosen = np.argpartition(-near, many - 1, axis=1)[:, :many] if many else np.empty((len(rows), 0), np.int64)
        weight = np.take_along_axis(near, chosen, axis=1)
        yield rows, chosen, np.where(weight >= LEAST_ALIKE, weight, 0)


def _counted(
    rows: NDArray[np.int64], chosen: NDArray[np.int64], weight: Floats, code: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """The votes of the chosen ones on each row."""
    said = code[chosen]
    total = np.maximum(weight.sum(axis=1), 1e-9)
    agreeing = ((said[:, :, None] == said[:, None, :]) * weight[:, None, :]).sum(axis=2) / total[:, None]
    others = np.where(said == code[rows, None], 0, agreeing * (weight > 0))
    best = others.argmax(axis=1)[:, None] if said.shape[1] else None
    own = ((said == code[rows, None]) * weight).sum(axis=1) / total
    against = others.max(axis=1, initial=0)
    rival = rows if best is None else np.take_along_axis(chosen, best, axis=1)[:, 0]
    return {"for_label": own, "against": against, "voters": (weight > 0).sum(axis=1), "rival": rival}


def _vectors(texts: pl.Series) -> Floats:
    """One unit vector a text; texts without words share one of their own."""
    words = _weighted_words(texts)
    place = (words["hash"] % PLACES).to_numpy().astype(np.int64)
    sign = np.where((words["hash"] // PLACES % 2).to_numpy() == 0, 1, -1)
    vectors = np.zeros((len(texts), PLACES), dtype=np.float32)
    np.add.at(vectors, (words["text"].to_numpy(), place), sign * words["weight"].to_numpy())
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[length[:, 0] == 0, 0] = length[length == 0] = 1
    unit: Floats = vectors / length
    return unit


def _weighted_words(texts: pl.Series) -> pl.DataFrame:
    """Each text's words with the logarithm of their count times their inverse document frequency."""
    found = texts.fill_null("").str.to_lowercase().str.extract_all(r"\w+")
    words = found.alias("word").to_frame().with_row_index("text").explode("word").drop_nulls("word")
    counted = words.group_by("text", "word").len("times").with_columns(texts_with=pl.len().over("word"))
    weight = (1 + pl.col("times").log()) * (1 + (len(texts) / pl.col("texts_with")).log())
    return counted.select("text", weight.alias("weight"), pl.col("word").hash(seed=0).alias("hash"))
