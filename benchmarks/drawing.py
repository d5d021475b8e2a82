"""How fast examples are drawn and rendered: streamed to Parquet, drawn for the pool, and by a plain loop.

    python benchmarks/drawing.py [--rows 1000000]

Each line is a process of its own, so that its peak memory is its own; a stream of a tenth of the rows stands beside the
whole one to show that memory does not grow. After each stream the file is read back: as many rows as asked for, every
id once, and each the id of its row's content. How far that is from what cannot be spared is told by two lines of
finished examples that lie in memory: writing them to Parquet, and hashing their contents; their sum in CPU seconds,
over two cores, is the least a stream can take. The plain loop fills the same templates with the same values, which is
what template libraries do: no contexts, answers, shares, sides or ids. NVIDIA Data Designer's samplers do the same job,
a fiftieth of the rows, where DATA_DESIGNER_PYTHON names a Python that has them (`pip install data-designer` in an
environment of its own). CheckList is not beside it: its last version, 0.0.11, did not build (Python 3.11).
Results are in `benchmarks/results/drawing.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
from contest import RESULTS, surroundings
from rich import box
from rich.console import Console
from rich.table import Table

from growloop.records.declaration import read_declaration
from growloop.records.example import content_ids, contents_of, ids_of
from growloop.records.universe import Universe
from growloop.row_stream import write_stream
from growloop.universe import Space

FOOD_QA = Path(__file__).resolve().parents[1] / "examples" / "food_qa"


def food_qa() -> Space:
    """The worked example, read and ready."""
    return Space.open(read_declaration(FOOD_QA / "universe.yaml", Universe), FOOD_QA, "I don't know.")


def streamed(rows: int) -> None:
    """Stream rows to a file from a cold start, then read it back and check it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.parquet"
        written = write_stream(food_qa().stream(rows), path)
        told = measured(written) | {"file_mb": path.stat().st_size / 1e6}
        check(path, rows)
    print(json.dumps(told))


def check(path: Path, rows: int) -> None:
    """Raises AssertionError where a row is missing, comes twice, or is not named by its content."""
    ids = pl.scan_parquet(path).select("id").collect()["id"]
    assert len(ids) == rows, (len(ids), rows)
    assert ids.is_unique().all()
    some = pl.scan_parquet(path).tail(10_000).collect()
    assert (content_ids(some) == some["id"]).all()


def drawn(rows: int) -> None:
    """Draw rows as for the pool, from a cold start."""
    print(json.dumps(measured(food_qa().draw(rows).height)))


def written(rows: int) -> None:
    """Write examples that are finished."""
    frames = list(food_qa().stream(rows))
    with tempfile.TemporaryDirectory() as folder:
        alone(rows, lambda: write_stream(iter(frames), Path(folder) / "many.parquet"))


def hashed(rows: int) -> None:
    """Hash the contents of examples that are finished, in one process."""
    contents = [contents_of(frame) for frame in food_qa().stream(rows)]
    alone(rows, lambda: [ids_of(part) for part in contents])


def alone(rows: int, part: Callable[[], object]) -> None:
    """Seconds and CPU seconds of a part of the work alone; its examples lie in memory, which is not told."""
    wall, cpu = time.perf_counter(), time.process_time()
    part()
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps({"rows": rows, **spent, "peak_mb": None}))


def measured(rows: int) -> dict[str, float]:
    """Seconds since this process began, CPU seconds (its own and its helper's), and its own peak memory."""
    used = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "rows": rows,
        "self": used[0].ru_utime + used[0].ru_stime,
        "child": used[1].ru_utime + used[1].ru_stime,
        "wall": time.time() - float(os.environ["STARTED"]),
        "cpu": sum(each.ru_utime + each.ru_stime for each in used),
        "peak_mb": used[0].ru_maxrss / 1e3,
    }


def in_process(command: list[str]) -> dict[str, Any]:
    """What a process of its own tells of itself."""
    environment = {**os.environ, "STARTED": str(time.time())}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["?"])[-1]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def loop(rows: int) -> None:
    """Fill templates one by one with values at random: questions alone, as many of them twice as chance has it."""
    universe, space, chance = read_declaration(FOOD_QA / "universe.yaml", Universe), food_qa(), Random(0)
    slots = {name: list(values) for name, values in space.coordinates.items() if name in universe.slots}
    ask = [text for template in universe.templates for text in template.ask]
    made = [
        chance.choice(ask).format(**{name: chance.choice(known) for name, known in slots.items()}) for _ in range(rows)
    ]
    print(json.dumps(measured(len(made))))


def data_designer(python: str, rows: int) -> dict[str, Any]:
    """Data Designer at the plain loop's job, in its own Python; drawing_data_designer.py checks every question."""
    universe, space = read_declaration(FOOD_QA / "universe.yaml", Universe), food_qa()
    slots = {name: list(values) for name, values in space.coordinates.items() if name in universe.slots}
    ask = [text.replace("{", "[").replace("}", "]") for template in universe.templates for text in template.ask]
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder) / "known.json"
        known.write_text(json.dumps({"ask": ask, **slots}), encoding="utf-8")
        script = Path(__file__).with_name("drawing_data_designer.py")
        return in_process([python, str(script), str(known), str(Path(folder) / "made"), str(rows)])


def shown(lines: dict[str, dict[str, Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("", "rows", "wall s", "CPU s", "rows/s", "rows/CPU s", "peak MB"):
        table.add_column(head, justify="left" if not head else "right")
    for name, told in lines.items():
        if "failed" in told:
            table.add_row(name, told["failed"][:70])
            continue
        rate, per_cpu = told["rows"] / told["wall"], told["rows"] / told["cpu"]
        numbers = (told["wall"], told["cpu"], rate, per_cpu, told["peak_mb"])
        table.add_row(name, f"{told['rows']:,}", *("" if number is None else f"{number:,.1f}" for number in numbers))
    Console(width=130).print(table)


def after_the_start(tenth: dict[str, Any], whole: dict[str, Any]) -> str:
    """How quick a stream is once it runs: what the whole one has beyond its tenth, which starts as long."""
    if "failed" in tenth or "failed" in whole:
        return ""
    rate = (whole["rows"] - tenth["rows"]) / (whole["wall"] - tenth["wall"])
    return f"Once it has started, draw --to makes {rate:,.0f} rows/s."


PARTS = {"stream": streamed, "write": written, "hash": hashed, "draw": drawn, "loop": loop}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--one", choices=list(PARTS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        PARTS[given.one](given.rows)
        return
    load = os.getloadavg()[0]
    here = [sys.executable, __file__, "--one"]
    lines = {
        "draw --to, a tenth": in_process([*here, "stream", "--rows", str(given.rows // 10)]),
        "draw --to": in_process([*here, "stream", "--rows", str(given.rows)]),
        "  writing alone": in_process([*here, "write", "--rows", str(given.rows)]),
        "  hashing alone": in_process([*here, "hash", "--rows", str(given.rows)]),
        "draw, for the pool": in_process([*here, "draw", "--rows", str(given.rows // 50)]),
        "a plain loop, questions alone": in_process([*here, "loop", "--rows", str(given.rows)]),
    }
    if python := os.environ.get("DATA_DESIGNER_PYTHON"):
        lines["Data Designer's samplers, questions alone"] = data_designer(python, given.rows // 50)
    shown(lines)
    note = f"Load of the machine when it began: {load:.1f} on {os.cpu_count()} cores."
    note = f"{after_the_start(lines['draw --to, a tenth'], lines['draw --to'])} {note}"
    print(note)
    RESULTS.mkdir(exist_ok=True)
    told = {"contest": "drawing", "note": note, "rows": lines, **surroundings(["polars", "numpy"])}
    (RESULTS / "drawing.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
