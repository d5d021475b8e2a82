"""Trains in a process of its own:  python -m growloop.finetune.worker RUN_FOLDER

A process of its own because the C allocator's thresholds are read when a process starts (see
`environment`), because its memory must not count as the evaluation's, and because a crash in
native code must not take the web page with it. It reads `job.json`, prints one JSON object a
line, and ends when nobody reads them any more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from growloop import errors
from growloop.finetune.environment import environment
from growloop.records.base import Record
from growloop.records.progress import Progress, Watched
from growloop.records.run import Estimate, OperatingPoint
from growloop.records.task import Task


class Job(Record):
    """What a training worker is to do."""

    task: Task
    model: str
    """`bundled`, a hub id, or a local folder."""
    examples: str
    """The frozen version's folder."""
    learned: str | None = None
    """The folder of the version that the model has learned from already, on a warm start."""
    seed: int
    share: float = 1.0
    """Of the train side, to learn from."""
    folds: int = 0
    """0: train on the train side. Else examine all examples with models trained on the other folds."""


class Trained(Record):
    """What a training worker found out."""

    settings: dict[str, Any]
    metrics: dict[str, Estimate]
    history: tuple[dict[str, Any], ...] = ()
    operating_points: tuple[OperatingPoint, ...] = ()


def train_in_worker(job: Job, folder: Path) -> Generator[Progress, None, Trained]:
    """Train in a fresh process, passing its progress on; the model ends up in `folder/model`.

    With folds, no model is kept: what theirs made of the examples ends up in `folder/examined.parquet`. Raises what
    the worker raised where it is the user's to fix, ModelProblem with the last lines of its error output otherwise.
    Run again after a kill, it goes on from what it saved last.
    """
    if find_spec("torch") is None:
        raise errors.MissingExtra("PyTorch", "train")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.json").write_text(job.model_dump_json(), encoding="utf-8")
    with (folder / "worker.log").open("w", encoding="utf-8") as log:
        worker = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "growloop.finetune.worker", str(folder)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            env={**environment(), **os.environ},
        )
        try:
            trained = yield from _messages(worker)
            worker.wait()
        finally:
            if worker.poll() is None:
                worker.terminate()
            worker.wait()
            if worker.stdout:
                worker.stdout.close()
    if trained is None:
        tail = (folder / "worker.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise errors.ModelProblem(
            f"Training stopped (exit code {worker.returncode}); what it said is in {folder / 'worker.log'}.\n"
            + "\n".join(tail)
            + "\nRun the same command again: it goes on from what was saved last."
        )
    return trained


def _messages(worker: subprocess.Popen[str]) -> Generator[Progress, None, Trained | None]:
    trained = None
    for line in worker.stdout or ():
        message = json.loads(line)
        if "progress" in message:
            yield Progress(**message["progress"])
        elif "trained" in message:
            trained = Trained.model_validate(message["trained"])
        elif "error" in message:
            raise getattr(errors, message["kind"], errors.GrowloopError)(*message["error"])
    return trained


def main(folder: Path) -> int:
    """Do the job described in a run folder, talking in JSON lines."""
    # Whatever a library prints goes to the log: standard output carries messages alone.
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(**message: Any) -> None:
        print(json.dumps(message), file=messages, flush=True)

    try:
        trained = _train(Job.model_validate_json((folder / "job.json").read_text(encoding="utf-8")), folder, say)
    except errors.MissingExtra as error:
        say(error=[str(error)], kind="GrowloopError")
    except errors.GrowloopError as error:
        say(error=[str(part) for part in error.args], kind=type(error).__name__)
    except BrokenPipeError:  # whoever started us is gone; the checkpoint stays
        os._exit(1)
    else:
        say(trained=trained.model_dump(mode="json"))
        return 0
    return 1


def _train(job: Job, folder: Path, say: Any) -> Trained:
    stage = Watched(_examination(job, folder) if job.folds else _training(job, folder))
    for progress in stage:
        say(progress={**asdict(progress), "values": dict(progress.values)})
    return stage.result


def _training(job: Job, folder: Path) -> Generator[Progress, None, Trained]:
    from growloop.finetune.rehearsal import rehearsed
    from growloop.finetune.subsample import subsample
    from growloop.finetune.supervised import finetune
    from growloop.version_folder import read_rows

    examples = read_rows(Path(job.examples))
    train, validation = (examples.filter(split=side) for side in ("train", "validation"))
    train = subsample(train, job.share)
    if job.learned is not None:
        learned = read_rows(Path(job.learned)).filter(split="train")
        train = rehearsed(train, learned, job.task.training.rehearsal, job.seed)
    done = yield from finetune(job.task, job.model, train, validation, folder, seed=job.seed)
    return Trained(
        settings={**done.settings, "examples": train.height},
        metrics=done.metrics,
        history=tuple(done.history),
        operating_points=done.operating_points,
    )


def _examination(job: Job, folder: Path) -> Generator[Progress, None, Trained]:
    from growloop.finetune.out_of_fold import examine
    from growloop.version_folder import read_rows

    examples = read_rows(Path(job.examples))
    settings = yield from examine(job.task, job.model, examples, folder, folds=job.folds, seed=job.seed)
    return Trained(settings=settings, metrics={})


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
