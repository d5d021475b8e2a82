"""Gives a generated answer back what an uncased word-piece model loses: capitals, accents and spacing.

Such models mostly copy. The longest runs of words that also stand in the context or the question are taken from
there as they are written; what is left is spaced by the rules of English punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+|\S")
IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
NO_SPACE_BEFORE = set(",.;:!?)]}%’…»，。！？：；")
NO_SPACE_AFTER = set("([{$€£#@«")
JOINING = set("-/_'’‐‑")
ENDINGS = {"s", "t", "re", "ve", "ll", "d", "m"}
"""What stands after the apostrophe of a shortened word."""
SENTENCE_END = set(".!?\n")


@dataclass(frozen=True)
class Source:
    """A text that answers copy from, cut into words."""

    text: str
    places: tuple[tuple[int, int], ...]
    forms: tuple[str, ...]
    """The words as an uncased model sees them."""
    at: dict[str, list[int]]
    """Word numbers of each form."""


def needs_repair(tokenizer: Any) -> bool:
    """True where writing a text as tokens and reading it back changes capitals or spacing."""
    text = "Don't pay $5.50 (it's Ada's)."
    tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
    return bool(read_back(tokenizer, [tokens])[0] != text)


def read_back(tokenizer: Any, tokens: Sequence[Sequence[int]]) -> list[str]:
    """The texts of many token lists, without special tokens and without outer spaces."""
    texts = tokenizer.batch_decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return [text.strip() for text in texts]


def restore(text: str, sources: Sequence[str]) -> str:
    """The answer as its sources would write it; never other words, only other letters' case, accents and spaces.

    An answer that ends as a sentence begins with a capital.

    >>> restore("no , luigi ' s doesn ' t .", ["Luigi's is nice."])
    "No, Luigi's doesn't."
    """
    text = unicodedata.normalize("NFC", text)
    found = [match.group() for match in TOKEN.finditer(text)]
    forms = [bare(word) for word in found]
    known = [source_of(source) for source in sources if source]
    pieces: list[str] = []
    number = 0
    while number < len(found):
        taken, piece = _longest_run(forms, number, known)
        pieces.append(piece if taken else found[number])
        number += max(taken, 1)
    return _as_sentence(_joined(pieces))


def _as_sentence(text: str) -> str:
    return text[0].upper() + text[1:] if text and text[-1] in SENTENCE_END and len(text[0].upper()) == 1 else text


@lru_cache(maxsize=4096)
def source_of(text: str) -> Source:
    """A text cut into words and indexed by their bare forms."""
    text = unicodedata.normalize("NFC", text)
    places = tuple(match.span() for match in TOKEN.finditer(text))
    forms = tuple(bare(text[start:end]) for start, end in places)
    at: dict[str, list[int]] = {}
    for number, form in enumerate(forms):
        at.setdefault(form, []).append(number)
    return Source(text, places, forms, at)


@lru_cache(maxsize=65536)
def bare(word: str) -> str:
    """A word in lower case without accents, as uncased models see it.

    >>> bare("Crème")
    'creme'
    """
    letters = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in letters if unicodedata.category(letter) != "Mn") or word


def _longest_run(forms: Sequence[str], number: int, sources: Sequence[Source]) -> tuple[int, str]:
    """How many words from `number` on a source holds in a row, and how it writes them."""
    best, written, quality = 0, "", False
    for source in sources:
        for place in source.at.get(forms[number], ()):
            length = _run_length(forms, number, source, place)
            inside = not _starts_sentence(source, place)
            if length > best or (length == best and inside and not quality):
                best, quality = length, inside
                written = source.text[source.places[place][0] : source.places[place + length - 1][1]]
    return best, " ".join(written.split())


def _run_length(forms: Sequence[str], number: int, source: Source, place: int) -> int:
    most = min(len(forms) - number, len(source.forms) - place)
    return next((length for length in range(most) if forms[number + length] != source.forms[place + length]), most)


def _starts_sentence(source: Source, place: int) -> bool:
    """True where a capital may be there for the sentence's sake only."""
    return place == 0 or source.text[source.places[place - 1][0]] in SENTENCE_END


def _joined(pieces: Sequence[str]) -> str:
    out: list[str] = []
    quotes = 0
    for number, piece in enumerate(pieces):
        if number and _space_between(pieces, number, quotes):
            out.append(" ")
        out.append(piece)
        quotes += piece == '"'
    return "".join(out)


def _space_between(pieces: Sequence[str], number: int, quotes: int) -> bool:
    """Whether a space belongs before piece `number`; `quotes` counts the quotation marks before it."""
    left, right = pieces[number - 1], pieces[number]
    if '"' in (left, right):
        return quotes % 2 == 0 and right[0] not in NO_SPACE_BEFORE
    if right[0] in JOINING and len(right) == 1:
        return not _joins(left, pieces[number + 1] if number + 1 < len(pieces) else "", right)
    if left[-1] in JOINING and len(left) == 1:
        return not _joins(pieces[number - 2] if number > 1 else "", right, left)
    if len(left) == 1 and left in ".,:" and number > 1 and pieces[number - 2][-1].isdigit() and right[0].isdigit():
        return False
    both_ideographs = IDEOGRAPH.match(left[-1]) and IDEOGRAPH.match(right[0])
    return not (right[0] in NO_SPACE_BEFORE or left[-1] in NO_SPACE_AFTER or both_ideographs)


def _joins(left: str, right: str, mark: str) -> bool:
    """Whether a mark ties the words on its two sides into one."""
    if not left or not right or not left[-1].isalnum() or not right[0].isalnum():
        return False
    return mark not in "'’" or bare(right) in ENDINGS
