"""Folders of data files: what Hugging Face `datasets` saves, and plain folders of Parquet, JSONL, CSV …"""

from __future__ import annotations

import json
import re
from pathlib import Path

from growloop.dataset.importers.columns import SIDES
from growloop.errors import BadData

KINDS = (".parquet", ".arrow", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xlsx")
NOT_DATA = (
    "dataset_info.json",
    "dataset_infos.json",
    "state.json",
    "dataset_dict.json",
    "settings.json",
    "dataset.json",
)
_SIDE = re.compile(rf"(?:^|[/._-])({'|'.join(SIDES)})(?=$|[/._-])")


def files_of(folder: Path) -> list[tuple[Path, str, str | None]]:
    """The data files of a folder with their names in it, and the side each belongs to by its name.

    Raises BadData where there are none.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and _is_data(path) and not any(part.startswith(".") for part in name.split("/")):
            found.append((path, name, side_of(name)))
    if not found:
        raise BadData(f"{folder} holds no file that can be imported ({', '.join(KINDS)}).")
    return found


def side_of(name: str) -> str | None:
    """The side a file name tells.

    >>> side_of("data/train-00000-of-00001.parquet"), side_of("trains.jsonl")
    ('train', None)
    """
    told = _SIDE.search(name)
    return SIDES[told[1]] if told else None


def _is_data(path: Path) -> bool:
    name = path.name.removesuffix(".gz").removesuffix(".zst")
    if not name.endswith(KINDS) or name in NOT_DATA:
        return False
    listed = _listed(path.parent)
    return listed is None or path.name in listed


def _listed(folder: Path) -> set[str] | None:
    """The files a saved Hugging Face dataset consists of; others beside them are caches."""
    state = folder / "state.json"
    try:
        return {str(file["filename"]) for file in json.loads(state.read_bytes())["_data_files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
