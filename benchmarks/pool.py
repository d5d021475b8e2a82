"""Searching a pool of a million examples: how long each kind of question takes, and what filling it costs.

    python benchmarks/pool.py [--rows 1000000] [--searches 200] [--folder build/pool]
    .ci/postgres python benchmarks/pool.py          on PostgreSQL too

Every search asks for a page of 50 and the count (exact to 1,000), each time with other words and coordinates. Words
follow Zipf's law, as those of a language do. Quoted are the 50th and 95th percentile; the pool is opened once, as the
page does it. SQLite is on disk, in the folder given, with full synchronisation.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from growloop.pool import Pool
from growloop.records.example import examples_frame

BATCH = 50_000
CONSOLE = Console(width=140)


class Made:
    """Examples of the size of SQuAD's, five questions to a text of sixty words, made batch by batch."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = random.Random(seed)
        letters = "abcdefghijklmnopqrstuvwxyzé"
        self.words = ["".join(self.rng.choices(letters, k=self.rng.randint(2, 9))) for _ in range(50_000)]
        self.running = self.rng.choices(self.words, weights=[1 / (n + 1) for n in range(50_000)], k=4_000_000)

    def text(self, words: int) -> str:
        start = self.rng.randrange(len(self.running) - words)
        return " ".join(self.running[start : start + words])

    def batches(self, rows: int) -> Iterator[pl.DataFrame]:
        for start in range(0, rows, BATCH):
            numbers = range(start, min(rows, start + BATCH))
            contexts = {n // 5: self.text(60) for n in numbers}
            yield examples_frame(
                {
                    "question": [self.text(9) for _ in numbers],
                    "context": [contexts[n // 5] for n in numbers],
                    "answers": [[self.text(3)] if n % 3 else [] for n in numbers],
                    "where": [self.where() for _ in numbers],
                    "split": [("train", "train", "test")[n // 5 % 3] for n in numbers],
                    "status": ["rejected" if self.rng.random() < 0.01 else "accepted" for _ in numbers],
                    "origin": ["universe"] * len(numbers),
                }
            )

    def where(self) -> dict[str, str]:
        pick = self.rng.randrange
        return {
            "template": f"t{pick(40)}",
            "negative": f"n{pick(5)}",
            "entity": f"e{pick(2000)}",
            "food": f"f{pick(400)}",
        }

    def searches(self) -> dict[str, Callable[[], dict[str, Any]]]:
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
            "a page deep inside": lambda: {"text": pick(common), "after": self.rng.randrange(500_000)},
        }  # fmt: skip


def measure(name: str, url: str, rows: int, searches: int, size: Callable[[Pool], int]) -> None:
    made = Made()
    with Pool.open(url) as pool:
        seconds = 0.0
        for batch in made.batches(rows):
            start = time.perf_counter()
            pool.add(batch)
            seconds += time.perf_counter() - start
        CONSOLE.print(
            f"\n{name}: {rows:,} examples put in, {rows / seconds:,.0f} a second; {size(pool) / 1e6:,.0f} MB."
        )
        for what, asked in {"where": {"where": {"template": "t1"}}, "text": {"text": "a"}}.items():
            start = time.perf_counter()
            pool.search(**asked)  # type: ignore[arg-type]
            CONSOLE.print(f"The first search by {what} indexes them: {time.perf_counter() - start:.1f} s.")
        CONSOLE.print(f"With its indexes: {size(pool) / 1e6:,.0f} MB.")
        CONSOLE.print(latencies(name, pool, made.searches(), searches))


def latencies(name: str, pool: Pool, kinds: dict[str, Callable[[], dict[str, Any]]], searches: int) -> Table:
    """Kinds take turns, so that a noisy moment is unfair to none."""
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(searches):
        for kind, ask in kinds.items():
            asked = ask()
            start = time.perf_counter()
            pool.search(**asked)
            times[kind].append(time.perf_counter() - start)
    table = Table(
        "search", "p50", "p95", "slowest", title=f"{name}, {searches} searches of each kind", title_justify="left"
    )
    for kind, taken in times.items():
        taken.sort()
        shown = (taken[len(taken) // 2], taken[int(len(taken) * 0.95)], taken[-1])
        table.add_row(kind, *(f"{seconds * 1e3:,.1f} ms" for seconds in shown))
    return table


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
    arguments.add_argument("--searches", type=int, default=200)
    arguments.add_argument("--folder", type=Path, default=Path("build/pool"))
    given = arguments.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    path = given.folder.resolve() / "growloop.db"
    measure("SQLite", f"sqlite:///{path}", given.rows, given.searches, lambda _: files_size(given.folder))
    server = os.environ.get("GROWLOOP_POSTGRES")
    if server:
        with new_database(server) as url:
            measure("PostgreSQL", url, given.rows, given.searches, database_size)
    else:
        CONSOLE.print("\nPostgreSQL: not measured (GROWLOOP_POSTGRES is not set).")
    shutil.rmtree(given.folder)


if __name__ == "__main__":
    main()
