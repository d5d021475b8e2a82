"""What a training leaves behind: `model/` to be loaded by its path, and what was found out on the way."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from growloop.models.catalog import quiet
from growloop.models.trained import Trained, write_trained
from growloop.project import sync_folder, write_atomically
from growloop.records.run import Estimate, OperatingPoint
from growloop.records.task import Task

if TYPE_CHECKING:
    from growloop.finetune.preparation import Trainee

MODEL = "model"
RESULT = "finetuned.json"


@dataclass(frozen=True)
class Finetuned:
    """What came of a training."""

    settings: dict[str, Any]
    """Filled in, with what the model could and where training stopped."""
    metrics: dict[str, Estimate]
    """On the whole validation side, of the weights that were kept."""
    history: list[dict[str, Any]]
    """One entry a validation: step, loss since the one before, token_f1, learning_rate, seconds."""
    operating_points: tuple[OperatingPoint, ...] = ()


def write_finished(
    folder: Path, finished: Finetuned, trainee: Trainee, task: Task, null_threshold: float | None
) -> None:
    """Write `model/` beside the run's other files: under another name first, then renamed."""
    temporary = folder / f".{MODEL}.new"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    with quiet():
        (trainee.adapted or trainee.checkpoint.model).save_pretrained(temporary, safe_serialization=True)
        trainee.checkpoint.tokenizer.save_pretrained(temporary)
    trained = Trained(
        answer_kind=task.answer_kind,
        base=trainee.checkpoint.card.name,
        abstain_answer=task.abstain_answer,
        null_threshold=null_threshold,
        seed=trainee.seed,
        max_answer_tokens=trainee.settings.max_answer_tokens,
    )
    write_trained(temporary, trained)
    result = {
        "key": trainee.state.key,
        "settings": finished.settings,
        "metrics": {name: estimate.model_dump() for name, estimate in finished.metrics.items()},
        "history": finished.history,
        "operating_points": [point.model_dump() for point in finished.operating_points],
    }
    write_atomically(temporary / RESULT, json.dumps(result, indent=1).encode())
    for path in temporary.iterdir():
        _sync(path)
    shutil.rmtree(folder / MODEL, ignore_errors=True)
    temporary.rename(folder / MODEL)
    sync_folder(folder)


def read_finished(folder: Path, key: str) -> Finetuned | None:
    """What an earlier training of this key came to; None where none was finished."""
    try:
        result = json.loads((folder / MODEL / RESULT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if result["key"] != key:
        return None
    metrics = {name: Estimate.model_validate(estimate) for name, estimate in result["metrics"].items()}
    points = tuple(OperatingPoint.model_validate(point) for point in result["operating_points"])
    return Finetuned(result["settings"], metrics, result["history"], points)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
