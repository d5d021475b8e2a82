"""Jobs on disk: asked for, done one after the other by a process of their own, cancelled, resumed.

    jobs/<id>/   job.json · STARTED · progress.jsonl · log · DONE, FAILED or CANCELLED (each written at once)
    jobs/lock    held by the process that works

A job runs while somebody holds the lock on its STARTED. The kernel lets go of it when that process ends, however it
ends, so that a job whose process was killed is told from one that runs, after a restart of the server too.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from growloop.errors import BadData, NotFound
from growloop.project import now, write_atomically
from growloop.records.job import ENDED, JOB_OPTIONS, Job, JobKind, JobProgress, JobReport, JobResult, JobState
from growloop.records.progress import Progress, Watched

T = TypeVar("T")
WORKER = "growloop.worker"
GRACE_SECONDS = 5.0
"""How long a cancelled job has to end by itself before it is killed."""
_TOLD_EVERY_SECONDS = 0.2
_TAIL_BYTES = 65_536
_MARKERS: dict[str, JobState] = {"DONE": "done", "CANCELLED": "cancelled", "FAILED": "failed"}


class Jobs:
    """The jobs of one project."""

    def __init__(self, folder: Path) -> None:
        self._project = folder
        self._folder = folder / "jobs"

    # asking

    def add(self, kind: JobKind, options: dict[str, Any], *, by: str = "") -> Job:
        """A new job, behind those that wait. Raises ValidationError where the options are not those of its kind."""
        checked = JOB_OPTIONS[kind].model_validate(options).model_dump(mode="json")
        self._folder.mkdir(parents=True, exist_ok=True)
        number = max((int(path.name.partition("-")[0]) for path in self._folders()), default=0) + 1
        while not _made(folder := self._folder / f"{number:06}-{kind}"):
            number += 1
        job = Job(id=folder.name, kind=kind, options=checked, by=by, created=now())
        write_atomically(folder / "job.json", job.model_dump_json(indent=2).encode())
        return job

    def report(self, id: str) -> JobReport:
        """A job and how it stands. Raises NotFound."""
        folder = self._folder_of(id)
        state, progress = self._state(folder), _last_progress(folder)
        return JobReport(
            job=Job.model_validate_json((folder / "job.json").read_bytes()),
            state=state,
            progress=progress,
            seconds_left=progress.seconds_left if progress and state == "running" else None,
            result=JobResult.model_validate_json((folder / "DONE").read_bytes()) if state == "done" else None,
            error=(folder / "FAILED").read_text(encoding="utf-8") if state == "failed" else "",
        )

    def newest(self, limit: int, before: str | None = None) -> list[JobReport]:
        """Some jobs, the newest first; `before` is the id of one that they are older than."""
        ids = sorted((path.name for path in self._folders()), reverse=True)
        older = [id for id in ids if before is None or id < before]
        return [self.report(id) for id in older[:limit]]

    def log(self, id: str, after: int | None = None) -> tuple[str, int]:
        """What a job has said since byte `after` (None: the end of it), and where that ends."""
        path = self._folder_of(id) / "log"
        if not path.exists():
            return "", 0
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - _TAIL_BYTES) if after is None or after > size else after
            file.seek(start)
            said = file.read(_TAIL_BYTES)
        if start and after is None:
            said = said.partition(b"\n")[2]
        return said.decode(errors="replace"), start + len(said) if after is not None else size

    def cancel(self, id: str) -> None:
        """Stop a job and all that it started, or take it out of the queue. Raises BadData where it has ended."""
        folder = self._folder_of(id)
        state = self._state(folder)
        if state in ENDED:
            raise BadData(f"Job {id} is {state} already; there is nothing to cancel.")
        write_atomically(folder / "CANCELLED", b"")
        if state == "running":
            _end_group(int((folder / "STARTED").read_text() or 0), folder)

    def resume(self, id: str) -> None:
        """Let a job that was stopped, cancelled or failed wait for its turn again. Raises BadData on any other."""
        folder = self._folder_of(id)
        state = self._state(folder)
        if state not in ENDED or state == "done":
            raise BadData(f"Job {id} is {state}; what can be resumed was stopped, cancelled or failed.")
        for marker in ("STARTED", "FAILED", "CANCELLED"):  # in this order: it waits once the last is gone
            (folder / marker).unlink(missing_ok=True)

    # working

    def wake(self) -> bool:
        """Start a process that does what waits, where something does and none is at work; True where one was."""
        if self._next() is None or _is_held(self._folder / "lock"):
            return False
        with (self._folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", WORKER, str(self._project)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # it outlives the server, and can be ended with all that it starts
            )
        Thread(target=worker.wait, daemon=True).start()
        return True

    def waiting(self) -> Iterator[Job]:
        """The jobs that wait, one after the other, each held while the caller is at it; ends when none is left.

        Only one process at a time gets any.
        """
        while self._next() is not None:  # asked again once the lock is let go: one may have been added meanwhile
            with _held(self._folder / "lock"):
                while (job := self._next()) is not None:
                    with self._started(job.id):
                        yield job

    @contextmanager
    def _started(self, id: str) -> Iterator[None]:
        with _held(self._folder / id / "STARTED") as file:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def finish(self, id: str, result: JobResult) -> None:
        """Mark a job as done."""
        done = result.model_copy(update={"at": now()})
        write_atomically(self._folder / id / "DONE", done.model_dump_json().encode())

    def fail(self, id: str, error: str) -> None:
        """Mark a job as failed, and say why."""
        write_atomically(self._folder / id / "FAILED", error.encode())

    def log_path(self, id: str) -> Path:
        """Where a job says what it says."""
        return self._folder / id / "log"

    def first_value(self, id: str, name: str, value: int) -> int:
        """A number as it was when a job first asked for it, however often it has been resumed since."""
        path = self._folder / id / name
        if not path.exists():
            write_atomically(path, str(value).encode())
        return int(path.read_text())

    def keep(self, id: str, stage: Generator[Progress, None, T]) -> Generator[Progress, None, T]:
        """Pass a job's progress on and keep it, five times a second at most."""
        told: JobProgress | None = None
        watched = Watched(stage)
        with (self._folder / id / "progress.jsonl").open("a", encoding="utf-8") as file:
            for step in watched:
                said = _sign_of_life(step, told)
                if _is_worth_telling(said, told):
                    file.write(said.model_dump_json() + "\n")
                    file.flush()
                    told = said
                yield step
        return watched.result

    # the folder

    def _folders(self) -> list[Path]:
        return [path.parent for path in self._folder.glob("[0-9]*/job.json")]

    def _folder_of(self, id: str) -> Path:
        folder = self._folder / id
        if folder.parent != self._folder or not (folder / "job.json").is_file():
            raise NotFound(f"There is no job {id} here.")
        return folder

    def _next(self) -> Job | None:
        for folder in sorted(self._folders()):
            if self._state(folder) == "waiting":
                return Job.model_validate_json((folder / "job.json").read_bytes())
        return None

    def _state(self, folder: Path) -> JobState:
        is_running = _is_held(folder / "STARTED")  # looked at first: what ends meanwhile has its marker by then
        if is_running and not (folder / "DONE").exists() and not (folder / "FAILED").exists():
            return "running"
        ended = next((state for marker, state in _MARKERS.items() if (folder / marker).exists()), None)
        return ended or ("stopped" if (folder / "STARTED").exists() else "waiting")


def _made(folder: Path) -> bool:
    """True where the folder is ours: somebody else may ask for a job at the same time."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _sign_of_life(step: Progress, told: JobProgress | None) -> JobProgress:
    at = time.time()
    goes_on = told is not None and told.stage == step.stage and step.done >= told.done
    began, began_at = (told.began, told.began_at) if told and goes_on else (at, step.done)
    note = step.note or (told.note if told and goes_on else "")
    return JobProgress(
        stage=step.stage, done=step.done, total=step.total, note=note, began=began, began_at=began_at, at=at
    )


def _is_worth_telling(said: JobProgress, told: JobProgress | None) -> bool:
    new = told is None or said.began != told.began or said.done == said.total
    return new or said.at - told.at >= _TOLD_EVERY_SECONDS  # type: ignore[union-attr]


def _last_progress(folder: Path) -> JobProgress | None:
    path = folder / "progress.jsonl"
    if not path.exists():
        return None
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        lines = file.read().split(b"\n")
    for line in reversed(lines[:-1]):  # what comes behind the last line end is not whole yet
        try:
            return JobProgress.model_validate(json.loads(line))
        except ValueError:
            continue
    return None


def _end_group(leader: int, folder: Path) -> None:
    """End the process that does a job and what it started: politely, then not."""
    if leader <= 1 or not _is_held(folder / "STARTED"):
        return
    for how in (signal.SIGTERM, signal.SIGKILL):  # the latter in any case: what it started may not have listened
        try:
            os.killpg(leader, how)
        except (ProcessLookupError, PermissionError):
            return
        deadline = time.monotonic() + GRACE_SECONDS
        while _is_held(folder / "STARTED") and time.monotonic() < deadline:
            time.sleep(0.02)


@contextmanager
def _held(path: Path) -> Iterator[Any]:
    """A file with its lock, waited for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _is_held(path: Path) -> bool:
    """True where a process holds the lock of a file."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
