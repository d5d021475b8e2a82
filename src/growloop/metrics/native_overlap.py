"""Exact match and token F1 over bytes, compiled: what `overlap` finds, a few times sooner. Needs the extra `fast`.

ASCII alone: rows with any other letter, or with control characters, are told as odd and left to the plain way, whose
word boundaries and lower case are Unicode's.
"""

from __future__ import annotations

import os
import string
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from growloop.metrics.answers import BLANKS

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Bytes = NDArray[np.uint8]
THREADS = min(os.cpu_count() or 1, 4)
_FEW = 10_000
"""Rows up to which one thread is sooner done."""
LONGEST = 4096
"""Bytes of one text; longer ones are odd."""
_DROPPED, _SPACE, _ODD, _END = 0, 32, 255, 10


def _kinds() -> Bytes:
    """What becomes of each byte: a small letter or a digit, nothing, a space; or its row is odd."""
    kinds = np.full(256, _ODD, dtype=np.uint8)
    for byte in string.ascii_letters + string.digits:
        kinds[ord(byte)] = ord(byte.lower())
    kinds[list(string.punctuation.encode())] = _DROPPED
    kinds[list(BLANKS + b" ")] = _SPACE
    return kinds


_KINDS = _kinds()


def native_overlap(
    predictions: list[str], accepted: list[str], counts: Counts
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Exact match and token F1 of each row, whose answers are the next `counts` of `accepted`; and which are odd."""
    rows = len(counts)
    exact, f1, odd = np.zeros(rows), np.zeros(rows), np.zeros(rows, dtype=np.bool_)
    cuts = np.linspace(0, rows, (THREADS if rows >= _FEW else 1) + 1).astype(np.int64)
    answered = np.concatenate([[0], np.cumsum(counts)])[cuts]

    def score(part: int) -> None:
        own, theirs = (slice(*edges[part : part + 2].tolist()) for edges in (cuts, answered))
        said, wanted = predictions[own], accepted[theirs]
        if not _score(_content(said), _content(wanted), counts[own], _KINDS, exact[own], f1[own], odd[own]):
            exact[own] = f1[own] = 0
            said, wanted = ([text.replace("\n", " ") for text in texts] for texts in (said, wanted))
            _score(_content(said), _content(wanted), counts[own], _KINDS, exact[own], f1[own], odd[own])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(score, range(len(cuts) - 1)))
    return exact, f1, odd


def _content(rows: list[str]) -> Bytes:
    """The bytes of all rows, each ended by a newline."""
    return np.frombuffer("\n".join([*rows, ""]).encode("utf-8", "surrogatepass"), dtype=np.uint8)


@njit(cache=True, nogil=True)
def _score(
    said: Bytes, wanted: Bytes, counts: Counts, kinds: Bytes, exact: Floats, f1: Floats, odd: NDArray[np.bool_]
) -> bool:
    """Fill in the scores; False where a newline inside a text put the rows out of step."""
    one, other = np.empty(LONGEST, np.uint8), np.empty(LONGEST, np.uint8)
    one_ends, other_ends = np.empty(LONGEST, np.int64), np.empty(LONGEST, np.int64)
    free = np.empty(LONGEST, np.uint8)
    here = there = 0
    for row in range(len(counts)):
        here, tokens = _tokens(said, here, kinds, one, one_ends)
        speaking = silent = False
        for _ in range(counts[row]):
            there, expected = _tokens(wanted, there, kinds, other, other_ends)
            if tokens < 0 or expected < 0:
                odd[row] = True
            elif not expected:
                silent = True
            elif not tokens:
                speaking = True
            else:
                speaking = True
                if _all_equal(one, one_ends, tokens, other, other_ends, expected):
                    exact[row] = f1[row] = 1.0
                else:
                    common = _shared(one, one_ends, tokens, other, other_ends, expected, free)
                    precision, recall = common / tokens, common / expected
                    if common:
                        f1[row] = max(f1[row], (2 * precision * recall) / (precision + recall))
        if silent and not speaking and not tokens:  # an answer that says nothing counts where there is no other
            exact[row] = f1[row] = 1.0
    return here == len(said) and there == len(wanted)


@njit(cache=True, nogil=True)
def _tokens(content: Bytes, at: int, kinds: Bytes, kept: Bytes, ends: Counts) -> tuple[int, int]:
    """Where the next row begins, and the tokens of this one; -1: it is odd. `kept` and `ends` then hold its tokens."""
    tokens = size = begin = 0
    fine = True
    while True:
        byte = content[at]
        at += 1
        kind = kinds[byte]
        if kind == _SPACE or byte == _END:
            if size > begin and not _is_article(kept, begin, size):
                ends[tokens] = size
                tokens += 1
                begin = size
            size = begin
            if byte == _END:
                return at, tokens if fine else -1
        elif kind == _ODD or size == LONGEST:
            fine = False
        elif kind != _DROPPED and fine:
            kept[size] = kind
            size += 1


@njit(cache=True, nogil=True)
def _is_article(kept: Bytes, begin: int, end: int) -> bool:
    """True for the words a, an and the."""
    if end - begin > 3:
        return False
    if kept[begin] == 97:
        return bool(end - begin == 1 or (end - begin == 2 and kept[begin + 1] == 110))
    return bool(end - begin == 3 and kept[begin] == 116 and kept[begin + 1] == 104 and kept[begin + 2] == 101)


@njit(cache=True, nogil=True)
def _shared(
    one: Bytes, one_ends: Counts, tokens: int, other: Bytes, other_ends: Counts, expected: int, free: Bytes
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
def _all_equal(one: Bytes, one_ends: Counts, tokens: int, other: Bytes, other_ends: Counts, expected: int) -> bool:
    """Whether both are the same tokens in the same order."""
    if tokens != expected:
        return False
    for place in range(tokens):
        if one_ends[place] != other_ends[place]:
            return False
    return bool(_equal(one, 0, other, 0, one_ends[tokens - 1]))


@njit(cache=True, nogil=True)
def _equal(one: Bytes, start: int, other: Bytes, begin: int, length: int) -> bool:
    for step in range(length):  # noqa: SIM110 - compiled, a loop is quicker than a generator
        if one[start + step] != other[begin + step]:
            return False
    return True
