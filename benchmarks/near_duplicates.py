"""Near-duplicate pairs among 100,000 sentences, text in to pairs out: growloop beside rensa, datasketch and semhash.

    python benchmarks/near_duplicates.py [--rows 100000] [--repeats 5] [--scaling 1000000] [--only near_duplicates]

The sentences are real (books in the public domain, from GROWLOOP_SHARED_DATA); a fifth of them are copies of others,
exact or with one word changed. A pair counts from Jaccard similarity 0.7 on. The truth is the exact join, checked
against comparing each with each on 3,000 rows. The peers get their words by a regular expression, within their time.
Three more parts: semhash on fewer rows, how our time grows, and what a random split of the sentences leaks.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
import rensa
from books import book_sentences
from contest import RESULTS, Table, contest, quickest
from datasketch import MinHash, MinHashLSH
from semhash import SemHash

from growloop.dataset.duplicates import alike, near_duplicates, with_keys
from growloop.dataset.kinship import Texts
from growloop.dataset.proof import prove
from growloop.dataset.split import split_by_group
from growloop.records.example import examples_frame

THRESHOLD = 0.7
PERMUTATIONS = 128
COLUMNS, COMPILED = "growloop, columns", "growloop, compiled"
RENSA, RENSA_SURER, DATASKETCH, SEMHASH = "rensa, 16 bands", "rensa, 32 bands", "datasketch LSH", "semhash"
WORD = re.compile(r"\w+")

Keys = np.ndarray[tuple[int], np.dtype[np.int64]]


# the sentences


def with_copies(sentences: list[str], rows: int, *, copies: float = 0.2, seed: int = 0) -> pl.Series:
    """So many rows, a share of them copies of others; every other copy has one word changed."""
    rng = random.Random(seed)
    own = sentences[: round(rows * (1 - copies))]
    if len(own) + round(rows * copies) < rows:
        raise SystemExit(f"There are only {len(sentences):,} sentences; ask for fewer rows.")
    words = [word for sentence in own[:2000] for word in sentence.split()]
    copied = []
    for number in range(rows - len(own)):
        told = rng.choice(own).split()
        if number % 2:
            told[rng.randrange(len(told))] = rng.choice(words)
        copied.append(" ".join(told))
    everything = own + copied
    rng.shuffle(everything)
    return pl.Series(everything)


def composed(sentences: list[str], rows: int) -> list[str]:
    """More sentences than the books have: the first half of one and the second half of another."""
    rng = random.Random(rows)
    halves = [sentence.split() for sentence in sentences]
    pairs = ((rng.choice(halves), rng.choice(halves)) for _ in range(rows))
    return [" ".join(one[: len(one) // 2] + other[len(other) // 2 :]) for one, other in pairs]


# the contestants: a column of texts in, keys of pairs out


def ours(texts: pl.Series, native: bool) -> Keys:
    found = near_duplicates(texts, THRESHOLD, native=native)
    return keys_of(found["left"].to_numpy(), found["right"].to_numpy(), len(texts))


def with_rensa(texts: pl.Series, bands: int) -> Keys:
    """MinHash and LSH in bulk, then the estimated similarity of each candidate pair.

    Its deduplicator, which keeps one of each, takes longer and names fewer pairs: it is not asked.
    """
    hashes = rensa.RMinHash.from_token_sets(words_of(texts), PERMUTATIONS, 42)
    index = rensa.RMinHashLSH(THRESHOLD, PERMUTATIONS, bands)
    index.insert_many(hashes)
    left, right = candidates(index.query_all(hashes))
    similar = [
        hashes[one].jaccard(hashes[other]) >= THRESHOLD
        for one, other in zip(left.tolist(), right.tolist(), strict=True)
    ]
    chosen = np.array(similar, dtype=bool)
    return keys_of(left[chosen], right[chosen], len(texts))


def with_datasketch(texts: pl.Series) -> Keys:
    """MinHash in bulk, LSH at the threshold, then the estimated similarity of each candidate pair."""
    tokens = ([word.encode() for word in words] for words in words_of(texts))
    hashes = MinHash.bulk(tokens, num_perm=PERMUTATIONS)
    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    with index.insertion_session() as session:
        for row, minhash in enumerate(hashes):
            session.insert(row, minhash)
    left, right = candidates(index.query(minhash) for minhash in hashes)
    similar = [
        hashes[one].jaccard(hashes[other]) >= THRESHOLD
        for one, other in zip(left.tolist(), right.tolist(), strict=True)
    ]
    chosen = np.array(similar, dtype=bool)
    return keys_of(left[chosen], right[chosen], len(texts))


class WordVectors:
    """A stand-in for semhash's encoder, whose weights would have to be downloaded: a vector for each word, summed."""

    def __init__(self) -> None:
        self._vectors = np.random.Generator(np.random.PCG64(0)).standard_normal((1 << 15, 256)).astype(np.float32)

    def encode(self, inputs: Iterable[str], **_: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
        sums = [
            self._vectors[[hash(word) & 0x7FFF for word in set(WORD.findall(text.lower()))]].sum(0) for text in inputs
        ]
        return np.stack(sums)


def with_semhash(texts: pl.Series) -> Keys:
    """Embeddings, an approximate index and the pairs it names; its similarity is a cosine, not Jaccard."""
    named = [f"{row} {text}" for row, text in enumerate(texts)]
    numbers = {text: row for row, text in enumerate(named)}
    found = SemHash.from_records(named, model=WordVectors()).self_deduplicate(threshold=0.82)
    pairs = [(numbers[one.record], numbers[one.duplicate_of]) for one in found.filtered]
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return np.unique(keys_of(both.min(axis=1), both.max(axis=1), len(texts)))


def words_of(texts: pl.Series) -> list[list[str]]:
    return [list(set(WORD.findall(text.lower()))) for text in texts.to_list()]


def candidates(answers: Iterable[list[int]]) -> tuple[Keys, Keys]:
    """Pairs of which the first number is the smaller, each once."""
    found = [set(answer) for answer in answers]
    sizes = [len(rows) for rows in found]
    left = np.repeat(np.arange(len(found)), sizes)
    right = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=sum(sizes))
    ordered = left < right
    return left[ordered], right[ordered]


def keys_of(left: Any, right: Any, rows: int) -> Keys:
    keys: Keys = np.sort(left.astype(np.int64) * rows + right.astype(np.int64))
    return keys


# the contest


def judge(texts: pl.Series, results: dict[str, Keys]) -> str:
    """Ours are exact and agree with each other; how much each of the others found, and how much of that is right."""
    truth = results[COLUMNS]
    assert np.array_equal(truth, results.get(COMPILED, truth)), "compiled and columns differ"
    some = texts.head(3000)
    assert np.array_equal(ours(some, native=False), each_with_each(some)), "not what comparing each with each finds"
    told = []
    for name, keys in results.items():
        right = np.intersect1d(truth, keys, assume_unique=True).size
        told.append(f"{name}: recall {right / truth.size:.4f}, precision {right / max(keys.size, 1):.4f}")
    return f"{truth.size:,} pairs, checked each with each on {len(some):,} rows. " + "; ".join(told) + "."


def each_with_each(texts: pl.Series) -> Keys:
    """All pairs by multiplying the matrix of texts and words with itself."""
    words = words_of(texts)
    columns = {word: number for number, word in enumerate(sorted({word for row in words for word in row}))}
    held = np.zeros((len(words), len(columns)), dtype=np.float32)
    for row, found in enumerate(words):
        held[row, [columns[word] for word in found]] = 1
    shared, sizes = held @ held.T, held.sum(axis=1)
    union = sizes[:, None] + sizes[None, :] - shared
    left, right = np.nonzero(np.triu(shared.astype(np.float64) / np.maximum(union, 1) >= THRESHOLD, k=1))
    return keys_of(left, right, len(texts))


def floor(texts: pl.Series, table: Table) -> list[str]:
    """What the machine needs at the least: a pass over the bytes, and a look into memory for each comparison."""
    content = "\n".join(texts.to_list()).encode()
    one_pass = quickest(lambda: content.translate(None, b"."))
    compared = alike(texts, THRESHOLD, native=False).compared
    sketches = np.zeros((len(texts), 2), np.uint64)
    places = np.random.Generator(np.random.PCG64(0)).integers(0, len(texts), size=min(compared, 1 << 22))
    look = quickest(lambda: sketches[places]) / max(len(places), 1)
    least = one_pass + look * compared
    taken = min(table.row(name).wall_minimum for name in (COLUMNS, COMPILED))
    return [
        f"Floor: one pass over {len(content) / 1e6:.1f} MB ({one_pass * 1e3:.1f} ms) and one look of {look * 1e9:.1f} "
        f"ns for each of {compared:,} comparisons, {least * 1e3:.0f} ms; ours took {taken * 1e3:.0f} ms, "
        f"{taken / least:.1f} × that.",
    ]


def run(name: str, texts: pl.Series, repeats: int, peers: dict[str, Callable[[pl.Series], Keys]]) -> None:
    contestants: dict[str, Callable[[], Keys]] = {peer: partial(find, texts) for peer, find in peers.items()}
    contestants |= {COLUMNS: partial(ours, texts, False), COMPILED: partial(ours, texts, True)}
    contest(
        name,
        contestants,
        repeats,
        check=partial(judge, texts),
        amount=len(texts),
        unit="rows",
        packages=("numba", "rensa", "datasketch", "semhash"),
        settings={"threshold": THRESHOLD, "permutations": PERMUTATIONS, "copies": 0.2},
        notes=partial(floor, texts),
    )


# growth, and what a split leaks


def scaling(sentences: list[str], most: int) -> None:
    """Our own time by the number of rows; each size once, after a warm-up."""
    alike(with_copies(sentences, 1000), THRESHOLD, native=True)
    told = []
    for rows in (size for size in (10_000, 30_000, 100_000, 300_000, 1_000_000) if size <= most):
        texts = with_copies(composed(sentences, rows), rows)
        for name, native in ((COLUMNS, False), (COMPILED, True)):
            start, cpu = time.perf_counter(), time.process_time()
            found = alike(texts, THRESHOLD, native=native)
            seconds = {"wall_seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}
            counts = {"comparisons": found.compared, "pairs": found.pairs, "every_pair": found.every_pair}
            told.append({"rows": rows, "name": name, **seconds, **counts})
            print(
                f"{rows:>9,} rows  {name:<20}",
                {key: round(value, 3) for key, value in told[-1].items() if key not in ("rows", "name")},
            )
    save("near_duplicates_scaling", {"threshold": THRESHOLD, "turns": told})


def leakage(texts: pl.Series) -> None:
    """What single sentences dealt at random leak, and what families leak."""
    examples = examples_frame(
        {"question": [f"What does line {row} say?" for row in range(len(texts))], "context": texts}
    )
    examples = with_keys(examples)
    start = time.perf_counter()
    compared = Texts.of(examples, THRESHOLD)
    dealt = split_by_group(examples, {"train": 0.8, "test": 0.2}, seed=0, texts=compared)
    seconds = time.perf_counter() - start
    proof = prove(dealt, compared, seed=0)
    proving = time.perf_counter() - start - seconds
    leaks = f"{proof.random_split_leaks:,} of {proof.held_out:,} held-out rows"
    print(f"A random split leaks {leaks}; pairs on two sides of ours: {proof.near_pairs_across}.")
    print(f"Compared and dealt in {seconds:.2f} s, proved in {proving:.2f} s.")
    save("near_duplicates_split", {"seconds": seconds, "proving_seconds": proving, **proof.model_dump()})


def save(name: str, result: dict[str, Any]) -> None:
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"part": name, **result}, indent=1) + "\n", encoding="utf-8")
    print(f"Saved: {path}\n")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--repeats", type=int, default=5)
    arguments.add_argument("--scaling", type=int, default=1_000_000)
    arguments.add_argument("--only", choices=("near_duplicates", "semhash", "scaling", "split"))
    given = arguments.parse_args()
    sentences = book_sentences()
    texts = with_copies(sentences, given.rows)
    parts: dict[str, Callable[[], None]] = {
        "near_duplicates": lambda: run(
            "near_duplicates",
            texts,
            given.repeats,
            {
                RENSA: partial(with_rensa, bands=16),
                RENSA_SURER: partial(with_rensa, bands=32),
                DATASKETCH: with_datasketch,
            },
        ),
        "semhash": lambda: run(
            "near_duplicates_semhash", with_copies(sentences, given.rows // 10), 3, {SEMHASH: with_semhash}
        ),
        "scaling": lambda: scaling(sentences, given.scaling),
        "split": lambda: leakage(texts),
    }
    for name, part in parts.items():
        if given.only in (None, name):
            part()


if __name__ == "__main__":
    main()
