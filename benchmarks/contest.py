"""Contestants doing the same job side by side in one run, so that a noisy machine is unfair to none of them.

    contest(
        "metrics",
        {"evaluate": lambda: peer(pairs), "growloop": lambda: ours(pairs)},
        check=lambda results: same(results["evaluate"], results["growloop"]),
        amount=100_000, unit="pairs",
    )

The first contestant is what the others are measured against. Each round runs every contestant once, in an
order that rotates; wall-clock and CPU seconds (of this process and its children) are quoted as medians and minima.
A ratio counts only when `check` passes. What is printed is also saved as `benchmarks/results/NAME.json`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import platform
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Turn:
    """One run of one contestant."""

    wall_seconds: float
    cpu_seconds: float
    """User and system time of this process and of children that ended during the turn."""
    peak_memory_mb: float
    """Highest resident memory during the turn, of this process and its children, in 10^6 bytes."""
    added_memory_mb: float
    """How far that is above what this process held when the turn began."""


@dataclass(frozen=True)
class Row:
    """What one contestant needed over all rounds."""

    name: str
    turns: list[Turn]

    @property
    def wall_median(self) -> float:
        return median(turn.wall_seconds for turn in self.turns)

    @property
    def wall_minimum(self) -> float:
        return min(turn.wall_seconds for turn in self.turns)

    @property
    def cpu_median(self) -> float:
        return median(turn.cpu_seconds for turn in self.turns)

    @property
    def peak_memory_mb(self) -> float:
        return max(turn.peak_memory_mb for turn in self.turns)

    @property
    def added_memory_mb(self) -> float:
        return max(turn.added_memory_mb for turn in self.turns)


@dataclass(frozen=True)
class Table:
    """The outcome of a contest: rows in the order of the contestants, the first being the peer to beat."""

    name: str
    rows: list[Row]
    equality: str
    """What `check` found, or why it failed."""
    passed: bool
    amount: float
    unit: str
    notes: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    def ratio(self, name: str) -> float:
        """How many times faster than the first contestant, by median wall-clock time."""
        return self.rows[0].wall_median / self.row(name).wall_median

    def cpu_ratio(self, name: str) -> float:
        """How many times less CPU time than the first contestant."""
        return self.rows[0].cpu_median / max(self.row(name).cpu_median, 1e-9)

    def print(self, console: Console | None = None) -> None:
        console = console or Console(width=140)
        console.print(self._drawn())
        console.print(
            f"Equality: {'' if self.passed else 'NOT EQUAL, the ratios do not count: '}{self.equality}", markup=False
        )
        for note in self.notes:
            console.print(note, markup=False, highlight=False)

    def save(self, folder: Path = RESULTS) -> Path:
        """Write the table with commit, versions and machine to `folder/NAME.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return path

    def as_json(self) -> dict[str, Any]:
        rows = [
            {
                "name": row.name,
                "wall_seconds_median": row.wall_median,
                "wall_seconds_minimum": row.wall_minimum,
                "cpu_seconds_median": row.cpu_median,
                f"{self.unit}_per_second": self.amount / row.wall_median,
                "times_faster": self.ratio(row.name) if self.passed else None,
                "times_less_cpu": self.cpu_ratio(row.name) if self.passed else None,
                "peak_memory_mb": row.peak_memory_mb,
                "added_memory_mb": row.added_memory_mb,
                "turns": [asdict(turn) for turn in row.turns],
            }
            for row in self.rows
        ]
        check = {"passed": self.passed, "equality": self.equality}
        job = {"amount": self.amount, "unit": self.unit}
        return {"contest": self.name, **job, **check, "notes": list(self.notes), "rows": rows, **self.about}

    def _drawn(self) -> RichTable:
        drawn = RichTable(
            title=f"{self.name}: {self.amount:,.0f} {self.unit}", box=box.SIMPLE_HEAD, title_justify="left"
        )
        drawn.add_column("contestant", no_wrap=True)
        heads = ("median s", "min s", "CPU s", f"{self.unit}/s", "× faster", "× less CPU", "peak MB", "added MB")
        for head in heads:
            drawn.add_column(head, justify="right")
        for row in self.rows:
            times = (f"{self.ratio(row.name):.2f}", f"{self.cpu_ratio(row.name):.2f}") if self.passed else ("–", "–")
            seconds = (f"{row.wall_median:.4f}", f"{row.wall_minimum:.4f}", f"{row.cpu_median:.4f}")
            memory = (f"{row.peak_memory_mb:,.0f}", f"{row.added_memory_mb:,.0f}")
            drawn.add_row(row.name, *seconds, f"{self.amount / row.wall_median:,.0f}", *times, *memory)
        return drawn


def quickest(job: Callable[[], Any], times: int = 7) -> float:
    """The seconds that the quickest of some turns takes: what a floor is reckoned from."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        job()
        best = min(best, time.perf_counter() - start)
    return best


def contest(
    name: str,
    contestants: Mapping[str, Callable[[], Any]],
    repeats: int = 5,
    check: Callable[[dict[str, Any]], str] | None = None,
    *,
    amount: float = 1,
    unit: str = "runs",
    warmups: int = 1,
    packages: Sequence[str] = (),
    notes: Sequence[str] | Callable[[Table], Sequence[str]] = (),
    settings: Mapping[str, Any] | None = None,
    folder: Path = RESULTS,
) -> Table:
    """Run every contestant `repeats` times, interleaved; print and save the table.

    `check` receives the last result of each contestant, says in words how equal they are, and raises
    AssertionError where they are not. `amount` and `unit` say how much work one turn is, for the rate.
    `packages` are named with their versions in the saved file. `notes` stand under the table; given as a
    function they may quote its figures. Children started by a contestant are counted once they have ended.
    """
    about = {"settings": dict(settings or {}), "repeats": repeats, "warmups": warmups, **surroundings(packages)}
    results: dict[str, Any] = {}
    for _ in range(warmups):
        results = {contestant: run() for contestant, run in contestants.items()}
    turns: dict[str, list[Turn]] = {contestant: [] for contestant in contestants}
    order = list(contestants)
    for _ in range(repeats):
        for contestant in order:
            results.pop(contestant, None)
            turn, results[contestant] = _take_turn(contestants[contestant])
            turns[contestant].append(turn)
        order = order[1:] + order[:1]

    passed, equality = _checked(check, results)
    table = Table(name, [Row(*item) for item in turns.items()], equality, passed, amount, unit, about=about)
    told = tuple(notes(table) if callable(notes) else notes)
    table = Table(name, table.rows, equality, passed, amount, unit, told, about)
    table.print()
    path = table.save(folder)
    Console().print(f"Saved: {path}\n", markup=False, highlight=False)
    return table


def _checked(check: Callable[[dict[str, Any]], str] | None, results: dict[str, Any]) -> tuple[bool, str]:
    if check is None:
        return False, "no check was given"
    try:
        return True, check(results)
    except AssertionError as problem:
        return False, str(problem) or "the check failed"


def _take_turn(run: Callable[[], Any]) -> tuple[Turn, Any]:
    gc.collect()
    with _PeakMemory() as memory:
        cpu_before, wall_before = _cpu_seconds(), time.perf_counter()
        result = run()
        wall, cpu = time.perf_counter() - wall_before, _cpu_seconds() - cpu_before
    return Turn(wall, cpu, memory.peak / 1e6, (memory.peak - memory.before) / 1e6), result


def _cpu_seconds() -> float:
    spent = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


class _PeakMemory:
    """The highest resident memory while it is open, of this process and, sampled, of its children.

    Linux keeps a high-water mark per process and lets a process reset its own; children are looked at ten
    times a second, their marks added. Elsewhere it reads 0.
    """

    def __enter__(self) -> _PeakMemory:
        self.before = _status_bytes("self", "VmRSS")
        self._children, self._ended = 0, threading.Event()
        with contextlib.suppress(OSError):  # the mark then holds the highest of the whole process: an upper bound
            Path("/proc/self/clear_refs").write_text("5")
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watcher.join()
        self.peak = _status_bytes("self", "VmHWM") + self._children

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            held = sum(_status_bytes(child, "VmHWM") for child in _descendants("self"))
            self._children = max(self._children, held)


def _descendants(process: str) -> list[str]:
    """The ids of all processes below one; empty where the system does not tell."""
    found: list[str] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue  # the thread ended meanwhile
        found += children + [below for child in children for below in _descendants(child)]
    return found


def _status_bytes(process: str, key: str) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:")), 0)


def surroundings(packages: Sequence[str]) -> dict[str, Any]:
    """Commit, time, versions and machine: what a reader needs to judge the figures."""
    names = ("growloop", "numpy", "polars", *packages)
    return {
        "commit": commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in dict.fromkeys(names)}},
        "machine": _machine(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def commit() -> str:
    """The commit the figures belong to; `-dirty` where tracked files differ from it."""
    place = Path(__file__).parent
    try:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
        told = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()


def _machine() -> dict[str, Any]:
    threads = {
        name: os.environ[name] for name in sorted(os.environ) if name.endswith("_NUM_THREADS") or "MALLOC" in name
    }
    return {
        "cpu": _first_after("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory": _first_after("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "environment": threads,
    }


def _first_after(path: str, key: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "unknown")
