"""Texts as sets of words: numbers in one flat array, the rarest word first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

_BYTES_AT_ONCE = 1 << 17
"""Texts are cut into words by so many bytes at a time: what is computed in between then stays in the cache."""
_NO_SPACES = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"
"""Scripts that put no spaces between words: each character counts as a word."""


@dataclass(frozen=True)
class WordSets:
    """The word sets of some texts; set `i` is `words[starts[i]:starts[i + 1]]`.

    A word is its rank among all words, from the rarest on, so that ascending means rarest first.
    """

    starts: Ints
    words: NDArray[np.int32]

    @property
    def sizes(self) -> Ints:
        return np.diff(self.starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, rows: Ints) -> WordSets:
        """Some of the sets, in the order given."""
        sizes = self.sizes[rows]
        starts = np.concatenate(([0], np.cumsum(sizes)))
        places = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], sizes)
        return WordSets(starts, self.words[places])


def word_sets(texts: pl.Series, *, native: bool = False) -> WordSets:
    """The set of words of each text. Case, punctuation, order and repetition make no difference; null has none.

    Words are told apart by 64 bits of hash: among a million different ones the odds of mistaking any two
    are about one in 37 million. `native` chooses compiled code, which gives the same.
    """
    content, ends = _content(texts)
    if native:
        from growloop.dataset.duplicates.native import native_word_sets

        return native_word_sets(content, ends, VALUES, BASE)
    hashes, rows = _hashed_words(content, ends)
    ranks, kinds = _ranked(hashes)
    keys = np.sort((rows << 32) | ranks)  # np.unique would hash, at twenty times the cost
    keys = keys[np.diff(keys, prepend=-1) != 0]
    starts = np.searchsorted(keys, np.arange(len(texts) + 1, dtype=np.int64) << 32)
    assert kinds < 2**31, "more different words than fit into the flat array"
    return WordSets(starts.astype(np.int64), (keys & 0xFFFFFFFF).astype(np.int32))


def _content(texts: pl.Series) -> tuple[Bytes, Ints]:
    """The bytes of all texts, each closed by a line feed, and where each ends; only word bytes are kept apart."""
    plain = _spelled_alike(texts)
    ends = np.cumsum(plain.str.len_bytes().to_numpy().astype(np.int64) + 1)
    joined = plain.str.join("\n").item() if len(plain) else ""
    return np.frombuffer((joined + "\n").encode() if len(plain) else b"", dtype=np.uint8), ends


def _spelled_alike(texts: pl.Series) -> pl.Series:
    """Texts in which every byte above 127 belongs to a word in lower case; ASCII is left to the byte table."""
    filled = texts.cast(pl.String).fill_null("")
    foreign = (filled.str.len_bytes() != filled.str.len_chars()).arg_true()
    if foreign.is_empty():
        return filled
    spelled = (
        filled.gather(foreign)
        .str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_all("ς", "σ", literal=True)  # at the end of a word, but only there
        .str.normalize("NFC")
        .str.replace_all(r"[^\w\x00-\x7f]", " ")
        .str.replace_all(_NO_SPACES, " $1 ")
    )
    return filled.scatter(foreign, spelled)


def _byte_values() -> Hashes:
    """A random number for each byte that can stand in a word, the same for a letter in both cases; 0 for others."""
    letters = bytes(range(256)).lower()
    drawn = np.random.Generator(np.random.PCG64(20)).integers(1, 2**64, size=256, dtype=np.uint64)
    return np.array(
        [drawn[low] if bytes([low]).isalnum() or low == ord("_") or low > 127 else 0 for low in letters],
        dtype=np.uint64,
    )


VALUES = _byte_values()
BASE = 0x9E3779B97F4A7C15
"""Odd, so that it has an inverse: the hash of a word must not depend on where it stands."""


def _hashed_words(content: Bytes, ends: Ints) -> tuple[Hashes, Ints]:
    """The hash of every word and the text it stands in, in order."""
    longest = min(len(content), _BYTES_AT_ONCE + int(np.diff(ends, prepend=0).max(initial=0)))
    powers = _powers(BASE, longest + 1)
    inverses = _powers(pow(BASE, -1, 2**64), longest + 1)
    hashes, rows = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for first, last in _parts(ends):
        begin = int(ends[first - 1]) if first else 0
        part = content[begin : int(ends[last - 1])]
        values = VALUES[part]
        edges = np.flatnonzero(np.diff(values != 0, prepend=False))  # a text ends in a byte that is in no word
        starts, stops = edges[0::2], edges[1::2]
        sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(values * powers[: len(part)])))
        hashes.append((sums[stops] - sums[starts]) * inverses[starts])
        rows.append(first + np.searchsorted(ends[first:last] - begin, starts, side="right"))
    return np.concatenate(hashes), np.concatenate(rows).astype(np.int64)


def _parts(ends: Ints) -> list[tuple[int, int]]:
    """Whole texts, as many at a time as fill a part."""
    parts: list[tuple[int, int]] = []
    first = 0
    while first < len(ends):
        begin = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, begin + _BYTES_AT_ONCE, side="right")), first + 1)
        parts.append((first, last))
        first = last
    return parts


def _powers(base: int, count: int) -> Hashes:
    powers = np.full(count, base, dtype=np.uint64)
    powers[:1] = 1
    return np.cumprod(powers)


def _ranked(hashes: Hashes) -> tuple[Ints, int]:
    """Each word's rank by how often it occurs, the rarest 0, and how many different ones there are."""
    frame = pl.DataFrame({"word": hashes})
    counts = frame.group_by("word").len().sort("len", "word").with_row_index("rank")
    ranks = frame.join(counts.select("word", "rank"), on="word", how="left", maintain_order="left")["rank"]
    return ranks.to_numpy().astype(np.int64), counts.height
