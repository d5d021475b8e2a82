"""`growloop.json`: what a folder of trained weights says about itself."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from growloop.errors import ModelProblem
from growloop.records.base import Record
from growloop.records.task import AnswerKind

PROMPT_VERSION = 1
"""Goes up when examples are turned into model input differently: weights trained on one form expect that form."""
FILE_NAME = "growloop.json"


class Trained(Record):
    """How the weights beside it came about, and how they want to be asked."""

    answer_kind: AnswerKind
    base: str
    """The model that was trained, as the task called it: `bundled`, a hub id, or a folder."""
    abstain_answer: str = ""
    null_threshold: float | None = None
    """Abstain where no answer beats the best answer by more than this, in logits; tuned on validation.
    None, of a model that writes: where abstaining is what it would say."""
    prompt_version: int = PROMPT_VERSION
    seed: int = 0
    """Decides the fresh weights of a new head, which an adapter does not carry."""
    max_answer_tokens: int | None = None


def write_trained(folder: Path, trained: Trained) -> Path:
    """Put `growloop.json` into a folder of weights; the folder is moved into place by who wrote it."""
    path = folder / FILE_NAME
    path.write_text(trained.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return path


def read_trained(folder: Path) -> Trained | None:
    """What the folder's `growloop.json` says; None for a checkpoint that growloop did not train."""
    path = folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        trained = Trained.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelProblem(f"{path} cannot be read: {where}: {first['msg']}.\nTrain again:  growloop train") from error
    if trained.prompt_version != PROMPT_VERSION:
        raise ModelProblem(
            f"{folder} was trained on prompts of version {trained.prompt_version}; this growloop writes version "
            f"{PROMPT_VERSION}.\nTrain again:  growloop train"
        )
    return trained
