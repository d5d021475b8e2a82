"""Curating 100,000 examples from a cold process: import, lint, leave out repetitions, split, prove, freeze.

    python benchmarks/curation.py [--rows 100000] [--repeats 5]

Each turn starts a fresh Python, which makes a project, imports a JSONL file, lints it and freezes a version; the
clock runs from before the process starts until it has ended. The same by `growloop new`, `import`, `lint` and
`freeze`, four processes, stands beside; and what the machine takes for the least of it, with nothing looked at: the
libraries loaded, the file parsed by polars, its rows put into SQLite, read back twice and written as Parquet; told is
how many times that each stage takes. The texts are real sentences of books (GROWLOOP_SHARED_DATA): five questions to
a context, a fifth of the contexts nearly repeat another, and one row in a hundred repeats an earlier one. torch must
not be loaded, every planted repetition be gone, no pair of texts stand on two sides, and both ways make the same
version.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from books import book_sentences
from contest import RESULTS, surroundings
from rich.console import Console
from rich.table import Table

TARGET_SECONDS = 3.0
CONSOLE = Console(width=140)
STAGES = ("start", "import", "lint", "freeze")

ONE_PROCESS = """
import json, sys, time
from pathlib import Path
began, seconds = time.perf_counter(), {}

def lap(stage):
    global began
    seconds[stage], began = time.perf_counter() - began, time.perf_counter()

from growloop import loop
project = loop.new(Path(sys.argv[1]))
lap("start")
stage = loop.import_examples(project, Path(sys.argv[2]))
while True:
    try:
        next(stage)
    except StopIteration as done:
        imported = done.value
        break
lap("import")
linted = loop.lint(project)
lap("lint")
version = loop.freeze(project)
lap("freeze")
print(json.dumps({
    "seconds": seconds, "torch": "torch" in sys.modules, "numba": "numba" in sys.modules,
    "imported": imported.model_dump(), "findings": {found.check: found.count for found in linted.findings},
    "version": version.id, "counts": version.counts, "removed": version.removed,
    "proof": version.proof.model_dump(),
}))
"""


FLOOR = """
import json, sqlite3, sys, time
from pathlib import Path
began, seconds = time.perf_counter(), {}

def lap(stage):
    global began
    seconds[stage], began = time.perf_counter() - began, time.perf_counter()

import numpy, polars, pydantic, sqlalchemy
database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
lap("start")
rows = polars.read_ndjson(Path(sys.argv[2]))
columns = ", ".join(rows.columns)
database.execute(f"CREATE TABLE examples (row INTEGER PRIMARY KEY, {columns}, UNIQUE (id))")
marks = ", ".join("?" * rows.width)
database.executemany(f"INSERT OR IGNORE INTO examples ({columns}) VALUES ({marks})", rows.rows())
database.commit()
lap("import")
def read():
    found = database.execute(f"SELECT {columns} FROM examples ORDER BY row").fetchall()
    return polars.DataFrame(found, schema=dict.fromkeys(rows.columns, polars.String), orient="row")
read()
lap("lint")
read().write_parquet(sys.argv[1] + ".parquet")
lap("freeze")
print(json.dumps({"seconds": seconds}))
"""


def write_rows(path: Path, rows: int, seed: int = 0) -> int:
    """Five questions on each context of about fifty words; how many rows repeat an earlier one."""
    rng = random.Random(seed)
    sentences = book_sentences()
    repeats = rows // 100
    contexts = [" ".join(rng.choices(sentences, k=3)) for _ in range((rows - repeats) // 5 + 1)]
    for number in range(0, len(contexts), 5):
        words = rng.choice(contexts).split()
        words[rng.randrange(len(words))] = "changed"
        contexts[number] = " ".join(words)
    lines = [json.dumps(asked(contexts[number // 5], number, rng)) for number in range(rows - repeats)]
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in [*lines, *rng.sample(lines, repeats)])
    return repeats


def asked(context: str, number: int, rng: random.Random) -> dict[str, Any]:
    """A question about some words of a context; one in ten has no answer there."""
    words = context.split()
    place = rng.randrange(len(words) - 8)
    question = f"What follows {' '.join(words[place : place + 5])}?"
    answer = "" if number % 10 == 9 else " ".join(words[place + 5 : place + 8])
    return {"id": f"q{number}", "question": question, "context": context, "answer": answer, "topic": f"t{number % 12}"}


def in_one_process(folder: Path, file: Path, *, program: str = ONE_PROCESS) -> dict[str, Any]:
    command = [sys.executable, "-c", program, str(folder / "project"), str(file)]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return told


def by_commands(folder: Path, file: Path) -> dict[str, Any]:
    growloop = [sys.executable, "-m", "growloop"]
    project = str(folder / "project")
    told: dict[str, Any] = {"seconds": {}}
    commands = {
        "start": ["new", project],
        "import": ["import", str(file), "--project", project, "--json"],
        "lint": ["lint", "--project", project, "--json"],
        "freeze": ["freeze", "--project", project, "--json"],
    }
    for stage, command in commands.items():
        start = time.perf_counter()
        answer = subprocess.run([*growloop, *command], capture_output=True, text=True)
        told["seconds"][stage] = time.perf_counter() - start
        assert answer.returncode == 0 or stage == "lint", answer.stderr
    told["version"] = json.loads(answer.stdout)["id"]
    return told


FLOOR_NAME = "floor: parse, store, read, write"
WAYS = {
    "one process": in_one_process,
    "four commands": by_commands,
    FLOOR_NAME: partial(in_one_process, program=FLOOR),
}


def turn(way: Any, file: Path) -> dict[str, Any]:
    """One run in a new folder: seconds of the wall clock and of the processors, by stage and in all."""
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        told: dict[str, Any] = way(Path(folder), file)
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**told, "wall_seconds": seconds, "cpu_seconds": cpu}


def check(turns: dict[str, list[dict[str, Any]]], rows: int, repeats: int) -> str:
    """What must hold whatever it takes; raises AssertionError."""
    told = turns["one process"][-1]
    versions = {each["version"] for way in ("one process", "four commands") for each in turns[way]}
    assert len(versions) == 1, f"the same rows made {len(versions)} different versions"
    assert not told["torch"], "torch was loaded"
    imported, proof = told["imported"], told["proof"]
    assert imported["accepted"] + imported["duplicates"] + imported["rejected"] == rows, "rows were lost"
    assert imported["duplicates"] >= repeats, f"{imported['duplicates']} of {repeats} planted repetitions were found"
    assert proof["near_pairs"] > 0, "no planted near repetition was found"
    assert proof["every_pair"], "not every pair was compared"
    across = proof["near_pairs_across"] + proof["texts_across"] + proof["groups_across"]
    assert across == 0, f"{across} pairs, texts or groups stand on two sides"
    return (
        f"{rows:,} rows = {imported['accepted']:,} accepted + {imported['duplicates']:,} repeated + "
        f"{imported['rejected']:,} rejected; {proof['near_pairs']:,} pairs of texts are alike, none on two sides; "
        f"a random split would have leaked {proof['random_split_leaks']:,} of {proof['held_out']:,} held-out rows; "
        f"torch was never loaded; every turn made version {told['version']}."
    )


def tell(turns: dict[str, list[dict[str, Any]]]) -> None:
    table = Table("", "median s", "min s", "CPU s", *STAGES, title="Curation from a cold process", title_justify="left")
    for way, several in turns.items():
        walls = [each["wall_seconds"] for each in several]
        stages = (f"{median(each['seconds'][stage] for each in several):.2f}" for stage in STAGES)
        cpu = median(each["cpu_seconds"] for each in several)
        table.add_row(way, f"{median(walls):.2f}", f"{min(walls):.2f}", f"{cpu:.2f}", *stages)
    CONSOLE.print(table)


def beside_the_floor(turns: dict[str, list[dict[str, Any]]]) -> str:
    """How many times as long each stage takes as the least that was measured for it in the same run."""
    ours, floor = (turns[way] for way in ("one process", FLOOR_NAME))
    ratios = {
        stage: median(each["seconds"][stage] for each in ours) / min(each["seconds"][stage] for each in floor)
        for stage in STAGES
    }
    return (
        "One process beside the floor: " + ", ".join(f"{stage} {ratio:.1f} ×" for stage, ratio in ratios.items()) + "."
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--repeats", type=int, default=5)
    given = arguments.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    folder = Path(tempfile.mkdtemp(dir=Path.cwd()))
    try:
        repeats = write_rows(folder / "rows.jsonl", given.rows)
        turns: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
        for _ in range(given.repeats):
            for way, run in WAYS.items():
                turns[way].append(turn(run, folder / "rows.jsonl"))
    finally:
        shutil.rmtree(folder)
    tell(turns)
    equality = check(turns, given.rows, repeats)
    seconds = median(each["wall_seconds"] for each in turns["one process"])
    verdict = "met" if seconds < TARGET_SECONDS else "NOT met"
    CONSOLE.print(f"{beside_the_floor(turns)}\n{equality}\nTarget of {TARGET_SECONDS:.0f} s: {verdict}.", markup=False)
    told = {"part": "curation", "rows": given.rows, "equality": equality, "turns": turns, **surroundings(())}
    (RESULTS / "curation.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    CONSOLE.print(f"Saved: {RESULTS / 'curation.json'}", markup=False, highlight=False)


if __name__ == "__main__":
    main()
