from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import growloop


def test_every_public_name_is_there() -> None:
    assert [name for name in growloop.__all__ if getattr(growloop, name, None) is None] == []


def test_importing_growloop_loads_nothing_heavy(repository: Path) -> None:
    code = "import sys, growloop; print([m for m in ('torch', 'polars', 'pydantic', 'rich') if m in sys.modules])"

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(repository / "src")}
    )

    assert said.stdout.strip() == "[]", said.stderr


def test_no_submodule_takes_the_place_of_a_public_call(repository: Path) -> None:
    modules = {path.stem for path in (repository / "src" / "growloop").iterdir()}

    assert modules & set(growloop.__all__) == set()
