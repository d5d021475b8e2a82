"""Searching a pool of a million examples: how long each kind of question takes, and what filling it costs.

    python benchmarks/pool.py [--rows 1000000] [--searches 100] [--folder build/pool]
    .ci/postgres python benchmarks/pool.py          on PostgreSQL too

Every search asks for a page of 50 and the count (exact to 1,000), each time with other words and coordinates. Words
follow Zipf's law, as those of a language do. Quoted are the 50th and 95th percentile; the pool is opened once, as the
page does it. SQLite is on disk, in the folder given, with full synchronisation. Both databases are asked the same and
have to find the same examples, in the same order, and count the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa
from contest import RESULTS, surroundings
from rich.console import Console
from rich.table import Table

from growloop.pool import Found, Pool
from growloop.records.example import examples_frame, where_of

BATCH = 50_000
KINDS = {"template": 40, "negative": 5, "entity": 2000, "food": 400}
"""How many values each coordinate has."""
TARGET_SECONDS = 0.050
"""What 95 of 100 searches of a kind should take at most."""
CONSOLE = Console(width=140)


class Made:
    """Examples of the size of SQuAD's, five questions to a text of sixty words, made batch by batch."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        letters = "abcdefghijklmnopqrstuvwxyzé"
        self.words = ["".join(self.rng.choices(letters, k=self.rng.randint(2, 9))) for _ in range(50_000)]
        running = self.rng.choices(self.words, weights=[1 / (n + 1) for n in range(50_000)], k=4_000_000)
        self.running = " ".join(running)
        self.starts = np.cumsum([0, *(len(word) + 1 for word in running)])

    def texts(self, count: int, words: int) -> list[str]:
        """So many pieces of the running text, of so many words."""
        places = self.numbers.integers(0, len(self.starts) - words, count)
        begins, ends = self.starts[places].tolist(), (self.starts[places + words] - 1).tolist()
        return [self.running[begin:end] for begin, end in zip(begins, ends, strict=True)]

    def batches(self, rows: int) -> Iterator[pl.DataFrame]:
        for start in range(0, rows, BATCH):
            yield examples_frame(self.some(min(rows - start, BATCH)))

    def some(self, count: int) -> pl.DataFrame:
        row = pl.int_range(pl.len())
        contexts = pl.Series(self.texts(count // 5 + 1, 60)).gather(np.arange(count) // 5)
        coordinates = pl.DataFrame({name: self.numbers.integers(0, kinds, count) for name, kinds in KINDS.items()})
        named = coordinates.select(pl.format(f"{name[0]}{{}}", name).alias(name) for name in KINDS)
        frame = pl.DataFrame({"question": self.texts(count, 9), "context": contexts, "answer": self.texts(count, 3)})
        rejected = pl.Series(self.numbers.random(count) < 0.01)
        return frame.with_columns(
            answers=pl.when(row % 3 != 0).then(pl.concat_list("answer")).otherwise(pl.lit([], pl.List(pl.String))),
            where=named.select(where_of(KINDS)).to_series(),
            split=pl.when(row // 5 % 3 < 2).then(pl.lit("train")).otherwise(pl.lit("test")),
            status=pl.when(rejected).then(pl.lit("rejected")).otherwise(pl.lit("accepted")),
            origin=pl.lit("universe"),
        )

    def where(self) -> dict[str, str]:
        return {name: f"{name[0]}{self.rng.randrange(kinds)}" for name, kinds in KINDS.items()}

    def searches(self, rows: int) -> dict[str, Callable[[], dict[str, Any]]]:
        common, any_word = self.words[:100], self.words
        pick = self.rng.choice
        return {
            "where: one coordinate": lambda: {"where": {"template": self.where()["template"]}},
            "where: two coordinates": lambda: {"where": {k: self.where()[k] for k in ("template", "negative")}},
            "where: rare and common": lambda: {"where": {k: self.where()[k] for k in ("entity", "negative")}},
            "status": lambda: {"status": pick(["accepted", "rejected"])},
            "status and where": lambda: {"status": "rejected", "where": {"template": self.where()["template"]}},
            "text: a common word": lambda: {"text": pick(common)},
            "text: any word": lambda: {"text": pick(any_word)},
            "text: two common words": lambda: {"text": f"{pick(common)} {pick(common)}"},
            "text: a beginning": lambda: {"text": f"{pick(any_word)[:3]}*"},
            "text and where": lambda: {"text": pick(common), "where": {"negative": self.where()["negative"]}},
            "text, status and where": lambda: {
                "text": pick(common), "status": "rejected", "where": {"negative": self.where()["negative"]},
            },
            "text, a page deep inside": lambda: {"text": pick(common), "after": self.rng.randrange(rows)},
            "where, a page deep inside": lambda: {"where": {"negative": "n1"}, "after": self.rng.randrange(rows)},
            "everything, the last pages": lambda: {"after": rows - self.rng.randrange(1, 500)},
        }  # fmt: skip


def measure(name: str, url: str, rows: int, searches: int, size: Callable[[Pool], int]) -> dict[str, Any]:
    """Fill a pool, index and search it; what it took, and what was found."""
    made = Made()
    with Pool.open(url) as pool:
        told: dict[str, Any] = {"database": name, "rows": rows, "filling_seconds": fill(pool, made, rows)}
        for what, asked in {"where": {"where": {"template": "t1"}}, "text": {"text": "a"}}.items():
            start = time.perf_counter()
            pool.search(**asked)  # type: ignore[arg-type]
            told[f"indexing_{what}_seconds"] = time.perf_counter() - start
        told["megabytes"] = size(pool) / 1e6
        told["kinds"] = latencies(pool, made.searches(rows), searches)
    CONSOLE.print(
        f"\n{name}: {rows:,} examples put in, {rows / told['filling_seconds']:,.0f} a second. The first search by "
        f"where indexes them, {told['indexing_where_seconds']:.1f} s; the first by text, "
        f"{told['indexing_text_seconds']:.1f} s. {told['megabytes']:,.0f} MB with the indexes."
    )
    CONSOLE.print(drawn(f"{name}, {searches} searches of each kind", told["kinds"]))
    return told


def fill(pool: Pool, made: Made, rows: int) -> float:
    """Put the rows in as an import does, all in one transaction; the seconds that took, without making them up."""
    making, start = 0.0, time.perf_counter()
    batches = made.batches(rows)
    with pool.adding() as add:
        while True:
            before = time.perf_counter()
            batch = next(batches, None)
            making += time.perf_counter() - before
            if batch is None:
                break
            add(batch)
    return time.perf_counter() - start - making


def latencies(pool: Pool, kinds: dict[str, Callable[[], dict[str, Any]]], searches: int) -> dict[str, dict[str, Any]]:
    """Kinds take turns, so that a noisy moment is unfair to none. What is found is told by a hash."""
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    found = {kind: hashlib.blake2b(digest_size=8) for kind in kinds}
    for _ in range(searches):
        for kind, ask in kinds.items():
            asked = ask()
            start = time.perf_counter()
            page = pool.search(**asked)
            times[kind].append(time.perf_counter() - start)
            found[kind].update(content_of(page))
    return {
        kind: {
            "p50_seconds": sorted(taken)[len(taken) // 2],
            "p95_seconds": sorted(taken)[int(len(taken) * 0.95)],
            "slowest_seconds": max(taken),
            "found": found[kind].hexdigest(),
        }
        for kind, taken in times.items()
    }


def content_of(page: Found) -> bytes:
    return json.dumps([page.examples["id"].to_list(), page.count, page.more, page.after]).encode()


def drawn(title: str, kinds: dict[str, dict[str, Any]]) -> Table:
    table = Table("search", "p50", "p95", "slowest", "p95 < 50 ms", title=title, title_justify="left")
    for kind, told in kinds.items():
        shown = (f"{told[f'{name}_seconds'] * 1e3:,.1f} ms" for name in ("p50", "p95", "slowest"))
        table.add_row(kind, *shown, "yes" if told["p95_seconds"] < TARGET_SECONDS else "NO")
    return table


def compare(databases: list[dict[str, Any]]) -> str:
    """Whether the databases found the same, kind by kind."""
    if len(databases) < 2:
        return "One database only: nothing to compare."
    one, other = (told["kinds"] for told in databases)
    different = [kind for kind in one if one[kind]["found"] != other[kind]["found"]]
    if different:
        return f"NOT THE SAME on both databases: {', '.join(different)}."
    return "Both databases found the same examples in the same order, and counted the same, at every search."


def files_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


@contextmanager
def new_database(server: str) -> Iterator[str]:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"growloop_bench_{uuid.uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def database_size(pool: Pool) -> int:
    with pool._engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--searches", type=int, default=100)
    arguments.add_argument("--folder", type=Path, default=Path("build/pool"))
    given = arguments.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    path = given.folder.resolve() / "growloop.db"
    asked = (given.rows, given.searches)
    databases = [measure("SQLite", f"sqlite:///{path}", *asked, lambda _: files_size(given.folder))]
    shutil.rmtree(given.folder)
    server = os.environ.get("GROWLOOP_POSTGRES")
    if server:
        with new_database(server) as url:
            databases.append(measure("PostgreSQL", url, *asked, database_size))
    else:
        CONSOLE.print("\nPostgreSQL: not measured (GROWLOOP_POSTGRES is not set).")
    equality = compare(databases)
    CONSOLE.print(equality, markup=False)
    told = {"part": "pool", "equality": equality, "databases": databases, **surroundings(("sqlalchemy", "psycopg"))}
    result = RESULTS / "pool.json"
    result.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    CONSOLE.print(f"Saved: {result}", markup=False, highlight=False)


if __name__ == "__main__":
    main()
