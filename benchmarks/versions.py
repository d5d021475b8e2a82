"""Committing 100,000 examples of which 1 % changed, and telling what changed, beside plain Parquet.

    python benchmarks/versions.py [--rows 100000] [--repeats 9]

Measured in one process, contestants in turn, medians of repeats: the whole commit as `growloop freeze` does it once
the rows are dealt (recognise the rows, name the version by its contents, write, flush to disk, rename), the difference
between the two versions, reading one back. Beside them: the whole table written anew as one Parquet file, flushed
to disk, which is what keeping each version as a file of its own costs; and what the disk and the memory allow.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

import polars as pl
from rich.console import Console
from rich.table import Table

from growloop.dataset.difference import change_counts, difference
from growloop.dataset.versions import in_order, recipe_hash
from growloop.project import Project, now, parquet_bytes, write_atomically
from growloop.records.example import content_ids, examples_frame
from growloop.records.fingerprint import contents_id, fingerprints, unshared
from growloop.records.version import DatasetVersion
from growloop.version_folder import differing_rows

T = TypeVar("T")
TASK = "name: benchmark\npurpose: versions\nanswer_kind: open_generative\n"
COMMIT, DIFF, READ = "commit, 1 % changed", "difference of the two", "read a version back"
FIRST, REWRITE, FLUSH = "first commit, all rows new", "plain Parquet, rewritten", "floor: flush 1 % and the index"
PARSE = "floor: parse one version's Parquet"


def made_up(rows: int, seed: int = 0) -> pl.DataFrame:
    """Examples of the size of SQuAD's: five questions to a text of sixty words."""
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyzé", k=rng.randint(2, 9))) for _ in range(5000)]
    contexts = [" ".join(rng.choices(words, k=60)) for _ in range(rows // 5 + 1)]
    numbers = range(rows)
    columns = {
        "question": [" ".join(rng.choices(words, k=9)) for _ in numbers],
        "context": [contexts[n // 5] for n in numbers],
        "answers": [[" ".join(rng.choices(words, k=3))] if n % 3 else [] for n in numbers],
        "where": [{"template": f"t{n % 12}", "negative": f"n{n % 5}", "entity": words[n % 400]} for n in numbers],
        "split": [("validation", "test", *["train"] * 8)[n // 5 % 10] for n in numbers],
        "origin": ["universe"] * rows,
    }
    return in_order(examples_frame(columns))


def with_changes(rows: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    """The rows with a share of them changed: a quarter each removed, added, relabelled and moved."""
    quarter = max(1, int(rows.height * share / 4))
    picked = rows.sample(3 * quarter, seed=seed, shuffle=True)
    relabelled = picked[quarter : 2 * quarter].with_columns(answers=pl.lit([f"another answer {seed}"]))
    relabelled = relabelled.with_columns(content_ids(relabelled))
    moved = picked[2 * quarter :].with_columns(
        split=pl.when(split="train").then(pl.lit("test")).otherwise(pl.lit("train"))
    )
    added = made_up(quarter, seed=seed + 1000)
    kept = rows.join(picked, on="id", how="anti", maintain_order="left")
    return in_order(pl.concat([kept, relabelled, moved, added]))


def commit(
    project: Project, rows: pl.DataFrame, parent: str | None, before: pl.DataFrame | None = None
) -> DatasetVersion:
    known = project.fingerprints(parent)
    prints = fingerprints(rows, known)
    gone = None if known is None or before is None else before[unshared(known, prints)]
    counts = {"train": rows.height}
    version = DatasetVersion(
        id=contents_id(prints), parent=parent, task_hash=project.task_hash, recipe=recipe_hash(project.task),
        counts=counts, answerable=counts, groups=counts, origins={}, created=now(),
    )  # fmt: skip
    return project.save_version(version, rows, card="# Card\n", prints=prints, gone=gone)


def flush(folder: Path, size: int) -> None:
    """What no commit can avoid: so many bytes on disk, and their folder's entry."""
    write_atomically(folder / "floor", os.urandom(size))


def bytes_of_its_own(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.stat().st_nlink == 1)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--repeats", type=int, default=9)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as temporary:
        measure(Path(temporary), given.rows, given.repeats)


def measure(folder: Path, rows: int, repeats: int) -> None:
    (folder / "task.yaml").write_text(TASK)
    project = Project.open(folder)
    first = made_up(rows)
    times: dict[str, list[float]] = {name: [] for name in (COMMIT, DIFF, READ, FIRST, REWRITE, FLUSH, PARSE)}
    quarter = max(1, int(rows * 0.01 / 4))
    expected = {**dict.fromkeys(("added", "removed", "relabelled", "moved"), quarter), "changed": 0}
    written = 0
    for turn in range(repeats):
        shutil.rmtree(folder / "versions", ignore_errors=True)
        before = timed(times[FIRST], lambda: commit(project, first, None)).id
        changed = with_changes(first, 0.01, seed=turn + 1)
        after = timed(times[COMMIT], partial(commit, project, changed, before, first)).id
        folders = (project.version_folder(before), project.version_folder(after))
        written = bytes_of_its_own(folders[1])
        found = timed(times[DIFF], lambda pair=folders: difference(*differing_rows(*pair)))  # type: ignore[misc]
        read = timed(times[READ], partial(project.examples, after))
        timed(times[REWRITE], lambda rows=changed: write_atomically(folder / "plain", parquet_bytes(rows)))  # type: ignore[misc]
        timed(times[FLUSH], partial(flush, folder, written))
        timed(times[PARSE], partial(pl.read_parquet, folder / "plain"))
        assert read.equals(changed), "what was committed is not what is read back"
        assert change_counts(found) == expected, "what changed is not what is told"
    plain = (folder / "plain").stat().st_size
    tell(times, f"{rows:,} rows, {first.estimated_size() / 1e6:.0f} MB in memory, {repeats} repeats.")
    Console(width=140).print(
        f"A commit writes {written / 1e6:.1f} MB of its own, the table rewritten {plain / 1e6:.1f} MB. "
        f"Each version read back was equal to what was committed; each difference held {expected}."
    )


def tell(times: dict[str, list[float]], title: str) -> None:
    table = Table("", "median", "fastest", "slowest", title=title)
    for name, seconds in times.items():
        table.add_row(name, *(f"{value * 1e3:,.1f} ms" for value in (median(seconds), min(seconds), max(seconds))))
    Console(width=140).print(table)


def timed(times: list[float], job: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = job()
    times.append(time.perf_counter() - start)
    return result


if __name__ == "__main__":
    main()
