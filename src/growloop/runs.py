"""What every run has: an id that says what it is, the environment it ran in, and its kept progress."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Generator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from growloop.project import read_lines
from growloop.records.progress import Progress, Watched

T = TypeVar("T")
RECORDED_LIBRARIES = ("growloop", "torch", "transformers", "tokenizers", "peft", "polars", "numpy")


def run_id(kind: str, version: str, model: str, settings: Mapping[str, Any], seed: int, split: str = "") -> str:
    """The same work has the same id, so that done work is found again and killed work is resumed."""
    content = json.dumps([kind, version, model, settings, seed, split], sort_keys=True, default=str)
    return f"{kind}-{hashlib.blake2b(content.encode(), digest_size=6).hexdigest()}"


def environment() -> dict[str, str]:
    """Python, libraries and machine, as far as they can change a result."""
    return dict(_environment())


@cache
def _environment() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    found["processors"] = str(os.cpu_count())
    for name in RECORDED_LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def keep_progress(stage: Generator[Progress, None, T], folder: Path) -> Generator[Progress, None, T]:
    """Pass a stage's progress on and keep what carries numbers in the run folder's `progress.jsonl`."""
    folder.mkdir(parents=True, exist_ok=True)
    watched = Watched(stage)
    with (folder / "progress.jsonl").open("a", encoding="utf-8") as file:
        for progress in watched:
            if progress.values:
                line = {"stage": progress.stage, "step": progress.done, "time": time.time(), **progress.values}
                file.write(json.dumps(line) + "\n")
                file.flush()
            yield progress
    return watched.result


def kept_progress(folder: Path) -> list[dict[str, Any]]:
    """The kept numbers of a run, a row per step: what was said at one step is put together, the later word counts."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for line in read_lines(folder / "progress.jsonl"):
        rows.setdefault((line["stage"], line["step"]), {}).update(line)
    return [rows[key] for key in sorted(rows)]
