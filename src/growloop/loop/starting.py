"""A project folder made from a template."""

from __future__ import annotations

import shutil
from pathlib import Path

from growloop.errors import BadData, NotFound, did_you_mean
from growloop.project import Project

NOT_COPIED = ("*.py", "__pycache__", "cache", "parts", "README.md")
"""What a template was made with is not part of the project made from it."""


def templates() -> dict[str, Path]:
    """The project templates that ship with growloop, by name."""
    here = Path(__file__).parents[1]
    folders = [here / "templates", here.parent.parent / "examples"]  # installed, or in a clone
    found = {
        path.parent.name.replace("_", "-"): path.parent for folder in folders for path in folder.glob("*/task.yaml")
    }
    return dict(sorted(found.items()))


def new(path: Path | str, *, template: str = "blank") -> Project:
    """A new project folder made from a template. Raises BadData where something is there already."""
    folder = Path(path)
    known = templates()
    if template not in known:
        raise NotFound(f'There is no template "{template}". {did_you_mean(template, known)}')
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadData(f"{folder} exists and is not empty; nothing was written. Choose another path or empty it.")
    shutil.copytree(known[template], folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*NOT_COPIED))
    return Project.open(folder)
