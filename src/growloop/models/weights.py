"""How big a checkpoint is, from the headers of its files, and whether it fits this machine."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

from growloop.errors import ModelProblem

BYTES_PER_PARAMETER = 4
"""Everything is loaded in fp32."""
TRAINING_COPIES = 4
"""Weights, gradients and the two moments of AdamW."""


def count_parameters(folder: Path) -> int:
    """The number of weights in a folder's safetensors files; for an adapter, those of the adapter alone."""
    return sum(math.prod(entry["shape"]) for path in _weight_files(folder) for entry in _header(path).values())


def size_of_files(folder: Path) -> int:
    """Bytes of the folder's weights on disk."""
    return sum(path.stat().st_size for path in _weight_files(folder))


def memory_bytes(parameters: int, *, training: bool = False) -> int:
    """Bytes that the weights take in memory; when training, with gradients and optimiser state.

    Activations come on top: they depend on batch and length.
    """
    return parameters * BYTES_PER_PARAMETER * (TRAINING_COPIES if training else 1)


def check_memory(name: str, parameters: int, *, training: bool = False) -> None:
    """Raise ModelProblem before loading what cannot fit the memory that is free now."""
    needed, free = memory_bytes(parameters, training=training), free_memory_bytes()
    if free is not None and needed > free:
        raise ModelProblem(
            f'"{name}" needs about {needed / 1e9:.0f} GB {"to train" if training else "to load"}; this machine has '
            f"{free / 1e9:.0f} GB free. Nothing was started.\nChoose a smaller candidate, or a bigger machine."
        )


def free_memory_bytes() -> int | None:
    """Memory that can be had without swapping; None where it cannot be told."""
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.virtual_memory().available)


def _weight_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def _header(path: Path) -> dict[str, dict[str, list[int]]]:
    """The table of tensors at the head of a safetensors file: 8 bytes of length, then JSON."""
    with path.open("rb") as file:
        try:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, 100_000_000)))
        except (struct.error, ValueError) as error:
            raise ModelProblem(f"{path} is damaged: it does not begin as a safetensors file does.") from error
    return {name: entry for name, entry in header.items() if name != "__metadata__"}
