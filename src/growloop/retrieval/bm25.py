"""Ranks passages by the words they share with a question (BM25 as in Lucene; the library is bm25s)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from growloop.errors import MissingExtra

_WORD = re.compile(r"\w+(?:['’]\w+)*")


def words(text: str) -> list[str]:
    """The words of a text as they are indexed: Unicode-folded, possessive s and plural s taken off.

    No stop words are removed: what is frequent weighs next to nothing anyway, and this way no
    language is singled out.

    >>> words("Joe’s dogs, ÉCLAIRS!")
    ['joe', 'dog', 'éclair']
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return [_stem(match.replace("’", "'")) for match in _WORD.findall(folded)]


def _stem(word: str) -> str:
    if word.endswith("'s"):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class Bm25:
    """Word weights of every passage, ready to be summed for a question."""

    def __init__(self, library_index: Any, passages: int) -> None:
        self._index = library_index
        self._passages = passages

    @classmethod
    def build(cls, texts: Sequence[str]) -> Bm25:
        """Index passages. Needs at least one."""
        index = _library().BM25(method="lucene")
        index.index(_word_numbers(texts), show_progress=False)
        return cls(index, len(texts))

    def save(self, folder: Path) -> None:
        """Write the index: arrays as .npy, the vocabulary as JSON."""
        self._index.save(str(folder), allow_pickle=False, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> Bm25:
        """An index written by `save`."""
        index = _library().BM25.load(str(folder), allow_pickle=False, show_progress=False)
        return cls(index, int(index.scores["num_docs"]))

    def scores(self, questions: Iterable[str]) -> NDArray[np.float32]:
        """One row per question, one column per passage; 0 where no word is shared."""
        rows = [self._scores_of(question) for question in questions]
        return np.stack(rows) if rows else np.zeros((0, self._passages), dtype=np.float32)

    def _scores_of(self, question: str) -> NDArray[np.float32]:
        known = self._index.get_tokens_ids(words(question))
        if not known:
            return np.zeros(self._passages, dtype=np.float32)
        scores: NDArray[np.float32] = self._index.get_scores_from_ids(known)
        return scores


def _word_numbers(texts: Sequence[str]) -> tuple[list[list[int]], dict[str, int]]:
    vocabulary = {"": 0}  # stands in where a passage has no word, which bm25s cannot divide by
    numbered = [[vocabulary.setdefault(word, len(vocabulary)) for word in words(text)] or [0] for text in texts]
    return numbered, vocabulary


def _library() -> Any:
    try:
        import bm25s
    except ImportError:
        raise MissingExtra("bm25s", "retrieve") from None
    return bm25s
