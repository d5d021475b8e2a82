"""Importing questions and answers: growloop beside Hugging Face `datasets`, from a file to memory and to the pool.

    python benchmarks/importing.py [--rows 100000] [--repeats 5] [--kinds jsonl csv] [--memory-rows 1000000]

Each turn starts from the file alone: the peer's cache folder is new every time. `datasets.load_dataset` copies the
columns into Arrow files and maps them into memory; growloop also reads what the rows mean, checks every answer,
names each example by the hash of its content, gives it a group and coordinates, and looks for wrongly decoded text.
"To the pool" goes on from there: unique examples in an SQLite database, written durably in one transaction.

The last part imports a million rows into a project, in a process of its own, and tells its highest resident memory and
how often it told its progress (--memory-rows 0 leaves it out).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import string
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ |= {"HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}

import datasets
import polars as pl
from contest import RESULTS, Table, contest, surroundings

from growloop.dataset.importers import Options, open_plans
from growloop.dataset.importers.frames import Coordinates
from growloop.pool import Pool

PEER = "datasets.load_dataset"
MEMORY = "growloop, to frames"
POOL = "growloop, to the pool"
COLUMNS = ("id", "question", "context", "answer")

datasets.disable_progress_bars()


def write_rows(folder: Path, kind: str, rows: int, seed: int = 0) -> Path:
    """Questions on contexts of about 400 characters, five on each, a tenth of them unanswerable."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9))) for _ in range(4000)]
    words += ["café", "naïve", "Zürich", "don’t", "a, b"] * 8
    path = folder / f"rows.{kind}"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if kind == "csv":
            writer.writerow((*COLUMNS, "topic"))
        context = ""
        for number in range(rows):
            if number % 5 == 0:
                context = " ".join(rng.choices(words, k=60))
            question = f"{' '.join(rng.choices(words, k=8))} {number}?"
            answer = "" if number % 10 == 0 else " ".join(rng.choices(words[:4000], k=2))
            row = (f"q{number}", question, context, answer, f"topic {number % 12}")
            if kind == "csv":
                writer.writerow(row)
            else:
                named = dict(zip((*COLUMNS, "topic"), row, strict=True))
                file.write(json.dumps(named, ensure_ascii=False) + "\n")
    return path


def load_with_datasets(path: Path, kind: str) -> Any:
    """The rows as `datasets` gives them, from a cache folder of its own."""
    with tempfile.TemporaryDirectory() as cache:
        builder = "json" if kind == "jsonl" else "csv"
        more = {"keep_default_na": False} if kind == "csv" else {}
        loaded = datasets.load_dataset(builder, data_files=str(path), split="train", cache_dir=cache, **more)
        return loaded.with_format("arrow")[:]


def load_with_growloop(path: Path) -> pl.DataFrame:
    """The rows as an EXAMPLES frame."""
    [plan] = open_plans(path, Options())
    return pl.concat([part.examples for part in plan.parts(Coordinates())])


def import_with_growloop(path: Path) -> tuple[int, pl.DataFrame | None]:
    """How many rows the pool took, in a new database."""
    with tempfile.TemporaryDirectory() as folder, Pool.open(Path(folder) / "growloop.db") as pool:
        [plan] = open_plans(path, Options())
        with pool.adding() as add:
            return sum(add(part.examples).accepted for part in plan.parts(Coordinates())), None


def same(results: dict[str, Any]) -> str:
    """Peer and growloop hold the same texts in the same order; the pool took as many as are different."""
    peer, ours = pl.DataFrame(pl.from_arrow(results[PEER])), results[MEMORY]
    assert peer.height == ours.height, f"{peer.height} rows and {ours.height}"
    for theirs, name in (("id", "source_id"), ("question", "question"), ("context", "context")):
        assert peer[theirs].cast(pl.String).to_list() == ours[name].to_list(), f"the column {name} differs"
    answers = ours["answers"].list.first().fill_null("").to_list()
    assert peer["answer"].to_list() == answers, "the answers differ"
    accepted = results[POOL][0]
    assert accepted == ours["id"].n_unique(), f"the pool took {accepted} of {ours['id'].n_unique()} different examples"
    return f"all texts of {peer.height:,} rows are the same, in the same order; the pool took {accepted:,}"


def run(kind: str, rows: int, repeats: int) -> Table:
    """One kind of file."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_rows(Path(folder), kind, rows)
        contestants: dict[str, Callable[[], Any]] = {
            PEER: lambda: load_with_datasets(path, kind),
            MEMORY: lambda: load_with_growloop(path),
            POOL: lambda: import_with_growloop(path),
        }
        return contest(
            f"importing_{kind}",
            contestants,
            repeats,
            check=same,
            amount=rows,
            unit="rows",
            packages=("datasets", "pyarrow", "orjson", "sqlalchemy"),
            settings={
                "kind": kind,
                "megabytes": round(path.stat().st_size / 1e6, 1),
                "target": "100,000 rows/s to frames",
            },
            notes=[
                "The peer reads columns as they are. growloop also validates rows, hashes contents, finds groups and "
                "coordinates; the pool is written durably, one transaction.",
            ],
        )


MEMORY_MB = 500
"""How much memory an import of a million rows may take."""
IMPORT = """
import json, sys, time
from pathlib import Path
from growloop import loop

project, start, told = loop.new(Path(sys.argv[1])), time.perf_counter(), 0
stage = loop.import_examples(project, Path(sys.argv[2]))
while True:
    try:
        next(stage)
        told += 1
    except StopIteration as done:
        report = done.value.model_dump()
        break
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
peak = int(status["VmHWM"].split()[0]) * 1024 / 1e6
seconds = time.perf_counter() - start
print(json.dumps({"peak_memory_mb": peak, "seconds": seconds, "progress": told, **report}))
"""


def memory(rows: int) -> None:
    """Import many rows and look at how much memory it took."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = write_rows(Path(folder), "jsonl", rows)
        megabytes = path.stat().st_size / 1e6
        command = [sys.executable, "-c", IMPORT, f"{folder}/project", str(path)]
        told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    assert told["accepted"] + told["duplicates"] + told["rejected"] == told["rows"] == rows, "rows were lost"
    verdict = "met" if told["peak_memory_mb"] <= MEMORY_MB else "NOT met"
    print(
        f"{rows:,} rows ({megabytes:,.0f} MB) imported in {told['seconds']:.1f} s with {told['progress']} signs of "
        f"progress; highest resident memory {told['peak_memory_mb']:,.0f} MB. At most {MEMORY_MB} MB: {verdict}.\n"
        f"{told['accepted']:,} accepted + {told['duplicates']:,} repeated + {told['rejected']:,} rejected = {rows:,}."
    )
    result = RESULTS / "importing_memory.json"
    result.write_text(json.dumps({"part": "importing_memory", **told, **surroundings(())}, indent=1) + "\n")
    print(f"Saved: {result}\n")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--repeats", type=int, default=5)
    arguments.add_argument("--kinds", nargs="*", choices=["jsonl", "csv"], default=["jsonl", "csv"])
    arguments.add_argument("--memory-rows", type=int, default=1_000_000)
    given = arguments.parse_args()
    for kind in given.kinds:
        run(kind, given.rows, given.repeats)
    if given.memory_rows:
        memory(given.memory_rows)


if __name__ == "__main__":
    main()
