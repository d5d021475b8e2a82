"""What stands beside the data files in a folder made for one tool: its card, its list of data sets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import polars as pl

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LARGER = "1M<n<10M"


def beside(format: str, files: Mapping[str, str], examples: pl.DataFrame, name: str, card: str) -> dict[str, str]:
    """File name → text, for a folder with a data file per side (`files`: side → file name)."""
    if format == "huggingface":
        return {"README.md": dataset_card(files, examples.height, name, card)}
    if format == "llama-factory":
        return {"dataset_info.json": dataset_info(files, name)}
    if format == "axolotl":
        return {"axolotl.yaml": axolotl_datasets(files)}
    return {}


def dataset_card(files: Mapping[str, str], count: int, name: str, card: str) -> str:
    """The README that `datasets` and the hub read: which file is which split, then the version's own card."""
    splits = "".join(f"  - split: {side}\n    path: {path}\n" for side, path in files.items())
    size = next((label for limit, label in _SIZES if count < limit), _LARGER)
    head = (
        f"---\npretty_name: {json.dumps(name, ensure_ascii=False)}\n"
        f"task_categories:\n- question-answering\nsize_categories:\n- {size}\n"
        f"configs:\n- config_name: default\n  data_files:\n{splits}---\n\n"
    )
    return head + (card or f"# {name}\n")


def dataset_info(files: Mapping[str, str], name: str) -> str:
    """LLaMA-Factory's list of data sets: `dataset: NAME_train` in its config then finds the file."""
    columns = {"prompt": "instruction", "query": "input", "response": "output"}
    sets = {
        f"{slug(name)}_{side}": {"file_name": path, "formatting": "alpaca", "columns": columns}
        for side, path in files.items()
    }
    return json.dumps(sets, ensure_ascii=False, indent=2) + "\n"


def axolotl_datasets(files: Mapping[str, str]) -> str:
    """The part of an axolotl config that names the data: train is learned from, validation is watched."""
    told = "# Paths count from the folder axolotl is started in. roles_to_train: only the answers are learned.\n"
    learned = {side: path for side, path in files.items() if side == "train"} or dict(list(files.items())[:1])
    watched = {side: path for side, path in files.items() if side == "validation" and side not in learned}
    parts = [f"datasets:\n{_entries(learned)}"]
    parts += [f"test_datasets:\n{_entries(watched)}"] if watched else []
    return told + "\n".join(parts)


def _entries(files: Mapping[str, str]) -> str:
    return "".join(
        f"  - path: {path}\n    ds_type: json\n    split: train\n    type: chat_template\n"
        "    field_messages: messages\n    message_property_mappings:\n      role: role\n      content: content\n"
        "    roles_to_train: [assistant]\n"
        for path in files.values()
    )


def slug(name: str) -> str:
    """A name of word characters, as config files like them."""
    return re.sub(r"\W+", "_", name).strip("_").lower() or "growloop"
