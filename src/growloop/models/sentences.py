"""Which sentences of a context matter to a question, for models whose window is too short for all of it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

BREAK = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|\n+\s*")
WORD = re.compile(r"\w+", re.UNICODE)
LONGEST = 60
"""Words; text without full stops is cut into pieces of this many, so that no piece decides alone."""
SATURATION = 1.2
"""BM25's k1: how soon saying a word again stops counting."""


def split_sentences(text: str) -> list[str]:
    """The sentences of a text with the space that follows each: joined, they are the text again.

    >>> split_sentences("It opens at six. Dogs are welcome!")
    ['It opens at six. ', 'Dogs are welcome!']
    """
    ends = [match.end() for match in BREAK.finditer(text)]
    starts = [0, *ends]
    sentences = [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True)]
    return [piece for sentence in sentences if sentence for piece in _pieces(sentence)]


def _pieces(sentence: str) -> list[str]:
    words = list(re.finditer(r"\S+\s*", sentence))
    if len(words) <= LONGEST:
        return [sentence]
    starts = [0, *(words[number].start() for number in range(LONGEST, len(words), LONGEST))]
    return [sentence[start:end] for start, end in zip(starts, [*starts[1:], len(sentence)], strict=True)]


def relevance(question: str, sentences: Sequence[str]) -> list[float]:
    """How much each sentence shares with the question: BM25 without length, idf over these sentences alone."""
    spoken = [Counter(words(sentence)) for sentence in sentences]
    spread = Counter(word for counts in spoken for word in counts)
    asked = set(words(question))
    weights = {word: math.log(1 + (len(sentences) - spread[word] + 0.5) / (spread[word] + 0.5)) for word in asked}
    return [
        sum(
            weights[word] * counts[word] * (1 + SATURATION) / (counts[word] + SATURATION)
            for word in asked & set(counts)
        )
        for counts in spoken
    ]


def words(text: str) -> list[str]:
    """Words for comparing, in lower case, plural and possessive endings off.

    >>> words("Dogs are the owner's.")
    ['dog', 'are', 'the', 'owner', 's']
    """
    return [_stem(word) for word in WORD.findall(text.lower())]


def _stem(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def choose_sentences(question: str, sentences: Sequence[str], tokens: Sequence[int], room: int) -> list[int]:
    """The numbers of the sentences to keep, in their order in the text: the most relevant that fit in `room`.

    `tokens` is the length of each sentence. Sentences equally relevant are taken from the start of the text.
    """
    scores = relevance(question, sentences)
    kept: list[int] = []
    for number in sorted(range(len(sentences)), key=lambda number: (-scores[number], number)):
        if tokens[number] <= room:
            kept.append(number)
            room -= tokens[number]
    return sorted(kept)
