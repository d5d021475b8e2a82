"""A project folder: reads and writes records, and nothing else.

    task.yaml · universe.yaml · contexts/ · growloop.db
    versions/<id>/   manifest.json · card.md · Parquet parts (see `version_folder`); put there by one rename
    runs/<id>/       run.json · predictions.parquet · scores.parquet · progress.jsonl · model/ · DONE (written last);
                     of an audit: examined.parquet · suspects.parquet
    index/           the retriever's
    cache/           what is kept so that it is not reckoned again (see `kept`); may be deleted
    reports/<n>.html · iterations.jsonl

Files are written under a temporary name, flushed to disk and renamed, so that half-written state cannot be seen.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from growloop import version_folder
from growloop.errors import BadData, NotFound
from growloop.kept import Kept
from growloop.records.declaration import Keep, read_declaration
from growloop.records.fingerprint import fingerprints
from growloop.records.task import Task
from growloop.records.version import DatasetVersion
from growloop.version_folder import sync_folder as sync_folder

if TYPE_CHECKING:
    import polars as pl

    from growloop.records.report import Iteration
    from growloop.records.run import Run
    from growloop.records.universe import Universe

_VERSIONS_IN_MIND = 3
"""Versions whose rows a project reads from disk but once, while their files stand as they are."""


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that a reader sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def append_line(path: Path, text: str) -> None:
    """Append one line durably."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file, one a line; a last line torn by a crash is passed over."""
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            if number == len(lines):  # no newline after it: the write was cut off
                return
            raise BadData(f"{path}, line {number}: not a JSON object. Restore the file or delete this line.") from None


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """A frame as a Parquet file in memory."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def now() -> str:
    """The present moment: UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


class Project:
    """A project folder on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read_rows = lru_cache(maxsize=_VERSIONS_IN_MIND)(lambda version, stamp: version_folder.read_rows(version))
        self._read_prints = lru_cache(maxsize=_VERSIONS_IN_MIND)(
            lambda version, stamp: version_folder.read_fingerprints(version)
        )

    @classmethod
    def open(cls, path: Path | str = ".", *, checked: bool = True) -> Project:
        """The project in a folder. Raises NotFound where no `task.yaml` is, BadDeclaration where it is not right.

        Without `checked` the task is read when it is first asked for.
        """
        folder = Path(path).resolve()
        if not (folder / "task.yaml").is_file():
            raise NotFound(
                f"{folder} is not a growloop project: it has no task.yaml.\n  Make one:  growloop new {path}"
            )
        project = cls(folder)
        if checked:
            _ = project.task
        return project

    # declarations

    @cached_property
    def task(self) -> Task:
        """What `task.yaml` says. Raises BadDeclaration with file and line."""
        return read_declaration(self.folder / "task.yaml", Task, self._kept("task"))

    @cached_property
    def universe(self) -> Universe | None:
        """What `universe.yaml` says; None where there is none (data comes from imports alone)."""
        from growloop.records.universe import Universe  # like runs and turns, a record that curating does without

        path = self.folder / "universe.yaml"
        return read_declaration(path, Universe, self._kept("universe")) if path.exists() else None

    def _kept(self, subject: str) -> Keep:
        return lambda contents, make: Kept(self.folder, subject, contents).get("declared", make)

    def declaring(self, *, task: Task | None = None, universe: Universe | None = None) -> Project:
        """The same folder under other declarations, which nobody has saved yet."""
        other = Project(self.folder)
        if task is not None:
            other.task = task
        if universe is not None:
            other.universe = universe
        return other

    @property
    def pool_url(self) -> str:
        """The SQLAlchemy URL of the pool."""
        return self.task.database or f"sqlite:///{self.folder / 'growloop.db'}"

    @property
    def task_hash(self) -> str:
        """Changes when anything in the task changes."""
        return hashlib.blake2b(self.task.model_dump_json().encode(), digest_size=8).hexdigest()

    def inside(self, name: str) -> Path:
        """A path given by a user, kept inside the project folder. Raises BadData where it leads out."""
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder):
            raise BadData(f"{name} leads out of the project folder {self.folder}. Copy the file into it.")
        return path

    # dataset versions

    def versions(self) -> list[DatasetVersion]:
        """All finished versions, oldest first; one that was frozen or restored again counts from then."""
        manifests = sorted((self.folder / "versions").glob("[!.]*/manifest.json"))
        found = [_manifest(path) for path in manifests]
        order = {name["id"]: number for number, name in enumerate(self._freezes())}
        return sorted(found, key=lambda version: (order.get(version.id, len(order)), version.created))

    def latest_version(self) -> DatasetVersion | None:
        """The version frozen or restored last."""
        found = self.versions()
        return found[-1] if found else None

    def version(self, version_id: str) -> DatasetVersion:
        """One version by its id. Raises NotFound."""
        path = self.version_folder(version_id) / "manifest.json"
        if not path.exists():
            raise NotFound(f"There is no version {version_id} here. Frozen so far: {_ids(self.versions())}.")
        return _manifest(path)

    def version_folder(self, version_id: str) -> Path:
        """Where a version keeps its files."""
        return self.inside(f"versions/{version_id}")

    def examples(self, version_id: str) -> pl.DataFrame:
        """The rows of a version (an EXAMPLES frame). Raises NotFound, and BadData where a file is damaged."""
        self.version(version_id)
        folder = self.version_folder(version_id)
        return self._read_rows(folder, version_folder.stamp(folder))

    def save_version(
        self,
        version: DatasetVersion,
        examples: pl.DataFrame,
        card: str = "",
        *,
        prints: pl.DataFrame | None = None,
        beside: Mapping[str, bytes] | None = None,
        gone: pl.DataFrame | None = None,
    ) -> DatasetVersion:
        """Freeze a version, which is the latest from then on; returned as it is kept.

        Saving the same version again changes nothing else. `prints` are the fingerprints of the rows, where they
        have been taken already; `beside` are files that come into its folder with the rest, all at once or none; `gone`
        are the rows of its parent that it has not, where they are at hand.
        """
        folder = self.version_folder(version.id)
        self.make_latest(version.id)  # first: an id that a crash leaves without a folder harms nothing
        if not (folder / "manifest.json").exists():
            parent = self.version_folder(version.parent) if version.parent else None
            if prints is None:
                prints = fingerprints(examples, self.fingerprints(version.parent))
            files = {**(beside or {}), **({"card.md": card.encode()} if card else {})}
            files["manifest.json"] = version.model_dump_json(indent=2).encode()
            version_folder.commit(folder, examples, prints, files, parent, gone)
        return self.version(version.id)

    def fingerprints(self, version_id: str | None) -> pl.DataFrame | None:
        """The fingerprints of a version's rows; None where there is no such version."""
        if version_id is None or not (self.version_folder(version_id) / "manifest.json").exists():
            return None
        folder = self.version_folder(version_id)
        return self._read_prints(folder, version_folder.stamp(folder))

    def make_latest(self, version_id: str) -> None:
        """Let a version count as the one frozen last."""
        last = next(reversed(list(self._freezes())), None)
        if last is None or last["id"] != version_id:
            append_line(self.folder / "versions" / "order.jsonl", json.dumps({"id": version_id}))

    def _freezes(self) -> Iterator[dict[str, Any]]:
        return read_lines(self.folder / "versions" / "order.jsonl")

    # runs

    def run_folder(self, run_id: str) -> Path:
        """Where a run keeps its files."""
        return self.inside(f"runs/{run_id}")

    def is_done(self, run_id: str) -> bool:
        """True once a run has been finished."""
        return (self.run_folder(run_id) / "DONE").exists()

    def save_run(self, run: Run) -> None:
        """Write the record of a finished run, then its done-marker."""
        folder = self.run_folder(run.id)
        write_atomically(folder / "run.json", run.model_dump_json(indent=2).encode())
        write_atomically(folder / "DONE", b"")

    def run(self, run_id: str) -> Run:
        """One finished run by its id. Raises NotFound."""
        if not self.is_done(run_id):
            raise NotFound(f"There is no finished run {run_id} here. Finished so far: {_ids(self.runs())}.")
        return _run(self.run_folder(run_id) / "run.json")

    def runs(self) -> list[Run]:
        """All finished runs, oldest first."""
        markers = (self.folder / "runs").glob("*/DONE")
        found = [_run(marker.parent / "run.json") for marker in markers]
        return sorted(found, key=lambda run: (run.created, run.id))

    def run_frame(self, run_id: str, name: str) -> pl.DataFrame:
        """`predictions` or `scores` of a finished run; `suspects` of an audit."""
        import polars as pl

        self.run(run_id)
        path = self.run_folder(run_id) / f"{name}.parquet"
        if not path.exists():
            raise NotFound(f"Run {run_id} keeps no {name}: it did not answer any questions.")
        return pl.read_parquet(path)

    # iterations

    def iterations(self) -> list[Iteration]:
        """The turns of the loop so far; a turn made again replaces its former record."""
        lines = list(read_lines(self.folder / "iterations.jsonl"))
        if not lines:
            return []
        from growloop.records.report import Iteration

        latest = {line["number"]: Iteration.model_validate(line) for line in lines}
        return [latest[number] for number in sorted(latest)]

    def save_iteration(self, iteration: Iteration) -> None:
        """Keep a turn of the loop."""
        append_line(self.folder / "iterations.jsonl", iteration.model_dump_json())


def _manifest(path: Path) -> DatasetVersion:
    try:
        return DatasetVersion.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BadData(
            f"{path} is not the manifest of a version: {error.errors()[0]['msg']}.\n"
            f"  Bring it back from a copy of the project, or delete the folder {path.parent} and freeze again."
        ) from None


def _run(path: Path) -> Run:
    from growloop.records.run import Run

    return Run.model_validate_json(path.read_bytes())


def _ids(records: list[Any]) -> str:
    return ", ".join(record.id for record in records[-5:]) or "none"
