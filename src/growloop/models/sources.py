"""From what a task calls a model to the folder that holds its files."""

from __future__ import annotations

import os
import re
from pathlib import Path

from growloop.errors import MissingExtra, ModelProblem
from growloop.models.bundled import BUNDLED, bundled_folder

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
NEEDED = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja", "README.md")
"""What is fetched from the hub: never pickles, never code."""


def find_checkpoint(model: str, folder: Path | None = None) -> Path:
    """The folder with the files of `bundled`, a local folder (also one inside `folder`), or a hub id.

    Nothing is fetched when HF_HUB_OFFLINE is set. Raises ModelProblem where there is no such model.
    """
    if model == BUNDLED:
        return bundled_folder()
    for local in _local_folders(model, folder):
        if local.is_dir():
            return _checked(local, model)
    if looks_like_a_path(model):
        raise ModelProblem(
            f'There is no model folder "{model}".\nA model is "{BUNDLED}", a folder with config.json, or a hub id.'
        )
    return _checked(_from_hub(model), model)


def looks_like_a_path(model: str) -> bool:
    """True where the name cannot be a hub id (`name` or `owner/name`)."""
    return not HUB_ID.fullmatch(model)


def _local_folders(model: str, folder: Path | None) -> list[Path]:
    given = Path(model).expanduser()
    return [given] if folder is None or given.is_absolute() else [folder / given, given]


def _checked(local: Path, model: str) -> Path:
    is_adapter = (local / "adapter_config.json").is_file()
    if not is_adapter and not (local / "config.json").is_file():
        raise ModelProblem(
            f'The folder of model "{model}" ({local}) holds neither config.json nor adapter_config.json.'
        )
    if not any(local.glob("*.safetensors")):
        raise ModelProblem(
            f'Model "{model}" ({local}) has no weights in safetensors form, and other forms can run code when loaded.\n'
            "Ask its publisher for safetensors, or convert it once with save_pretrained."
        )
    return local


def _from_hub(model: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError
    except ImportError as error:
        raise MissingExtra("huggingface_hub", "train") from error
    offline = is_offline()
    try:
        return Path(snapshot_download(model, allow_patterns=list(NEEDED), local_files_only=offline))
    except GatedRepoError as error:
        raise ModelProblem(
            f'The hub gives "{model}" only to accounts that accepted its terms.\n'
            f"Accept them on its page, then set HF_TOKEN:  https://huggingface.co/{model}"
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelProblem(
            f'There is no folder "{model}" here, and the model hub knows no model of that name.\n'
            f'A model is "{BUNDLED}", a folder with config.json, or a hub id.'
        ) from error
    except (OSError, HfHubHTTPError) as error:
        raise ModelProblem(_not_here(model, offline)) from error


def _not_here(model: str, offline: bool) -> str:
    why = "HF_HUB_OFFLINE is set, so nothing is fetched" if offline else "the model hub cannot be reached"
    return (
        f'There is no folder "{model}" here, it is not in the local hub cache, and {why}.\n'
        f'Fetch it once where there is a network (hf download {model}), name a local folder, or use "{BUNDLED}".'
    )


def is_offline() -> bool:
    """True where the user forbids fetching from the model hub."""
    switches = (os.environ.get("HF_HUB_OFFLINE", ""), os.environ.get("TRANSFORMERS_OFFLINE", ""))
    return any(switch.lower() in {"1", "true", "yes", "on"} for switch in switches)
