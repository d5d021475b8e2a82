"""Other names for the same facts: what teaches a small model to copy a name instead of remembering it.

A model that has seen 150 restaurants learns those 150 by heart, and calls an unknown one by the name of a known
one. Here, in some rows, the rare words of the answers that stand in context or question are replaced, everywhere in
the row, by arbitrary other words: the answer can then only be had by reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from growloop.finetune.inputs import Texts

COMMON_SHARE = 0.03
"""Tokens in more than this share of the answers are the task's own words (yes, no, vegan), not names."""
MARK = "##"
"""How word pieces that go on with a word are marked in the vocabularies this works on."""


class Names:
    """The tokens that may be replaced, and by what."""

    def __init__(self, beginnings: Sequence[int], continuations: Sequence[int], common: frozenset[int]) -> None:
        """`beginnings` are or begin a word, `continuations` go on with one; `common` tokens stay as they are."""
        self.common = common
        self._kinds = [(frozenset(tokens), tokens) for tokens in (beginnings, continuations)]

    def varied(self, row: list[int], texts: Texts, random: Random) -> Texts:
        """The texts of one row under other names, numbered from 0."""
        swaps = self._swaps(row, texts, random)
        context = _replaced(texts.context[row[0]], swaps)
        return Texts(
            context=[context] * len(row),
            question=[_replaced(texts.question[number], swaps) for number in row],
            answer=[_replaced(texts.answer[number], swaps) for number in row],
        )

    def _swaps(self, row: list[int], texts: Texts, random: Random) -> dict[int, int]:
        context = set(texts.context[row[0]])
        named = {
            token
            for number in row
            for token in texts.answer[number]
            if token not in self.common and (token in context or token in texts.question[number])
        }
        return {token: random.choice(kind) for token in sorted(named) for known, kind in self._kinds if token in known}


def names_of(tokenizer: Any, answers: Sequence[Sequence[int]]) -> Names | None:
    """The names in these answers; None for vocabularies that do not mark word pieces the BERT way."""
    vocabulary: Mapping[str, int] = tokenizer.get_vocab()
    continuations = sorted(
        number for text, number in vocabulary.items() if text.startswith(MARK) and _is_word(text[2:])
    )
    if not continuations:
        return None
    beginnings = sorted(number for text, number in vocabulary.items() if len(text) > 1 and _is_word(text))
    counted = Counter(token for answer in answers for token in set(answer))
    common = frozenset(token for token, times in counted.items() if times > COMMON_SHARE * len(answers))
    return Names(beginnings, continuations, common)


def _is_word(text: str) -> bool:
    return text.isascii() and text.isalpha()


def _replaced(tokens: Sequence[int], swaps: Mapping[int, int]) -> list[int]:
    return [swaps.get(token, token) for token in tokens]
