"""The same word sets and the same join, compiled: one word, one candidate after the other. Needs the extra `fast`.

Each thread takes a part of the texts, and then a part of the sets; what is found does not depend on their number.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from growloop.dataset.duplicates.join import Bounds, Pairs, parity_sketches
from growloop.dataset.duplicates.words import Bytes, Hashes, Ints, WordSets

THREADS = min(os.cpu_count() or 1, 4)
"""Each keeps the lists of a join for itself: more would cost more memory than they save time."""
_ALONE = 1 << 20
"""Bytes of text up to which one thread is sooner done."""
_FEW = 10_000
"""Sets up to which it is, too."""


def native_word_sets(content: Bytes, ends: Ints, values: Hashes, base: int) -> WordSets:
    """The word sets of texts, as `word_sets` has them."""
    numbers, rows, hashes, counts = _words_of_parts(content, ends, values, np.uint64(base))
    ranks = np.empty(len(hashes), np.int32)
    ranks[np.lexsort((hashes, counts))] = np.arange(len(hashes), dtype=np.int32)
    return WordSets(*_sorted_sets(ranks, numbers, rows, len(ends)))


Numbered = tuple[NDArray[np.int32], Ints, Hashes, Ints]


def _words_of_parts(content: Bytes, ends: Ints, values: Hashes, base: np.uint64) -> Numbered:
    """What `_numbered_words` gives, each part of the texts numbered by a thread of its own, then all alike."""
    threads = THREADS if len(content) > _ALONE and len(ends) >= THREADS else 1
    cuts = np.linspace(0, len(ends), threads + 1).astype(np.int64)
    begins = [0, *ends[cuts[1:-1] - 1].tolist(), len(content)]

    def numbered(part: int) -> Numbered:
        begin, end = begins[part], begins[part + 1]
        found: Numbered = _numbered_words(content[begin:end], ends[cuts[part] : cuts[part + 1]] - begin, values, base)
        return found

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(numbered, range(threads)))
    return parts[0] if threads == 1 else _together(parts)


def _together(parts: list[Numbered]) -> Numbered:
    """Parts whose words have numbers of their own, with one number for each word."""
    numbers, in_text, hashes, counts = zip(*parts, strict=True)
    known, places = np.unique(np.concatenate(hashes), return_inverse=True)
    total = np.bincount(places, weights=np.concatenate(counts), minlength=len(known)).astype(np.int64)
    number_of = np.split(places.astype(np.int32), np.cumsum([len(own) for own in hashes])[:-1])
    renumbered = [new[own] for new, own in zip(number_of, numbers, strict=True)]
    return np.concatenate(renumbered), np.concatenate(in_text), known, total


@njit(cache=True, nogil=True)
def _numbered_words(content: Bytes, ends: Ints, values: Hashes, base: int) -> Numbered:
    """Every word by a number and how many are in each text; the hash of each number and how often it occurs."""
    numbers = np.empty(len(content) // 2 + 1, np.int32)
    in_text = np.zeros(len(ends), np.int64)
    hashes, counts = np.empty(1 << 12, np.uint64), np.zeros(1 << 12, np.int64)
    table = np.full(1 << 14, -1, np.int32)  # where a hash has its number; never more than a quarter full
    kinds = words = text = 0
    word, power, one = np.uint64(0), np.uint64(1), np.uint64(1)
    for place in range(len(content)):
        value = values[content[place]]
        if value:
            word += value * power
            power *= base
            continue
        if power != one:
            slot = _slot(table, hashes, word)
            if table[slot] < 0:
                table[slot] = kinds
                hashes[kinds], counts[kinds] = word, 0
                kinds += 1
            number = table[slot]
            counts[number] += 1
            numbers[words] = number
            words += 1
            in_text[text] += 1
            word, power = np.uint64(0), one
            if kinds == len(hashes):
                hashes = np.concatenate((hashes, np.empty_like(hashes)))
                counts = np.concatenate((counts, np.empty_like(counts)))
                table = np.full(4 * len(hashes), -1, np.int32)
                for known in range(kinds):
                    table[_slot(table, hashes, hashes[known])] = known
        if place + 1 == ends[text]:
            text += 1
    return numbers[:words], in_text, hashes[:kinds], counts[:kinds]


@njit(cache=True)
def _slot(table: NDArray[np.int32], hashes: Hashes, word: np.uint64) -> np.int64:
    """Where a word stands in the table, or would."""
    last = np.uint64(len(table) - 1)
    slot = (word ^ (word >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(20) & last
    while table[slot] >= 0 and hashes[table[slot]] != word:
        slot = slot + np.uint64(1) & last
    return np.int64(slot)


@njit(cache=True)
def _sorted_sets(
    ranks: NDArray[np.int32], numbers: NDArray[np.int32], in_text: Ints, texts: int
) -> tuple[Ints, NDArray[np.int32]]:
    """The different ranks of each text, ascending, one text after the other."""
    starts = np.zeros(texts + 1, np.int64)
    words = np.empty(len(numbers), np.int32)
    begin = kept = 0
    for text in range(texts):
        first = kept
        if in_text[text] > 64:
            ranked = np.sort(ranks[numbers[begin : begin + in_text[text]]])
            for place in range(len(ranked)):
                if place == 0 or ranked[place] != ranked[place - 1]:
                    words[kept] = ranked[place]
                    kept += 1
        else:
            for number in numbers[begin : begin + in_text[text]]:  # put in where it belongs: quicker when short
                rank = ranks[number]
                place = kept
                while place > first and words[place - 1] > rank:
                    place -= 1
                if place > first and words[place - 1] == rank:
                    continue
                for later in range(kept, place, -1):
                    words[later] = words[later - 1]
                words[place] = rank
                kept += 1
        begin += in_text[text]
        starts[text + 1] = kept
    return starts, words[:kept].copy()


def native_candidates(sets: WordSets, threshold: float) -> int:
    """How many comparisons `native_join` has to make; as many as `join`."""
    return int(_met(sets.starts, sets.words, sets.sizes, *_lists(sets, threshold)))


def native_join(sets: WordSets, threshold: float) -> Pairs:
    """All pairs at or above the threshold among sets in order of size; what `join` finds, in its order."""
    lists, sketches = _lists(sets, threshold), parity_sketches(sets)
    needed = Bounds.of(threshold, int(sets.sizes.max(initial=0))).shared
    threads = THREADS if len(sets) > _FEW else 1

    def compared(part: int) -> Ints:
        own = (sets.starts, sets.words, sets.sizes, *lists, sketches, needed, threshold, part, threads)
        pairs, count = _compared(*own)
        return np.asarray(pairs[:count])

    with ThreadPoolExecutor(threads) as pool:
        found = np.concatenate(list(pool.map(compared, range(threads))))
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    return Pairs(found[:, 0], found[:, 1], found[:, 2])


def _lists(sets: WordSets, threshold: float) -> tuple[Ints, Ints, Ints, Ints]:
    """By set: its smallest partner, how many words it looks up, in how many lists it stands; by word: its list."""
    bounds = Bounds.of(threshold, int(sets.sizes.max(initial=0)))
    listed = bounds.listed[sets.sizes]
    begins = _list_begins(sets.starts, sets.words, listed)
    return bounds.least_partner[sets.sizes], bounds.probed[sets.sizes], listed, begins


@njit(cache=True)
def _list_begins(starts: Ints, words: NDArray[np.int32], listed: Ints) -> Ints:
    """Where the list of each word begins, one after the other, and where the last one ends."""
    begins = np.zeros((words.max() if len(words) else -1) + 2, np.int64)
    for number in range(len(listed)):
        for place in range(listed[number]):
            begins[words[starts[number] + place] + 1] += 1
    return np.cumsum(begins)


@njit(cache=True)
def _met(
    starts: Ints, words: NDArray[np.int32], sizes: Ints, least: Ints, probed: Ints, listed: Ints, begins: Ints
) -> int:
    first, end = begins.copy(), begins.copy()  # the part of each list that is large enough, and that is filled
    members = np.empty(begins[-1], np.int32)
    count = 0
    for number in range(len(sizes)):
        for place in range(probed[number]):
            word = words[starts[number] + place]
            while first[word] < end[word] and sizes[members[first[word]]] < least[number]:
                first[word] += 1
            count += end[word] - first[word]
        for place in range(listed[number]):
            word = words[starts[number] + place]
            members[end[word]] = number
            end[word] += 1
    return count


@njit(cache=True, nogil=True)
def _compared(
    starts: Ints,
    words: NDArray[np.int32],
    sizes: Ints,
    least: Ints,
    probed: Ints,
    listed: Ints,
    begins: Ints,
    sketches: Hashes,
    needed_by_sum: Ints,
    threshold: float,
    part: int,
    parts: int,
) -> tuple[Ints, int]:
    """The pairs of every so many-th set with smaller ones, the `part`-th of `parts`; all of them stand in the lists."""
    first, end = begins.copy(), begins.copy()
    members, places = np.empty(begins[-1], np.int32), np.empty(begins[-1], np.int32)
    seen = np.full(len(sizes), -1, np.int32)  # the last set each one was merged with
    found = np.empty((1024, 3), np.int64)
    count = 0
    for right in range(len(sizes)):
        size = sizes[right]
        for place in range(probed[right] if right % parts == part else 0):
            word = words[starts[right] + place]
            while first[word] < end[word] and sizes[members[first[word]]] < least[right]:
                first[word] += 1
            for met in range(first[word], end[word]):
                left = members[met]
                both = size + sizes[left]
                needed = needed_by_sum[both]
                if min(size - place, sizes[left] - places[met]) < needed:
                    continue
                if _differ_more(sketches, left, right, both - 2 * needed) or seen[left] == right:
                    continue
                seen[left] = right
                shared = _shared(words, starts[left], starts[left + 1], starts[right], starts[right + 1], needed)
                if shared >= needed and shared / (both - shared) >= threshold:
                    if count == len(found):
                        found = np.concatenate((found, np.empty_like(found)))
                    found[count, 0] = left
                    found[count, 1] = right
                    found[count, 2] = shared
                    count += 1
        for place in range(listed[right]):
            word = words[starts[right] + place]
            members[end[word]] = right
            places[end[word]] = place
            end[word] += 1
    return found, count


@njit(cache=True)
def _shared(words: Ints, one: int, one_end: int, other: int, other_end: int, needed: int) -> int:
    """How many words two sets share; less than `needed` as soon as it cannot be reached."""
    shared = 0
    while one < one_end and other < other_end:
        if shared + min(one_end - one, other_end - other) < needed:
            return 0
        if words[one] == words[other]:
            shared += 1
            one += 1
            other += 1
        elif words[one] < words[other]:
            one += 1
        else:
            other += 1
    return shared


@njit(cache=True)
def _differ_more(sketches: Hashes, left: int, right: int, most: int) -> bool:
    """True where the sketches of two sets differ in more bits than that."""
    bits = 0
    for place in range(sketches.shape[1]):
        bits += _bits(sketches[left, place] ^ sketches[right, place])
        if bits > most:
            return True
    return False


@njit(cache=True)
def _bits(word: np.uint64) -> np.int64:
    """How many bits of a word are set."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
