"""Where a training stands, saved so that a run killed at any moment goes on to the same weights.

    checkpoint/CURRENT              the name of the finished folder
    checkpoint/step-000120/         weights · optimiser · best.safetensors, and state.json

A folder is written whole before CURRENT names it. Tensors are safetensors, the rest is JSON; nothing is pickled.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from growloop.project import sync_folder, write_atomically

FOLDER = "checkpoint"
RANDOM = "random_state"


@dataclass
class State:
    """What there is to know about a training besides its tensors."""

    key: str
    """What is trained on what, with which settings; a checkpoint of another key is of no use."""
    settings: dict[str, Any]
    step: int = 0
    best_step: int | None = None
    best_token_f1: float | None = None
    strikes: int = 0
    """Validations in a row without a better token F1."""
    seconds: float = 0.0
    """Spent in all, over all processes."""
    history: list[dict[str, float]] = field(default_factory=list)


Tensors = dict[str, torch.Tensor]


def save(folder: Path, state: State, weights: Tensors, optimiser: torch.optim.Optimizer, best: Tensors | None) -> None:
    """Save a training in its run folder. `best` are the best weights so far; None where the present ones are."""
    home = folder / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    name = f"step-{state.step:06d}"
    place, before = home / name, _current(home)
    if place != before:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        _write(place / "weights.safetensors", weights)
        _write(place / "optimiser.safetensors", {**_optimiser_tensors(optimiser), RANDOM: torch.get_rng_state()})
        if best is not None:
            _write(place / "best.safetensors", best)
        write_atomically(place / "state.json", json.dumps(asdict(state)).encode())
        write_atomically(home / "CURRENT", name.encode())
    for old in home.glob("step-*"):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)


def read_state(folder: Path, key: str) -> State | None:
    """Where a training of this key stands; None where there is none to go on with."""
    place = _current(folder / FOLDER)
    if place is None:
        return None
    state = State(**json.loads((place / "state.json").read_text(encoding="utf-8")))
    return state if state.key == key else None


def restore(folder: Path, weights: Mapping[str, torch.Tensor], optimiser: torch.optim.Optimizer) -> Tensors | None:
    """Put a saved training's tensors back in place; returns the best weights where the present ones are not."""
    place = _current(folder / FOLDER)
    if place is None:
        raise FileNotFoundError(folder / FOLDER)
    put(load_file(place / "weights.safetensors"), weights)
    tensors = load_file(place / "optimiser.safetensors")
    torch.set_rng_state(tensors.pop(RANDOM))
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        number, _, kind = name.partition(".")
        moments.setdefault(int(number), {})[kind] = tensor
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
    best = place / "best.safetensors"
    return load_file(best) if best.exists() else None


def put(saved: Mapping[str, torch.Tensor], weights: Mapping[str, torch.Tensor]) -> None:
    """Copy saved weights into a model's own."""
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(saved[name])


def discard(folder: Path) -> None:
    """Remove the checkpoint of a run."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def _current(home: Path) -> Path | None:
    try:
        place = home / (home / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return place if (place / "state.json").is_file() else None


def _optimiser_tensors(optimiser: torch.optim.Optimizer) -> Tensors:
    state = optimiser.state_dict()["state"]
    return {f"{number}.{kind}": value for number, moments in state.items() for kind, value in moments.items()}


def _write(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, path)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)
