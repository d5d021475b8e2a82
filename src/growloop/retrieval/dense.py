"""Ranks passages by nearness of meaning: embeddings of a sentence-transformers model, compared one by one.

Brute force on purpose: below about 10^5 passages it is exact and costs milliseconds a question.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from growloop.errors import MissingExtra, ModelProblem
from growloop.project import write_atomically
from growloop.records.progress import Progress

PART = 256
"""Pieces embedded between two saves: what a kill can cost."""
_OVERLAP = 32
"""Tokens that neighbouring pieces of a long passage share."""


class Encoder:
    """Turns texts into unit vectors, with the model in a local folder."""

    def __init__(self, folder: Path) -> None:
        self._model = _load(folder)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 per text."""
        vectors: NDArray[np.float32] = self._model.encode(
            list(texts), batch_size=32, convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
        )
        return vectors.astype(np.float32, copy=False)

    def pieces(self, text: str) -> list[str]:
        """The text in pieces that fit the model's window, so that nothing is cut off unseen."""
        window = int(self._model.max_seq_length) - 2  # [CLS] and [SEP]
        if len(text) <= window:  # a token is at least one character
            return [text]
        read = self._model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        spans = read["offset_mapping"]
        if len(spans) <= window:
            return [text]
        starts = range(0, len(spans) - _OVERLAP, window - _OVERLAP)
        return [text[spans[start][0] : spans[min(start + window, len(spans)) - 1][1]] for start in starts]


def cosines(encoder: Encoder, left: Sequence[str], right: Sequence[str]) -> NDArray[np.float32]:
    """How near in meaning the texts of each row are; a text that comes up often is read once."""
    numbers = {text: number for number, text in enumerate(dict.fromkeys((*left, *right)))}
    vectors = encoder.encode(list(numbers))
    one, other = ([numbers[text] for text in texts] for texts in (left, right))
    together: NDArray[np.float32] = np.einsum("ij,ij->i", vectors[one], vectors[other])
    return together


class Dense:
    """The embeddings of all passages; a long passage has several, and its best one counts."""

    def __init__(self, vectors: NDArray[np.float32], starts: NDArray[np.int64]) -> None:
        self._vectors = vectors
        self._starts = starts

    @classmethod
    def build(cls, texts: Sequence[str], encoder: Encoder, parts: Path) -> Generator[Progress, None, Dense]:
        """Embed passages, keeping each finished part in `parts`; started again, it goes on from there."""
        pieces = [encoder.pieces(text) for text in texts]
        starts = np.cumsum([0, *(len(of_one) for of_one in pieces[:-1])], dtype=np.int64)
        flat = [piece for of_one in pieces for piece in of_one]
        vectors = []
        for start in range(0, len(flat), PART):
            path = parts / f"vectors-{start:09d}.npy"
            if not path.exists():
                write_atomically(path, _npy(encoder.encode(flat[start : start + PART])))
            vectors.append(np.load(path, allow_pickle=False))
            yield Progress("index", min(start + PART, len(flat)), len(flat), "reading passages")
        return cls(np.concatenate(vectors), starts)

    def save(self, folder: Path) -> None:
        """Write the embeddings as .npy."""
        write_atomically(folder / "vectors.npy", _npy(self._vectors))
        write_atomically(folder / "starts.npy", _npy(self._starts))

    @classmethod
    def load(cls, folder: Path) -> Dense:
        """Embeddings written by `save`, mapped rather than read."""
        vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        return cls(vectors, np.load(folder / "starts.npy", allow_pickle=False))

    def scores(self, questions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine of each question (a row of `questions`) with each passage's nearest piece."""
        nearness = questions @ self._vectors.T
        best: NDArray[np.float32] = np.maximum.reduceat(nearness, self._starts, axis=1)
        return best


def encoder_hash(folder: Path) -> str:
    """Changes when the weights or the vocabulary of an encoder change: other vectors would not compare."""
    digest = hashlib.blake2b(digest_size=16)
    files = [path for pattern in ("*.safetensors", "tokenizer.json", "config.json") for path in folder.glob(pattern)]
    for path in sorted(files):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _load(folder: Path) -> Any:
    if not (folder / "config.json").is_file():
        raise ModelProblem(
            f"No encoder in {folder}: it has no config.json.\n"
            "  Name the folder of a sentence-transformers model, or set  retriever: bm25  in task.yaml."
        )
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError:
        raise MissingExtra("sentence-transformers", "retrieve") from None
    logging.disable_progress_bar()
    model = SentenceTransformer(str(folder), local_files_only=True)
    model.eval()
    return model
