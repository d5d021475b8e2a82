"""Exact match and token F1 over bytes, compiled: what `overlap` finds, many times sooner. Needs the extra `fast`.

Letters of the basic multilingual plane are looked up in a table. Rows with what the table cannot tell (a Σ, whose
small form depends on its neighbours, letters that become two, emoji) are told as odd and left to the plain way.
"""

from __future__ import annotations

import os
import string
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from growloop.metrics.text_overlap import AnswerLists, Counts, Floats, flattened

Bytes = NDArray[np.uint8]
Letters = NDArray[np.int32]
THREADS = min(os.cpu_count() or 1, 4)
_AT_ONCE = 8192
"""Rows joined and scored together: they fit in a core's cache, and one thread scores while another joins."""
LONGEST = 4096
"""Letters of one text; longer ones are odd."""
_DROPPED, _SPACE, _ODD, _END = 0, 32, 1 << 20, 10
_PLANE = 1 << 16


def _letters() -> Letters:
    """What becomes of each character: a small letter, nothing, a space, a mark (negative), or its row is odd."""
    return np.fromiter(map(_becomes, range(_PLANE)), dtype=np.int32, count=_PLANE)


def _becomes(number: int) -> int:
    small = chr(number).lower()
    if len(small) != 1 or number in (0, ord("Σ")):
        return _ODD
    if small in string.punctuation:
        return _DROPPED
    if small.isspace():
        return _SPACE
    return ord(small) if small.isalnum() else -ord(small)  # an article beside a mark is a word of its own


_LETTERS = _letters()


def native_overlap(said: list[str], answers: AnswerLists) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Exact match and token F1 of each row against its answers, and which rows are odd."""
    rows = len(said)
    exact, f1, odd = np.zeros(rows), np.zeros(rows), np.zeros(rows, dtype=np.bool_)

    def score(start: int) -> None:
        own = slice(start, start + _AT_ONCE)
        wanted, counts = _listed(answers[own])
        into = counts, _LETTERS, exact[own], f1[own], odd[own]
        if not _score(_content(said[own]), _content(wanted), *into):
            exact[own] = f1[own] = 0
            _score(_content(_on_one_line(said[own])), _content(_on_one_line(wanted)), *into)

    with ThreadPoolExecutor(THREADS if rows > _AT_ONCE else 1) as pool:
        list(pool.map(score, range(0, rows, _AT_ONCE)))
    return exact, f1, odd


def _listed(answers: AnswerLists) -> tuple[list[str], Counts]:
    """All answers in one list, and how many are each row's."""
    if isinstance(answers, pl.Series):
        return flattened(answers)
    counts = np.fromiter(map(len, answers), dtype=np.int64, count=len(answers))
    return list(chain.from_iterable(answers)), counts


def _content(texts: list[str]) -> Bytes:
    """The bytes of all texts, each ended by a newline."""
    return np.frombuffer("\n".join([*texts, ""]).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _on_one_line(texts: list[str]) -> list[str]:
    return [text.replace("\n", " ") for text in texts]


@njit(cache=True, nogil=True)
def _score(
    said: Bytes, wanted: Bytes, counts: Counts, letters: Letters, exact: Floats, f1: Floats, odd: NDArray[np.bool_]
) -> bool:
    """Fill in the scores; False where a newline inside a text put the rows out of step."""
    one, other = np.empty(LONGEST, np.int32), np.empty(LONGEST, np.int32)
    one_ends, other_ends = np.empty(LONGEST, np.int64), np.empty(LONGEST, np.int64)
    free = np.empty(LONGEST, np.uint8)
    here = there = 0
    for row in range(len(counts)):
        here, tokens = _tokens(said, here, letters, one, one_ends)
        odd[row], speaking = tokens < 0, False
        for _ in range(counts[row]):
            there, expected = _tokens(wanted, there, letters, other, other_ends)
            if tokens < 0 or expected < 0:
                odd[row] = True
            elif expected:
                speaking = True
                if _all_equal(one, one_ends, tokens, other, other_ends, expected):
                    exact[row] = f1[row] = 1.0
                elif tokens:
                    common = _shared(one, one_ends, tokens, other, other_ends, expected, free)
                    precision, recall = common / tokens, common / expected
                    if common:
                        f1[row] = max(f1[row], (2 * precision * recall) / (precision + recall))
        if not speaking and not tokens:  # an answer that says nothing counts where there is no other
            exact[row] = f1[row] = 1.0
    return here == len(said) and there == len(wanted)


@njit(cache=True, nogil=True)
def _tokens(content: Bytes, at: int, letters: Letters, kept: Letters, ends: Counts) -> tuple[int, int]:
    """Where the next row begins, and the tokens of this one; -1: it is odd. `kept` and `ends` then hold its tokens."""
    tokens = size = begin = word = 0
    fine = True
    while True:
        byte = content[at]
        at, letter = _next_letter(content, at, letters)
        if letter == _ODD or size == LONGEST:
            fine = False
            tokens = size = begin = word = 0
        if letter > _SPACE:
            kept[size] = letter
            size += 1
        elif letter != _DROPPED:
            is_article = _is_article(kept, word, size)
            if is_article:
                size = word
            if size > begin and (is_article or letter == _SPACE):
                ends[tokens] = size
                tokens += 1
                begin = size
            if letter < 0:
                kept[size] = letter
                size += 1
            word = size
            if byte == _END:
                return at, tokens if fine else -1


@njit(cache=True, nogil=True)
def _next_letter(content: Bytes, at: int, letters: Letters) -> tuple[int, int]:
    """Where the next character begins, and what becomes of this one, in UTF-8."""
    byte = content[at]
    if byte < 0x80:
        return at + 1, letters[byte]
    if byte < 0xE0:
        return at + 2, letters[(byte & 0x1F) << 6 | content[at + 1] & 0x3F]
    if byte < 0xF0:
        return at + 3, letters[(byte & 0x0F) << 12 | (content[at + 1] & 0x3F) << 6 | content[at + 2] & 0x3F]
    return at + 4, _ODD


@njit(cache=True, nogil=True)
def _is_article(kept: Letters, begin: int, end: int) -> bool:
    """True for the words a, an and the."""
    if end == begin or end - begin > 3:
        return False
    if kept[begin] == 97:
        return bool(end - begin == 1 or (end - begin == 2 and kept[begin + 1] == 110))
    return bool(end - begin == 3 and kept[begin] == 116 and kept[begin + 1] == 104 and kept[begin + 2] == 101)


@njit(cache=True, nogil=True)
def _shared(
    one: Letters, one_ends: Counts, tokens: int, other: Letters, other_ends: Counts, expected: int, free: Bytes
) -> int:
    """How many tokens both share, each counted once; `free` is room to note which are left."""
    common = 0
    free[:tokens] = 1
    begin = 0
    for wanted in range(expected):
        length = other_ends[wanted] - begin
        start = 0
        for place in range(tokens):
            if one_ends[place] - start == length and free[place] and _equal(one, start, other, begin, length):
                free[place] = 0
                common += 1
                break
            start = one_ends[place]
        begin += length
    return common


@njit(cache=True, nogil=True)
def _all_equal(one: Letters, one_ends: Counts, tokens: int, other: Letters, other_ends: Counts, expected: int) -> bool:
    """Whether both are the same tokens in the same order."""
    if tokens != expected:
        return False
    for place in range(tokens):
        if one_ends[place] != other_ends[place]:
            return False
    return bool(_equal(one, 0, other, 0, one_ends[tokens - 1]))


@njit(cache=True, nogil=True)
def _equal(one: Letters, start: int, other: Letters, begin: int, length: int) -> bool:
    for step in range(length):  # noqa: SIM110 - compiled, a loop is quicker than a generator
        if one[start + step] != other[begin + step]:
            return False
    return True
